/** Asks for completion: `ptar __complete WORDS…`. Not a command of the help, because no person types it. */
export const COMPLETE_COMMAND = '__complete';

/** Under which name ptar runs. */
export interface Invoked {
  /** For usage texts. */
  readonly name: 'ptar' | 'kubectl ptar';
  /** Arguments that the name stands for. */
  readonly args: readonly string[];
}
