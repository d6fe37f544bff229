/** Verifies one snapshot: its trees from the first to the last key, and that everything they name is there and fits together. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import { equalBytes } from './bytes.ts';
import { isRegular } from './file-mode.ts';
import { type Finding, findingOf } from './finding.ts';
import { decodeObject } from './object.ts';
import { ResourceType } from './resource-type.ts';
import type { SnapshotEntry, SnapshotReader } from './snapshot-reader.ts';

/**
 * All findings of one snapshot. The blobs themselves are verified elsewhere, so the content of a file of one chunk, whose MAC is
 * the chunk's, is not read again.
 * @throws CancelledError; ConnectorError
 */
export async function* checkSnapshot(
  snapshot: SnapshotReader,
  parts: ArchiveParts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Finding> {
  const within = (error: unknown, path?: string): Finding => ({
    ...findingOf(error),
    snapshot: snapshot.id,
    ...(path !== undefined && { path }),
  });
  let entries = 0;
  try {
    for await (const entry of snapshot.walk('/')) {
      throwIfCancelled(signal);
      entries++;
      try {
        await checkEntry(snapshot, entry, parts);
      } catch (error) {
        yield within(error, entry.path);
      }
    }
    const listed = await snapshot.entryCount();
    if (listed !== entries) {
      yield {
        code: 'FORMAT_TREE',
        message: `snapshot ${snapshot.id.slice(0, 8)} lists ${listed} entries, ${entries} are below its root`,
        snapshot: snapshot.id,
      };
    }
    await drain(snapshot.errors());
  } catch (error) {
    yield within(error);
  }
}

async function checkEntry(
  snapshot: SnapshotReader,
  entry: SnapshotEntry,
  { blobs }: ArchiveParts,
): Promise<void> {
  for (const name of entry.extendedAttributes) await snapshot.extendedAttribute(entry, name);
  if (!isRegular(entry.info.mode) || entry.objectId === undefined) return;
  const object = decodeObject(await blobs.read(ResourceType.object, entry.objectId));
  const [first, ...more] = object.chunks ?? [];
  const isFirstWhole =
    first !== undefined &&
    more.length === 0 &&
    equalBytes(first.contentMac, object.contentMac) &&
    first.length === entry.info.size &&
    blobs.blobs.find(ResourceType.chunk, first.contentMac) >= 0;
  if (isFirstWhole) return;
  await drain(snapshot.content(entry));
}

/** Reads to the end: reading verifies. */
async function drain(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}
