import { CancelledError, UsageError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** Longest answer (bytes). */
const ANSWER_LENGTH_MAX = 4096;

/** Asks for a line that shows while it is typed. Only where `terminal.canAsk`. @throws CancelledError */
async function promptLine(terminal: Terminal, question: string, signal: AbortSignal): Promise<string> {
  const { stdin } = terminal;
  terminal.noteRaw(question);
  let typed = '';
  try {
    return await new Promise<string>((resolve, reject) => {
      const finish = (answer: string | undefined): void => {
        stdin.off('data', onData);
        stdin.off('end', onEnd);
        signal.removeEventListener('abort', onEnd);
        if (answer === undefined) reject(new CancelledError());
        else resolve(answer);
      };
      const onData = (bytes: Buffer): void => {
        typed += bytes.toString('utf8');
        const end = typed.search(/[\r\n]/);
        if (end >= 0) finish(typed.slice(0, end).trim());
        else if (typed.length > ANSWER_LENGTH_MAX) finish(undefined);
      };
      const onEnd = (): void => finish(undefined);
      signal.addEventListener('abort', onEnd);
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.resume();
    });
  } finally {
    stdin.pause();
  }
}

/** What is asked before something is changed. */
export interface Confirmation {
  readonly question: string;
  /** Has to be typed rather than `y`: what is about to be deleted cannot be overlooked. */
  readonly typedName?: string;
  /** `--yes`. */
  readonly isGiven: boolean;
  /** Objects are deleted: without a person only `--yes` allows it. */
  readonly isDestructive: boolean;
}

/**
 * Resolves where the change may be made: a person says so, `--yes` does, or nobody can be asked and nothing is deleted.
 * @throws CancelledError where the person says no; UsageError where nobody can be asked and something would be deleted
 */
export async function confirm(terminal: Terminal, signal: AbortSignal, asked: Confirmation): Promise<void> {
  if (asked.isGiven) return;
  if (!terminal.canAsk) {
    if (!asked.isDestructive) return;
    throw new UsageError('objects would be deleted, and nobody can be asked; allow it with --yes');
  }
  if (asked.typedName === undefined) {
    const answer = await promptLine(terminal, `${asked.question} [y/N] `, signal);
    if (/^y(?:es)?$/i.test(answer)) return;
  } else {
    const answer = await promptLine(terminal, `${asked.question} Type ${asked.typedName} to go on: `, signal);
    if (answer === asked.typedName) return;
  }
  throw new CancelledError('nothing was changed');
}
