/**
 * The command line within this process: for tests of many runs that need no process of their own. Modules that a command imports when it
 * runs may be second instances here, so that `main` does not know their errors: exit codes of failures need `runPtar`.
 */
import { PassThrough } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { TerminalStreams } from '../../src/cli/terminal.ts';
import type { PtarRun } from './ptar-process.ts';

/** Runs `ptar ARGS` with nothing on its input and no terminal. `env` is all that the command sees as its environment. */
export async function runInProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<PtarRun> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const output = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  stdin.end();
  // What a command uses of a terminal is what every stream has; the rest tells it that it is none.
  const streams = { stdin, stdout, stderr, env } as unknown as TerminalStreams;
  const exitCode = await main(args, streams);
  return { exitCode, ...output };
}
