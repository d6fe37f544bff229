/** Encoding and decoding of many blobs at once: what a thread does with a batch, and a caller that has no threads by itself. */
import { FormatError, IntegrityError } from '../errors.ts';
import type { BlobCodec } from './blob-codec.ts';
import { equalBytes } from './bytes.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';
import { type BlobBatch, type DecodedBatch, type MacKey, NOT_DECODED, type StoredBatch } from './ports.ts';
import { ResourceType } from './resource-type.ts';

/** Bytes of plaintext that one batch is decoded to at most: the rest is for the caller, one by one. */
export const DECODED_LENGTH_MAX = 4 * CHUNK_SIZE_MAX;
const ID_LENGTH = 32;

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
  let from = 0;
  let to = 0;
  for (const [index, length] of batch.lengths.entries()) {
    const stored = codec.encode(batch.bytes.subarray(from, from + length));
    target.set(stored, to);
    lengths[index] = stored.length;
    from += length;
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
  let from = 0;
  let size = 0;
  for (const [index, length] of batch.lengths.entries()) {
    const stored = batch.bytes.subarray(from, from + length);
    from += length;
    const id = batch.ids.subarray(index * ID_LENGTH, (index + 1) * ID_LENGTH);
    const plaintext = decoded(codec, mac, stored, batch.types[index] ?? 0, id, DECODED_LENGTH_MAX - size);
    lengths[index] = plaintext?.length ?? NOT_DECODED;
    if (plaintext === undefined || batch.wanted[index] !== 1) continue;
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

function decoded(
  codec: BlobCodec,
  mac: MacKey,
  stored: Uint8Array,
  type: number,
  id: Uint8Array,
  sizeMax: number,
): Uint8Array | undefined {
  try {
    const plaintext = codec.decode(stored, Math.min(CHUNK_SIZE_MAX, sizeMax));
    return UNMACED.includes(type) || equalBytes(mac.mac(plaintext), id) ? plaintext : undefined;
  } catch (error) {
    if (error instanceof FormatError || error instanceof IntegrityError) return undefined;
    throw error;
  }
}
