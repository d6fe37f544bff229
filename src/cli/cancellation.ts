import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * An AbortSignal for Control-C and its like. The first asks everything to stop and clean up; the second, for those who cannot
 * wait, ends the process at once.
 */
export function cancelOnSignals(terminal: Terminal): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    if (terminal.notesToPerson) terminal.noteRaw('\nstopping and cleaning up; once more to leave at once\n');
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
