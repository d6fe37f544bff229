import { CommanderError, type Command } from 'commander';
import { isPtarError } from '../errors.ts';
import { cancelOnSignals } from './cancellation.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { COMPLETE_COMMAND, type Invoked } from './program-name.ts';
import { buildProgram } from './program.ts';
import { BrokenPipe, Terminal, type TerminalStreams } from './terminal.ts';

/**
 * Runs one command line and gives its exit code. Never throws: an error of ptar's is one line on stderr; anything else is a bug
 * and says so, with its stack where `PTAR_DEBUG` is set.
 *
 * @param args without the interpreter and the script
 */
export async function main(
  args: readonly string[],
  streams: TerminalStreams,
  name: Invoked['name'] = 'ptar',
): Promise<ExitCode> {
  const terminal = new Terminal(streams);
  const { signal, release } = cancelOnSignals(terminal);
  let exitCode: ExitCode = EXIT.done;
  const program = buildProgram(
    terminal,
    async (action) => {
      exitCode = await action({ terminal, signal });
    },
    name,
  );
  try {
    if (args[0] === COMPLETE_COMMAND) return await complete(program, terminal, args.slice(1));
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(terminal, error);
  } finally {
    release();
  }
}

/** Never an error on the screen: a person is typing there. */
async function complete(program: Command, terminal: Terminal, line: readonly string[]): Promise<ExitCode> {
  const [{ completionOf }, { formatCompletion, NOTHING }] = await Promise.all([
    import('./completion/answer.ts'),
    import('./completion/candidates.ts'),
  ]);
  const typed = line.at(-1) ?? '';
  const completion = await completionOf(program, terminal, line).catch((error: unknown) => {
    if ((terminal.env['PTAR_DEBUG'] ?? '') !== '') terminal.error(String(error));
    return NOTHING;
  });
  await terminal.result(formatCompletion(completion, typed));
  return EXIT.done;
}

function report(terminal: Terminal, error: unknown): ExitCode {
  if (error instanceof BrokenPipe) return EXIT.done;
  // Commander has printed what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const debug = (terminal.env['PTAR_DEBUG'] ?? '') !== '';
  if (isPtarError(error)) {
    terminal.error(error.message);
  } else {
    terminal.error(
      `a bug in ptar: ${error instanceof Error ? error.message : String(error)}; please report it`,
    );
  }
  if (debug && error instanceof Error) terminal.noteRaw(`${error.stack ?? ''}\n`);
  return exitCodeOf(error);
}
