import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets besides its own arguments. */
export interface Invocation {
  readonly terminal: Terminal;
  /** Aborted by Control-C and its like. */
  readonly signal: AbortSignal;
}

/** The work of one command. */
export type CommandAction = (invocation: Invocation) => Promise<ExitCode>;

/** Runs the action that the command line asks for; `main.ts` gives it to every command. */
export type RunAction = (action: CommandAction) => Promise<void>;
