/**
 * The journal of a restore: a line of JSON before and after every write, so that a restore that was killed can be continued or taken back.
 * Names, uids and digests; never a value.
 */
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { systemError } from '../../connectors/system-error.ts';
import { ConnectorError } from '../../errors.ts';
import type { LiveReference, WritingVerdict } from './plan.ts';
import type { Outcome } from './restore-events.ts';

/** One line. */
export type JournalRecord =
  | { readonly type: 'begin'; readonly version: 1; readonly restoreId: string; readonly at: string }
  /** What is about to change lies in the undo archive. Nothing was written before. */
  | { readonly type: 'saved'; readonly snapshotId: string }
  /** What a write is about to do. From here on it may have happened. */
  | { readonly type: 'intent'; readonly id: string; readonly action: WritingVerdict }
  /** What came of it: the object as it is now, where there is one. */
  | {
      readonly type: 'done';
      readonly id: string;
      readonly outcome: Outcome;
      readonly reason: string;
      readonly live?: LiveReference;
    }
  | { readonly type: 'end'; readonly at: string }
  | { readonly type: 'undone'; readonly id: string; readonly outcome: Outcome; readonly reason: string }
  | { readonly type: 'undo end'; readonly at: string };

const FILE_MODE = 0o600;
/** Bytes; a line has some 300, an object two lines. */
const JOURNAL_SIZE_MAX = 1 << 28;
const RECORD_TYPES: ReadonlySet<unknown> = new Set<JournalRecord['type']>([
  'begin',
  'saved',
  'intent',
  'done',
  'end',
  'undone',
  'undo end',
]);

/** Appends to a journal. Lines of several writers at a time reach the disk together. */
export class Journal {
  readonly path: string;
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  /** The round that has not begun, and the one before it. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Opens the journal at `path`; makes it where there is none, takes away a last line that was cut off. @throws ConnectorError */
  static async open(path: string): Promise<Journal> {
    try {
      const handle = await open(path, 'a+', FILE_MODE);
      const text = await handle.readFile();
      await handle.truncate(text.lastIndexOf(0x0a) + 1);
      return new Journal(path, handle);
    } catch (error) {
      throw systemError(error, 'cannot open', path);
    }
  }

  /** Resolves when the line is on the disk. @throws ConnectorError */
  append(record: JournalRecord): Promise<void> {
    this.#waiting.push(`${JSON.stringify(record)}\n`);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => {
        this.#next = undefined;
        return this.#write();
      });
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    const lines = this.#waiting.splice(0).join('');
    try {
      await this.#handle.appendFile(lines);
      await this.#handle.datasync();
    } catch (error) {
      throw systemError(error, 'cannot write', this.path);
    }
  }
}

/** What a journal says. */
export interface JournalState {
  readonly restoreId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** True once the undo archive is complete. */
  readonly isSaved: boolean;
  readonly isEnded: boolean;
  readonly isUndone: boolean;
  /** What was begun, in that order. */
  readonly intents: ReadonlyMap<string, WritingVerdict>;
  readonly done: ReadonlyMap<string, Extract<JournalRecord, { type: 'done' }>>;
  readonly undone: ReadonlyMap<string, Extract<JournalRecord, { type: 'undone' }>>;
}

/** Reads a journal. A last line that was cut off is passed over. @throws ConnectorError CONNECTOR_INPUT, CONNECTOR_IO */
export async function readJournal(path: string): Promise<JournalState> {
  const text = await readWhole(path);
  const intents = new Map<string, WritingVerdict>();
  const done = new Map<string, Extract<JournalRecord, { type: 'done' }>>();
  const undone = new Map<string, Extract<JournalRecord, { type: 'undone' }>>();
  const state = { restoreId: '', startedAt: '', isSaved: false, isEnded: false, isUndone: false };
  const lines = text.split('\n');
  for (const line of lines.slice(0, -1)) {
    const record = parseLine(line, path);
    if (record.type === 'begin') Object.assign(state, { restoreId: record.restoreId, startedAt: record.at });
    else if (record.type === 'saved') state.isSaved = true;
    else if (record.type === 'intent') intents.set(record.id, record.action);
    else if (record.type === 'done') done.set(record.id, record);
    else if (record.type === 'undone') undone.set(record.id, record);
    else if (record.type === 'end') state.isEnded = true;
    else state.isUndone = true;
  }
  return { ...state, intents, done, undone };
}

async function readWhole(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= JOURNAL_SIZE_MAX) return await readFile(path, 'utf8');
  } catch (error) {
    throw systemError(error, 'cannot read', path);
  }
  throw unreadable(path);
}

function parseLine(line: string, path: string): JournalRecord {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    throw unreadable(path);
  }
  // A type that is not known may be that of a step which must not be forgotten.
  if (typeof record !== 'object' || record === null || !('type' in record)) throw unreadable(path);
  if (!RECORD_TYPES.has(record.type)) throw unreadable(path);
  return record as JournalRecord;
}

function unreadable(path: string): ConnectorError {
  return new ConnectorError('CONNECTOR_INPUT', `${path} is no journal of a restore, or is damaged`);
}
