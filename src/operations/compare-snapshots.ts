import { throwIfCancelled } from '../errors.ts';
import { compareUtf8, equalBytes } from '../format/bytes.ts';
import {
  MODE_CHARACTER_DEVICE,
  MODE_DEVICE,
  MODE_DIRECTORY,
  MODE_NAMED_PIPE,
  MODE_SOCKET,
  MODE_SYMLINK,
} from '../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../format/snapshot-reader.ts';

const TYPE_BITS =
  MODE_DIRECTORY | MODE_SYMLINK | MODE_DEVICE | MODE_CHARACTER_DEVICE | MODE_NAMED_PIPE | MODE_SOCKET;

/** In what an entry of both snapshots differs. Times do not count: a file written again with the same content is unchanged. */
export type Difference = 'type' | 'content' | 'target' | 'mode' | 'owner';

/** One path that is not the same in both snapshots. */
export type PathChange =
  | { readonly change: 'added'; readonly path: string; readonly after: SnapshotEntry }
  | { readonly change: 'removed'; readonly path: string; readonly before: SnapshotEntry }
  | {
      readonly change: 'changed';
      readonly path: string;
      readonly before: SnapshotEntry;
      readonly after: SnapshotEntry;
      readonly differences: readonly Difference[];
    };

/** Options of {@link compareSnapshots}. */
export interface CompareOptions {
  /** Compares what is at and below this path. Default: everything. */
  readonly path?: string;
  readonly signal?: AbortSignal;
}

/**
 * The paths that `before` and `after`, snapshots of one archive, do not share: one walk over both, nothing held. Contents are
 * compared by the ids of their objects, which are equal exactly where the bytes are.
 *
 * @throws NotFoundError NOT_FOUND_PATH where neither has `options.path`; IntegrityError; FormatError; CancelledError
 */
export async function* compareSnapshots(
  before: SnapshotReader,
  after: SnapshotReader,
  options: CompareOptions = {},
): AsyncGenerator<PathChange> {
  const path = options.path ?? '/';
  const [old, current] = await Promise.all([Walk.begin(before, path), Walk.begin(after, path)]);
  // Asking for the entry says what is missing, in words.
  if (old.entry === undefined && current.entry === undefined) await after.entry(path);
  while (old.entry !== undefined || current.entry !== undefined) {
    throwIfCancelled(options.signal);
    const order = compareDepthFirst(old.entry, current.entry);
    if (order < 0 && old.entry !== undefined) {
      yield { change: 'removed', path: old.entry.path, before: old.entry };
    } else if (order > 0 && current.entry !== undefined) {
      yield { change: 'added', path: current.entry.path, after: current.entry };
    } else if (old.entry !== undefined && current.entry !== undefined) {
      const differences = differencesOf(old.entry, current.entry);
      if (differences.length > 0) {
        yield {
          change: 'changed',
          path: old.entry.path,
          before: old.entry,
          after: current.entry,
          differences,
        };
      }
    }
    await Promise.all([order <= 0 ? old.advance() : undefined, order >= 0 ? current.advance() : undefined]);
  }
}

/** A walk with the entry that is looked at; undefined at the end. */
class Walk {
  entry: SnapshotEntry | undefined;
  readonly #entries: AsyncIterator<SnapshotEntry>;

  private constructor(entries: AsyncIterator<SnapshotEntry>) {
    this.#entries = entries;
  }

  /** A walk of nothing where the snapshot has no such path. */
  static async begin(snapshot: SnapshotReader, path: string): Promise<Walk> {
    const walk = new Walk((await hasPath(snapshot, path)) ? snapshot.walk(path) : snapshot.children(path));
    await walk.advance();
    return walk;
  }

  async advance(): Promise<void> {
    const next = await this.#entries.next();
    this.entry = next.done === true ? undefined : next.value;
  }
}

async function hasPath(snapshot: SnapshotReader, path: string): Promise<boolean> {
  try {
    await snapshot.entry(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND_PATH') return false;
    throw error;
  }
}

/** The order of a walk: a folder before its content, and that before the folder's next sibling. */
function compareDepthFirst(left: SnapshotEntry | undefined, right: SnapshotEntry | undefined): number {
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  return compareUtf8(left.path.replaceAll('/', '\0'), right.path.replaceAll('/', '\0'));
}

function differencesOf(before: SnapshotEntry, after: SnapshotEntry): readonly Difference[] {
  const [old, current] = [before.info, after.info];
  if ((old.mode & TYPE_BITS) !== (current.mode & TYPE_BITS)) return ['type'];
  const differences: Difference[] = [];
  if (!equalContent(before, after)) differences.push('content');
  if (before.symlinkTarget !== after.symlinkTarget) differences.push('target');
  if (old.mode !== current.mode) differences.push('mode');
  if (old.uid !== current.uid || old.gid !== current.gid) differences.push('owner');
  return differences;
}

function equalContent(before: SnapshotEntry, after: SnapshotEntry): boolean {
  if (before.objectId === undefined || after.objectId === undefined) {
    return before.objectId === after.objectId;
  }
  return equalBytes(before.objectId, after.objectId);
}
