/** Finds contents whose entries are lost: objects that are there, and that nothing which is there names. */
import { throwIfCancelled } from '../errors.ts';
import { BlobIndex } from './blob-index.ts';
import { blobTypesOf } from './blob-kind.ts';
import { viewOf } from './bytes.ts';
import { decodeEntry, decodeXattr } from './entry.ts';
import { findingOf } from './finding.ts';
import { decodeObject, objectSize } from './object.ts';
import { ResourceType } from './resource-type.ts';
import type { SalvagedBlobs } from './salvage-blobs.ts';
import { decodeNode } from './tree.ts';

/** Kind and length before each entry of a packed directory; specification "Indexes". */
const PACKED_HEAD_LENGTH = 5;
const PACKED_MAC_LENGTH = 32;

/**
 * Ids of objects with content that no entry, attribute or index names. Copies of entries, which the index `dirpack` holds, are none.
 * @throws CancelledError; ConnectorError
 */
export async function* unnamedContents(
  blobs: SalvagedBlobs,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { index } = blobs;
  const named = await namedObjects(blobs, signal);
  for (let at = 0; at < index.count; at++) {
    const id = index.id(at);
    const isFree = index.type(at) === ResourceType.object && !blobs.nested.has(at);
    if (!isFree || named.find(ResourceType.object, id) >= 0) continue;
    throwIfCancelled(signal);
    if (await isContent(blobs, at)) yield id;
  }
}

async function namedObjects(blobs: SalvagedBlobs, signal: AbortSignal | undefined): Promise<BlobIndex> {
  const named = new BlobIndex(1024, blobs.seed);
  const { index, reader } = blobs;
  for (let at = 0; at < index.count; at++) {
    const idsOf = NAMES[index.type(at)];
    if (idsOf === undefined) continue;
    throwIfCancelled(signal);
    try {
      for (const id of idsOf(await reader.readAt(at))) named.add(ResourceType.object, id, 0, 0);
    } catch (error) {
      findingOf(error);
    }
  }
  return named;
}

/** What was found by a scan is listed as a node of every kind of tree, and their orders differ. */
const ANY_ORDER = (): number => -1;

/** Objects that a blob names, by its type. Some indexes have objects as values; other values match none. */
const NAMES: Readonly<Record<number, (plaintext: Uint8Array) => readonly Uint8Array[]>> = {
  [ResourceType.vfsEntry]: (plaintext) => [decodeEntry(plaintext).object],
  [ResourceType.xattrEntry]: (plaintext) => [decodeXattr(plaintext).object],
  [ResourceType.indexNode]: (plaintext) => decodeNode(plaintext, ANY_ORDER).values ?? [],
};

async function isContent({ reader }: SalvagedBlobs, at: number): Promise<boolean> {
  try {
    const object = decodeObject(await reader.readAt(at));
    const [first] = object.chunks ?? [];
    if (first === undefined || objectSize(object) === 0) return false;
    return !isPackedDirectory(await reader.read(ResourceType.chunk, first.contentMac));
  } catch (error) {
    findingOf(error);
    return false;
  }
}

function isPackedDirectory(bytes: Uint8Array): boolean {
  const [kind] = bytes;
  if ((kind !== 1 && kind !== 2) || bytes.length < PACKED_HEAD_LENGTH) return false;
  const length = viewOf(bytes).getUint32(1, true);
  const entry = bytes.subarray(PACKED_HEAD_LENGTH, PACKED_HEAD_LENGTH + length - PACKED_MAC_LENGTH);
  return blobTypesOf(entry).includes(ResourceType.vfsEntry);
}
