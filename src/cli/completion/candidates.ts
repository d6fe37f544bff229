/** What can stand at the cursor, and what the shell shall do besides; the numbers are those of cobra's shell completion protocol. */

/** A word that can stand at the cursor. */
export interface Candidate {
  readonly value: string;
  /** One line. */
  readonly description?: string;
}

/** Bits of the closing `:N` line. */
export const DIRECTIVE = {
  none: 0,
  /** No blank after the word: more of it may come. */
  noSpace: 2,
  /** No file names where there is no candidate. */
  noFiles: 4,
  /** Names of folders. */
  folders: 16,
} as const;

/** The answer to one request for completion. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Sum of {@link DIRECTIVE} values. */
  readonly directive: number;
}

/** Nothing to offer, not even files. */
export const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };
/** Whatever files there are. */
export const FILES: Completion = { candidates: [], directive: DIRECTIVE.none };
/** Whatever folders there are. */
export const FOLDERS: Completion = { candidates: [], directive: DIRECTIVE.folders };

/** These words and no files. A word that ends in `/` or `:` goes on. */
export function words(candidates: readonly Candidate[]): Completion {
  const goesOn = candidates.length > 0 && candidates.every(({ value }) => /[/:]$/.test(value));
  return { candidates, directive: DIRECTIVE.noFiles | (goesOn ? DIRECTIVE.noSpace : 0) };
}

/** Most candidates that are printed. */
const CANDIDATES_MAX = 1000;

/** The text for the shell: candidates that begin with `typed`, each with its description after a tab, and the directive. */
export function formatCompletion({ candidates, directive }: Completion, typed: string): string {
  const fitting = candidates.filter(({ value }) => value.startsWith(typed)).slice(0, CANDIDATES_MAX);
  // A name with a control character could not be typed, and would be two lines of this protocol.
  const lines = fitting
    .filter(({ value }) => !/\p{Cc}/u.test(value))
    .map(({ value, description }) =>
      description === undefined ? value : `${value}\t${description.replaceAll(/\p{Cc}/gu, ' ')}`,
    );
  return [...lines, `:${String(directive)}`, ''].join('\n');
}
