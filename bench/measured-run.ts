/** Runs a command and measures it from outside: wall clock, CPU and peak memory of the process, from /proc. */
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

const POLL_MS = 10;
const CLOCK_TICK_MS = 10;
const RUN_LIMIT_MS = 30 * 60_000;

/** Runs `command`; throws with its standard error where it exits with another code than these. */
export async function measure(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  exitCodes: readonly (number | null)[] = [0],
): Promise<Measurement> {
  const begun = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => stdout.push(data));
  child.stderr.on('data', (data: Buffer) => stderr.push(data));
  let usage = { cpuMs: 0, memoryBytes: 0 };
  const poll = setInterval(() => (usage = usageOf(child.pid) ?? usage), POLL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const wallMs = performance.now() - begun;
    if (!exitCodes.includes(code)) {
      throw new Error(
        `${command} ${args.join(' ')}: exit ${code}: ${Buffer.concat(stderr).toString().trim()}`,
      );
    }
    return { wallMs, ...usage, stdout: Buffer.concat(stdout).toString() };
  } finally {
    clearInterval(poll);
    clearTimeout(limit);
  }
}

function usageOf(pid: number | undefined): { cpuMs: number; memoryBytes: number } | undefined {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(stat[11]) + Number(stat[12]);
    // A process that has ended has no memory any more, and so no peak.
    return peak === null ? undefined : { cpuMs: ticks * CLOCK_TICK_MS, memoryBytes: Number(peak[1]) * 1024 };
  } catch {
    return undefined;
  }
}
