/** Runs a command and measures it from outside: wall clock, CPU of it and all it started, and the peak memory of the process. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What one run took. Memory and CPU are 0 where there is no /proc. */
export interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Peak resident set. */
  readonly memoryBytes: number;
  readonly stdout: string;
}

const POLL_MS = 20;
const RUN_LIMIT_MS = 30 * 60_000;
/** The last so many characters of the standard output are kept. */
const STDOUT_LENGTH_MAX = 1 << 16;
/** What `time` of bash prints, on file descriptor 3: seconds of the user and of the system. */
const TIMED = `TIMEFORMAT='%3U %3S'; exec 3>&2; time { "$@" 2>&3; }`;

/** Runs `command`; throws with its standard error where it exits with another code than these. */
export async function measure(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  exitCodes: readonly (number | null)[] = [0],
): Promise<Measurement> {
  const begun = performance.now();
  const child = spawn('bash', ['-c', TIMED, 'timed', command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-STDOUT_LENGTH_MAX);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDOUT_LENGTH_MAX);
  });
  let memoryBytes = 0;
  const poll = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, peakOfChild(child.pid));
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const wallMs = performance.now() - begun;
    const usage = /([\d.]+) ([\d.]+)\s*$/.exec(stderr);
    if (!exitCodes.includes(code)) {
      throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr.trim()}`);
    }
    const cpuMs = (Number(usage?.[1] ?? 0) + Number(usage?.[2] ?? 0)) * 1000;
    return { wallMs, cpuMs, memoryBytes, stdout };
  } finally {
    clearInterval(poll);
    clearTimeout(limit);
  }
}

/** Peak of the process that the shell runs. */
function peakOfChild(shell: number | undefined): number {
  try {
    const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'latin1').trim().split(' ');
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${children[0]}/status`, 'latin1'));
    // A process that has ended has no memory any more, and so no peak.
    return Number(peak?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
