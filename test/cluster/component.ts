/** One server process of the control plane: started in a process group of its own, with a log and a pid file, and stopped for sure. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** In the order in which they are stopped. */
export const COMPONENT_NAMES = [
  'kwok',
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
  'etcd',
] as const;

/** A server that the cluster's binary contains. */
export type ComponentName = (typeof COMPONENT_NAMES)[number];

/** How to start one. Every argument list names a path below `directory`, by which the process is known again later. */
export interface ComponentOptions {
  readonly binary: string;
  readonly args: readonly string[];
  /** Where its log and pid file lie. */
  readonly directory: string;
  /** True: it outlives this process. False: it ends with this process, however that ends. */
  readonly detached: boolean;
}

const STOP_LIMIT_MS = 10_000;
const KILL_LIMIT_MS = 5_000;
const POLL_MS = 25;
const TAIL_LENGTH = 3_000;

/** A running server. */
export class Component {
  readonly name: ComponentName;
  readonly #directory: string;
  readonly #child: ChildProcess;
  #exited = false;

  private constructor(name: ComponentName, directory: string, child: ChildProcess) {
    this.name = name;
    this.#directory = directory;
    this.#child = child;
    child.once('exit', () => (this.#exited = true));
    child.once('error', () => (this.#exited = true));
  }

  /** Starts it; whether it is ready is another question. */
  static async start(name: ComponentName, options: ComponentOptions): Promise<Component> {
    const log = openSync(path.join(options.directory, `${name}.log`), 'a', 0o600);
    try {
      const child = spawn(options.binary, [name, ...options.args], {
        cwd: options.directory,
        detached: true,
        stdio: [options.detached ? 'ignore' : 'pipe', log, log],
        env: { ...process.env, TEST_CLUSTER_ENDS_WITH_STDIN: options.detached ? '' : '1' },
      });
      const component = new Component(name, options.directory, child);
      // Neither the child nor its input keeps this process from ending; when it ends, the input does.
      child.unref();
      (child.stdin as Socket | null)?.unref();
      await writeFile(pidPath(options.directory, name), String(child.pid ?? 0));
      return component;
    } finally {
      closeSync(log);
    }
  }

  /** True once the process has ended, or could not be started. */
  get hasExited(): boolean {
    return this.#exited;
  }

  /** The end of its log, for an error message. */
  logTail(): Promise<string> {
    return logTail(this.#directory, this.name);
  }

  /** Ends it: politely, after `politeMs` by force. */
  async stop(politeMs = STOP_LIMIT_MS): Promise<void> {
    if (!this.#exited && this.#child.pid !== undefined) await stopGroup(this.#child.pid, politeMs);
    await rm(pidPath(this.#directory, this.name), { force: true });
  }
}

/** The pid of the component that was started in `directory`, while that very process lives. */
export async function runningPid(directory: string, name: ComponentName): Promise<number | undefined> {
  const pid = Number(await readFile(pidPath(directory, name), 'utf8').catch(() => '0'));
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
  // The number may be another process's by now.
  const command = commandOf(pid);
  return command.includes(name) && command.includes(directory) ? pid : undefined;
}

/** Stops the component that was started in `directory`, by whichever process. @returns false where none ran */
export async function stopRunning(directory: string, name: ComponentName): Promise<boolean> {
  const pid = await runningPid(directory, name);
  if (pid !== undefined) await stopGroup(pid, STOP_LIMIT_MS);
  await rm(pidPath(directory, name), { force: true });
  return pid !== undefined;
}

/** The end of a component's log. */
async function logTail(directory: string, name: ComponentName): Promise<string> {
  const log = await readFile(path.join(directory, `${name}.log`), 'utf8').catch(() => '(no log)');
  return log.slice(-TAIL_LENGTH);
}

function pidPath(directory: string, name: ComponentName): string {
  return path.join(directory, `${name}.pid`);
}

function commandOf(pid: number): string {
  return process.platform === 'linux'
    ? readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ')
    : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
}

async function stopGroup(pid: number, politeMs: number): Promise<void> {
  const attempts = [
    { signal: 'SIGTERM', limitMs: politeMs },
    { signal: 'SIGKILL', limitMs: KILL_LIMIT_MS },
  ] as const;
  for (const { signal, limitMs } of attempts) {
    try {
      process.kill(-pid, signal);
    } catch {
      return; // It is gone.
    }
    const deadline = Date.now() + limitMs;
    while (isAlive(pid) && Date.now() < deadline) await sleep(POLL_MS);
    if (!isAlive(pid)) return;
  }
  throw new Error(`process ${String(pid)} does not end`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A detached process that nobody waits for stays a zombie: its command line is empty.
    return commandOf(pid) !== '';
  } catch {
    return false;
  }
}
