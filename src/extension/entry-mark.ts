import { isPtarError } from '../errors.ts';
import { equalBytes } from '../format/bytes.ts';
import { isSecretAt } from './archive-content.ts';
import type { ArchiveShelf } from './archive-shelf.ts';
import type { ArchiveAddress } from './archive-uri.ts';

/** What is to be said about an entry in one letter. */
export type EntryMark = 'failed' | 'added' | 'changed' | 'secret';

/**
 * The mark of an object or file; undefined where there is nothing to say, also where it cannot be read: whoever opens it learns why.
 * Compares ids of contents with the snapshot before, so that no content is read.
 */
export async function markOf(
  shelf: ArchiveShelf,
  address: ArchiveAddress,
  isCancelled: () => boolean,
): Promise<EntryMark | undefined> {
  try {
    if (shelf.state(address.archiveKey).is !== 'open') return undefined;
    const archive = await shelf.open(address.archiveKey, false);
    const snapshot = await archive.snapshot(address.snapshotId);
    const { reader, previous } = snapshot;
    const { directory, below } = reader.source.summary;
    if (directory.errors + below.errors > 0) {
      for await (const { path } of reader.errors(address.path)) if (path === address.path) return 'failed';
    }
    if (isCancelled()) return undefined;
    const entry = await reader.entry(address.path);
    const secret = isSecretAt(snapshot, address.path) ? 'secret' : undefined;
    if (previous === undefined || entry.objectId === undefined) return secret;
    const before = await previous.entry(address.path).catch((error: unknown) => {
      if (isPtarError(error) && error.code === 'NOT_FOUND_PATH') return undefined;
      throw error;
    });
    if (before === undefined) return 'added';
    const isSame = before.objectId !== undefined && equalBytes(before.objectId, entry.objectId);
    return isSame ? secret : 'changed';
  } catch (error) {
    if (isPtarError(error)) return undefined;
    throw error;
  }
}
