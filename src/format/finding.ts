/** What verification finds: data, so that one damaged blob does not hide the next. */
import { FormatError, IntegrityError, isPtarError } from '../errors.ts';

/**
 * What can no longer be read because of a finding: a whole snapshot; entries between two paths; one entry; its content; one of its
 * extended attributes; recorded errors; an index, without which reading is slower.
 */
export type Loss = 'snapshot' | 'entries' | 'entry' | 'content' | 'attribute' | 'errors' | 'index';

/** Something that is wrong. `code` as of the error that reading would throw. */
export interface Finding {
  readonly code: string;
  /** One line. */
  readonly message: string;
  /** In the file, bytes. */
  readonly offset?: number;
  /** Where in a snapshot: what a person loses. */
  readonly snapshot?: string;
  readonly path?: string;
  /** Absent where nothing is lost by this alone: the findings that follow from it say what is. */
  readonly lost?: Loss;
}

/** The finding that an error of reading amounts to; other errors are thrown on. */
export function findingOf(error: unknown): Finding {
  if (!isPtarError(error) || error.code === 'CANCELLED' || error.name === 'ConnectorError') throw error;
  const offset = error instanceof FormatError || error instanceof IntegrityError ? error.offset : undefined;
  return { code: error.code, message: error.message, ...(offset !== undefined && { offset }) };
}
