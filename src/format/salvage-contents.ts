/** Finds contents that nothing else saves: those whose entries are lost, and what is left of those that have lost chunks. */
import { throwIfCancelled } from '../errors.ts';
import { BlobIndex } from './blob-index.ts';
import { blobTypesOf } from './blob-kind.ts';
import { equalBytes, viewOf } from './bytes.ts';
import { decodeEntry, decodeXattr } from './entry.ts';
import { findingOf } from './finding.ts';
import { type Chunk, decodeObject, objectSize, type StoredObject } from './object.ts';
import { ResourceType } from './resource-type.ts';
import type { SalvagedBlobs } from './salvage-blobs.ts';
import { decodeNode } from './tree.ts';

/** Kind and length before each entry of a packed directory; specification "Indexes". */
const PACKED_HEAD_LENGTH = 5;
const PACKED_MAC_LENGTH = 32;

/** A content, by its object. */
export interface LostContent {
  /** Of the object. */
  readonly id: Uint8Array;
  readonly size: number;
  readonly contentMac: Uint8Array;
  readonly chunks: readonly Chunk[];
  /** Where its lost chunks stood, bytes; none where it is whole. */
  readonly lost: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Contents that no entry, attribute or index names, and those that have lost some of their chunks, but not all. Copies of entries, which
 * the index `dirpack` holds, are none.
 * @param sizeMax of contents that are not whole: a small object can claim any size
 * @param isWanted whether the rest of a content that an entry names, by its object, is asked for
 * @throws CancelledError; ConnectorError
 */
export async function* lostContents(
  blobs: SalvagedBlobs,
  sizeMax: number,
  isWanted: (id: Uint8Array) => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<LostContent> {
  const { index } = blobs;
  const isNamed = (names: BlobIndex, id: Uint8Array): boolean => names.find(ResourceType.object, id) >= 0;
  const { byEntries, byOthers } = await namedObjects(blobs, signal);
  for (let at = 0; at < index.count; at++) {
    const id = index.id(at);
    if (index.type(at) !== ResourceType.object || blobs.nested.has(at) || isNamed(byOthers, id)) continue;
    throwIfCancelled(signal);
    const content = await contentOf(blobs, at);
    if (content === undefined) continue;
    const { chunks, lost, size } = content;
    if (lost.length > 0 && size > sizeMax) continue;
    const hasEntry = isNamed(byEntries, id);
    if (lost.length === 0 ? hasEntry : hasEntry && !isWanted(id)) continue;
    if (lost.length === chunks.length) continue;
    if (lost.length === 0) {
      const isOwn = await isSound(blobs, content);
      if (!isOwn || (await isPackedDirectory(blobs, chunks))) continue;
    }
    yield content;
  }
}

interface NamedObjects {
  readonly byEntries: BlobIndex;
  readonly byOthers: BlobIndex;
}

async function namedObjects(blobs: SalvagedBlobs, signal: AbortSignal | undefined): Promise<NamedObjects> {
  const [byEntries, byOthers] = [new BlobIndex(1024, blobs.seed), new BlobIndex(1024, blobs.seed)];
  const { index, reader } = blobs;
  for (let at = 0; at < index.count; at++) {
    const type = index.type(at);
    const idsOf = NAMES[type];
    if (idsOf === undefined) continue;
    throwIfCancelled(signal);
    const names = type === ResourceType.vfsEntry ? byEntries : byOthers;
    try {
      for (const id of idsOf(await reader.readAt(at))) names.add(ResourceType.object, id, 0, 0);
    } catch (error) {
      findingOf(error);
    }
  }
  return { byEntries, byOthers };
}

/** What was found by a scan is listed as a node of every kind of tree, and their orders differ. */
const ANY_ORDER = (): number => -1;

/** Objects that a blob names, by its type. Some indexes have objects as values; other values match none. */
const NAMES: Readonly<Record<number, (plaintext: Uint8Array) => readonly Uint8Array[]>> = {
  [ResourceType.vfsEntry]: (plaintext) => [decodeEntry(plaintext).object],
  [ResourceType.xattrEntry]: (plaintext) => [decodeXattr(plaintext).object],
  [ResourceType.indexNode]: (plaintext) => decodeNode(plaintext, ANY_ORDER).values ?? [],
};

/** Undefined where there is no object or it has no content. */
async function contentOf({ index, reader }: SalvagedBlobs, at: number): Promise<LostContent | undefined> {
  let object: StoredObject;
  try {
    object = decodeObject(await reader.readAt(at));
  } catch (error) {
    findingOf(error);
    return undefined;
  }
  const chunks = object.chunks ?? [];
  const size = objectSize(object);
  if (size === 0) return undefined;
  const lost: { start: number; end: number }[] = [];
  let start = 0;
  for (const { contentMac, length } of chunks) {
    if (index.find(ResourceType.chunk, contentMac) < 0) lost.push({ start, end: start + length });
    start += length;
  }
  return { id: index.id(at), size, contentMac: object.contentMac, chunks, lost };
}

/** Nothing vouches for an object that was found by its bytes, but its content does. */
async function isSound(blobs: SalvagedBlobs, content: LostContent): Promise<boolean> {
  const hasher = blobs.reader.mac.begin();
  for await (const bytes of restOf(blobs, content)) hasher.update(bytes);
  return equalBytes(hasher.digest(), content.contentMac);
}

/** The bytes of `content`, zeros in the place of those that are lost. @throws CancelledError; ConnectorError */
export async function* restOf(
  { reader, index }: SalvagedBlobs,
  { chunks }: LostContent,
): AsyncGenerator<Uint8Array> {
  for (const { contentMac, length } of chunks) {
    const isThere = index.find(ResourceType.chunk, contentMac) >= 0;
    const bytes = isThere ? await reader.read(ResourceType.chunk, contentMac) : undefined;
    yield bytes?.length === length ? bytes : new Uint8Array(length);
  }
}

async function isPackedDirectory({ reader }: SalvagedBlobs, [first]: readonly Chunk[]): Promise<boolean> {
  if (first === undefined) return false;
  const bytes = await reader.read(ResourceType.chunk, first.contentMac);
  const [kind] = bytes;
  if ((kind !== 1 && kind !== 2) || bytes.length < PACKED_HEAD_LENGTH) return false;
  const length = viewOf(bytes).getUint32(1, true);
  const entry = bytes.subarray(PACKED_HEAD_LENGTH, PACKED_HEAD_LENGTH + length - PACKED_MAC_LENGTH);
  return blobTypesOf(entry).includes(ResourceType.vfsEntry);
}
