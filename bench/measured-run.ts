/** Runs a command and measures it from outside: wall clock, CPU of it and all it started, and the peak memory of the largest process. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What one run took. Memory and CPU are 0 where there is no /proc. */
export interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Peak resident set of the process that has the largest. */
  readonly memoryBytes: number;
  readonly stdout: string;
}

/** Of two runs of the same the one of less wall-clock time, with the larger peak of both. */
export function better(one: Measurement, other: Measurement): Measurement {
  const memoryBytes = Math.max(one.memoryBytes, other.memoryBytes);
  return { ...(other.wallMs < one.wallMs ? other : one), memoryBytes };
}

const POLL_MS = 20;
const RUN_LIMIT_MS = 30 * 60_000;
/** The last so many characters of the standard output are kept. */
const STDOUT_LENGTH_MAX = 1 << 16;
/** What `time` of bash prints, on file descriptor 3: seconds of the user and of the system. */
const TIMED = `TIMEFORMAT='%3U %3S'; exec 3>&2; time { "$@" 2>&3; }`;

/**
 * Runs `command`.
 * @throws Error with the last line of its standard error where it exits with another code than these; where it runs for more than 30 minutes,
 * after it was killed with all that it started
 */
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
  const limited = { isOver: false };
  const limit = setTimeout(() => {
    limited.isOver = true;
    for (const pid of [...descendants(child.pid), child.pid]) kill(pid);
  }, RUN_LIMIT_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-STDOUT_LENGTH_MAX);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDOUT_LENGTH_MAX);
  });
  let memoryBytes = 0;
  const poll = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, ...descendants(child.pid).map(peakOf));
  }, POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const wallMs = performance.now() - begun;
    const usage = /([\d.]+) ([\d.]+)\s*$/.exec(stderr);
    const called = `${command} ${args.join(' ')}`;
    if (limited.isOver) throw new Error(`stopped after ${RUN_LIMIT_MS / 60_000} minutes: ${called}`);
    if (!exitCodes.includes(code)) {
      const [last] = stderr
        .replace(/[\d.]+ [\d.]+\s*$/, '')
        .trim()
        .split('\n')
        .slice(-1);
      throw new Error(`exit ${code}: ${last ?? ''}: ${called}`);
    }
    const cpuMs = (Number(usage?.[1] ?? 0) + Number(usage?.[2] ?? 0)) * 1000;
    return { wallMs, cpuMs, memoryBytes, stdout };
  } finally {
    clearInterval(poll);
    clearTimeout(limit);
  }
}

/** All that the shell has started and that still runs. */
function descendants(pid: number | undefined): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
    if (children === '') return [];
    return children.split(' ').flatMap((child) => [Number(child), ...descendants(Number(child))]);
  } catch {
    return [];
  }
}

function peakOf(pid: number): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    // A process that has ended has no memory any more, and so no peak.
    return Number(peak?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
