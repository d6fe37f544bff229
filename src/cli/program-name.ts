import { basename } from 'node:path';

/** Asks for completion: `ptar __complete WORDS…`. Not a command of the help, because no person types it. */
export const COMPLETE_COMMAND = '__complete';

/** Under which name ptar runs. */
export interface Invoked {
  /** For usage texts. */
  readonly name: 'ptar' | 'kubectl ptar';
  /** Arguments that the name stands for. */
  readonly args: readonly string[];
}

/**
 * What the path of the started script says: kubectl runs `kubectl-ptar` as a plugin, and `kubectl_complete-ptar` to complete one.
 * @param script `process.argv[1]`, symbolic links not resolved
 */
export function invokedAs(script: string | undefined): Invoked {
  const name = basename(script ?? '').replace(/\.(js|cmd|exe)$/, '');
  if (name === 'kubectl-ptar') return { name: 'kubectl ptar', args: [] };
  if (name === 'kubectl_complete-ptar') return { name: 'kubectl ptar', args: [COMPLETE_COMMAND] };
  return { name: 'ptar', args: [] };
}
