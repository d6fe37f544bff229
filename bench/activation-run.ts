/**
 * Runs inside the extension host, as an editor's tests do: activates the installed extension and writes what that took into the file that
 * PTAR_BENCH_RESULT names.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** What one activation took in a fresh extension host, from loading the entry until `activate` is done; milliseconds. */
export interface ActivationFigures {
  readonly wasActive: boolean;
  readonly wallMs: number;
  /** Computing of the thread that runs extensions; the editor's part in it is included. A busy machine makes it little longer. */
  readonly cpuMs: number;
}

/** Other extensions begin with the editor; theirs is not to be counted. */
const QUIET_AFTER_MS = 5000;

/** `process` of Node 23.9 and newer, on which editors run. */
interface ThreadClock {
  /** Microseconds of the current thread. */
  threadCpuUsage(): { readonly user: number; readonly system: number };
}

/** Called by the editor. */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('ptar.ptar');
  if (extension === undefined) throw new Error('the extension is not installed');
  await sleep(QUIET_AFTER_MS);
  const { isActive: wasActive } = extension;
  const begun = { wallMs: performance.now(), cpuMs: cpuMs() };
  await extension.activate();
  const figures: ActivationFigures = {
    wasActive,
    wallMs: performance.now() - begun.wallMs,
    cpuMs: cpuMs() - begun.cpuMs,
  };
  writeFileSync(process.env['PTAR_BENCH_RESULT'] ?? '', JSON.stringify(figures));
}

function cpuMs(): number {
  const { user, system } = (process as unknown as ThreadClock).threadCpuUsage();
  return (user + system) / 1000;
}
