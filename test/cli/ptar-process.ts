/** The real command line as a child process: what was built where `PTAR_CLI=dist` (as `npm test` sets it), else the sources. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { reference } from '../interop/reference.ts';
import { isRequired } from '../requirements.ts';

const BUILT = process.env['PTAR_CLI'] === 'dist';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The script that is started. */
export const CLI = path.join(ROOT, BUILT ? 'dist/cli.js' : 'src/cli.ts');

/** The home of whoever types: empty at first, away when the tests are done. */
export const HOME = mkdtempSync(path.join(tmpdir(), 'ptar-home-'));
after(() => rmSync(HOME, { recursive: true }));

/** What a run printed, and how it ended. */
export interface PtarRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run. */
export interface PtarOptions {
  readonly cwd?: string;
  /** Besides PATH and HOME; nothing of the tests' own environment reaches the child. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Arguments for Node itself, after those that load TypeScript. */
  readonly nodeArgs?: readonly string[];
}

/** The command that runs `ptar ARGS`, for other programs that start it. */
export function ptarCommand(args: readonly string[], nodeArgs: readonly string[] = []): readonly string[] {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return [process.execPath, ...(BUILT ? [] : ['--import', loader]), ...nodeArgs, CLI, ...args];
}

/** Starts `ptar ARGS`; the caller waits for it. */
export function startPtar(args: readonly string[], options: PtarOptions = {}): ChildProcess {
  const [command = '', ...rest] = ptarCommand(args, options.nodeArgs);
  return spawn(command, rest, {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env['PATH'], HOME, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs `ptar ARGS` to its end. */
export async function runPtar(args: readonly string[], options: PtarOptions = {}): Promise<PtarRun> {
  const child = startPtar(args, options);
  const finished = outputOf(child);
  child.stdin?.end(options.stdin ?? '');
  const run = await finished;
  if (isRequired('reference')) await assertWrittenIsAccepted(args, options, run);
  return run;
}

/** What a capture says it wrote passes the reference's full check; passphrases from elsewhere than the environment are not followed. */
async function assertWrittenIsAccepted(
  args: readonly string[],
  options: PtarOptions,
  run: PtarRun,
): Promise<void> {
  const written = /^wrote (.+?): /m.exec(run.stdout + run.stderr)?.[1];
  const passphrase = options.env?.['PTAR_PASSPHRASE'] ?? options.env?.['PLAKAR_PASSPHRASE'];
  if ((args[0] !== 'create' && args[0] !== 'add') || written === undefined) return;
  if (passphrase === undefined && !args.includes('--plaintext')) return;
  const { snapshots } = await reference.check(
    path.resolve(options.cwd ?? ROOT, written),
    passphrase === undefined ? {} : { passphrase },
  );
  assert.ok(snapshots.length > 0);
  assert.deepEqual(
    snapshots.filter(({ ok }) => !ok),
    [],
  );
}

/** Gathers what a started child prints until it ends. */
export function outputOf(child: ChildProcess): Promise<PtarRun> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin?.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}
