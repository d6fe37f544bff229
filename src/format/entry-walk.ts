/** Walks the tree of a snapshot's entries depth first, many entries at a time: a promise for each of a million costs more than reading them. */
import { isDirectory } from './file-mode.ts';
import { joinPath } from './path.ts';
import type { SnapshotEntry } from './snapshot-entry.ts';
import type { TreeCursor, TreeItem, TreeReader } from './tree-reader.ts';

/** Entries that are given at once at most. */
const BATCH_COUNT_MAX = 64;

/** How entries are read. */
export interface EntryReads {
  /** The entry of an item, where it can be had without waiting. */
  peek(item: TreeItem): SnapshotEntry | undefined;
  /** @throws IntegrityError; FormatError */
  read(item: TreeItem): Promise<SnapshotEntry>;
}

/** A directory whose children are being visited. */
interface Level {
  /** What their paths begin with. */
  readonly prefix: string;
  readonly cursor: TreeCursor;
}

/**
 * What is in the directory `path`, sorted by the bytes of the names; with `isDeep` what is below it as well, a directory before its
 * children. When reading fails, what was read before is given first.
 * @throws IntegrityError; FormatError
 */
export async function* walkEntries(
  tree: TreeReader,
  reads: EntryReads,
  path: string,
  isDeep: boolean,
): AsyncGenerator<readonly SnapshotEntry[]> {
  const levels = [await levelOf(tree, path)];
  let batch: SnapshotEntry[] = [];
  try {
    for (let level = levels[0]; level !== undefined; level = levels[levels.length - 1]) {
      const item = level.cursor.next();
      if (item === undefined) {
        if (!(await level.cursor.enterNextLeaf())) levels.pop();
        continue;
      }
      if (item.key === '/') continue;
      if (!isChild(item.key, level.prefix)) {
        levels.pop();
        continue;
      }
      const entry = reads.peek(item) ?? (await reads.read(item));
      batch.push(entry);
      if (isDeep && isDirectory(entry.info.mode)) levels.push(await levelOf(tree, entry.path));
      if (batch.length < BATCH_COUNT_MAX) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

async function levelOf(tree: TreeReader, path: string): Promise<Level> {
  const prefix = joinPath(path, '');
  return { prefix, cursor: await tree.cursorAt(prefix) };
}

/** True for the path of a direct child of the directory whose children's paths begin with `prefix`. */
export function isChild(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && !path.includes('/', prefix.length);
}
