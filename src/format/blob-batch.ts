/** Encoding and decoding of many blobs at once: what a thread does with a batch, and a caller that has no threads by itself. */
import { FormatError } from '../errors.ts';
import type { BlobCodec } from './blob-codec.ts';
import { equalBytes } from './bytes.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';
import { type BlobBatch, type DecodedBatch, type MacKey, NOT_DECODED, type StoredBatch } from './ports.ts';
import { ResourceType } from './resource-type.ts';

/** Bytes of plaintext that one batch is decoded to at most: the rest is for the caller, one by one. */
export const DECODED_LENGTH_MAX = 4 * CHUNK_SIZE_MAX;
const ID_LENGTH = 32;

/** Blobs of an archive that were decoded together, by their indexes; see {@link DecodedBatch}. */
export interface DecodedRun extends DecodedBatch {
  readonly indexes: Uint32Array;
}

/** Blobs whose id is the snapshot's and not a MAC of their plaintext. */
export const UNMACED: readonly number[] = [ResourceType.snapshot, ResourceType.signature];

/** Bytes that a batch of `count` blobs with `length` bytes in all takes at most when it is encoded. */
export function encodedLengthMax(length: number, count: number): number {
  // Sealing adds 28 bytes for every 64 KiB and 68 in all, incompressible frames at most one byte in 1000 and 30 in all.
  return length + Math.ceil(length / 512) + 128 * count;
}

/** Encodes `batch` into `target`, which has {@link encodedLengthMax} bytes. */
export function encodeBatch(codec: BlobCodec, batch: BlobBatch, target: Uint8Array<ArrayBuffer>): BlobBatch {
  const lengths = new Uint32Array(batch.lengths.length);
  let to = 0;
  for (const [index, stored] of codec.encodeAll(partsOf(batch)).entries()) {
    target.set(stored, to);
    lengths[index] = stored.length;
    to += stored.length;
  }
  return { bytes: target.subarray(0, to), lengths };
}

/** Decodes and verifies `batch`. What goes wrong with a blob is left to whoever reads that blob alone. */
export function decodeBatch(
  codec: BlobCodec,
  mac: MacKey,
  batch: StoredBatch,
  buffer: (length: number) => Uint8Array<ArrayBuffer>,
): DecodedBatch {
  const lengths = new Uint32Array(batch.lengths.length);
  const plaintexts: Uint8Array[] = [];
  let size = 0;
  for (const [index, opened] of codec.openAll(partsOf(batch)).entries()) {
    const sizeMax = Math.min(CHUNK_SIZE_MAX, batch.sizeMax - size);
    const plaintext = opened && decompressed(codec, opened, sizeMax);
    const isIntact = plaintext !== undefined && isVerified(mac, plaintext, batch, index);
    lengths[index] = isIntact ? plaintext.length : NOT_DECODED;
    if (!isIntact || batch.wanted[index] !== 1) continue;
    plaintexts.push(plaintext);
    size += plaintext.length;
  }
  const bytes = buffer(size);
  let to = 0;
  for (const plaintext of plaintexts) {
    bytes.set(plaintext, to);
    to += plaintext.length;
  }
  return { bytes: bytes.subarray(0, size), lengths };
}

function partsOf({ bytes, lengths }: BlobBatch): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => bytes.subarray(at, (at += length)));
}

function isVerified(mac: MacKey, plaintext: Uint8Array, { types, ids }: StoredBatch, index: number): boolean {
  const id = ids.subarray(index * ID_LENGTH, (index + 1) * ID_LENGTH);
  return UNMACED.includes(types[index] ?? 0) || equalBytes(mac.mac(plaintext), id);
}

function decompressed(codec: BlobCodec, opened: Uint8Array, sizeMax: number): Uint8Array | undefined {
  try {
    return codec.decompress(opened, sizeMax);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
