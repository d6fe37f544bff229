/** Encoding and decoding of many blobs at once: what a thread does with a batch, and a caller that has no threads by itself. */
import { ID_LENGTH } from './blob-ids.ts';
import { equalBytes } from './bytes.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';
import {
  type BatchCodec,
  type BlobBatch,
  type Buffers,
  type ByteStatistics,
  type DecodedBatch,
  type MacKey,
  type NamedBatch,
  NOT_DECODED,
  type StoredBatch,
  type UnnamedBatch,
} from './ports.ts';
import { ResourceType } from './resource-type.ts';

/** Bytes of plaintext that one batch is decoded to at most: the rest is for the caller, one by one. */
export const DECODED_LENGTH_MAX = 4 * CHUNK_SIZE_MAX;

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

/** The id and entropy of each blob of `batch`, and what of the MAC of its content can be computed apart. */
export function nameBatch(
  mac: MacKey,
  { entropy }: Pick<ByteStatistics, 'entropy'>,
  { bytes, lengths, at }: UnnamedBatch,
): NamedBatch {
  const ids = new Uint8Array(lengths.length * ID_LENGTH);
  const entropies = new Float64Array(lengths.length);
  let from = 0;
  for (const [index, length] of lengths.entries()) {
    const plaintext = bytes.subarray(from, (from += length));
    ids.set(mac.mac(plaintext), index * ID_LENGTH);
    entropies[index] = entropy(plaintext);
  }
  return {
    bytes,
    lengths,
    ids,
    entropies,
    subtrees: at === undefined ? undefined : mac.subtrees?.(bytes, at),
  };
}

/** The blobs of `batch` at `places`, which rise: moved together in its memory, where the others are lost. */
export function keepBlobs({ bytes, lengths }: BlobBatch, places: readonly number[]): BlobBatch {
  if (places.length === lengths.length) return { bytes, lengths };
  const kept = new Set(places);
  let from = 0;
  let to = 0;
  for (const [place, length] of lengths.entries()) {
    if (kept.has(place)) {
      bytes.copyWithin(to, from, from + length);
      to += length;
    }
    from += length;
  }
  return { bytes: bytes.subarray(0, to), lengths: lengths.filter((_, place) => kept.has(place)) };
}

/**
 * Encodes `batch` into `target`, which has {@link encodedLengthMax} bytes. It may be the memory of `batch` where the blobs end with these:
 * a blob is read before it is written, and what is written never overtakes what is read.
 */
export function encodeBatch(codec: BatchCodec, batch: BlobBatch, target: Uint8Array<ArrayBuffer>): BlobBatch {
  const count = batch.lengths.length;
  const lengths = new Uint32Array(count);
  const encode = codec.encoder(count);
  let from = 0;
  let to = 0;
  for (let index = 0; index < count; index++) {
    const plaintext = batch.bytes.subarray(from, (from += batch.lengths[index] ?? 0));
    const end = encode(plaintext, index, target, to);
    lengths[index] = end - to;
    to = end;
  }
  return { bytes: target.subarray(0, to), lengths };
}

/** Decodes and verifies `batch`. What goes wrong with a blob is left to whoever reads that blob alone. */
export function decodeBatch(
  codec: BatchCodec,
  mac: MacKey,
  batch: StoredBatch,
  buffers: Buffers,
): DecodedBatch {
  const count = batch.lengths.length;
  const lengths = new Uint32Array(count);
  const decode = codec.decoder(batch);
  const wanted = new WantedBytes(buffers, batch);
  let from = 0;
  for (let index = 0; index < count; index++) {
    const stored = batch.bytes.subarray(from, (from += batch.lengths[index] ?? 0));
    const plaintext = decode(stored, index, Math.min(CHUNK_SIZE_MAX, batch.sizeMax - wanted.length));
    const isIntact = plaintext !== undefined && isVerified(mac, plaintext, batch, index);
    lengths[index] = isIntact ? plaintext.length : NOT_DECODED;
    if (isIntact && batch.wanted[index] === 1) wanted.add(plaintext);
  }
  return { bytes: wanted.bytes, lengths };
}

/** The plaintexts that were wanted, one behind the other. */
class WantedBytes {
  length = 0;
  readonly #buffers: Buffers;
  /** What the first buffer is long enough for: most contents shrink to no less than half. One blob tells its length. */
  readonly #lengthExpected: number;
  #target = new Uint8Array(0);

  constructor(buffers: Buffers, { bytes, lengths, sizeMax }: StoredBatch) {
    this.#buffers = buffers;
    this.#lengthExpected = lengths.length === 1 ? 0 : Math.min(2 * bytes.length, sizeMax);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#target.subarray(0, this.length);
  }

  add(plaintext: Uint8Array): void {
    const length = this.length + plaintext.length;
    if (length > this.#target.length) this.#grow(length);
    this.#target.set(plaintext, this.length);
    this.length = length;
  }

  #grow(lengthLeast: number): void {
    const grown = this.#buffers.take(Math.max(lengthLeast, 2 * this.#target.length, this.#lengthExpected));
    grown.set(this.bytes);
    this.#buffers.give(this.#target.buffer);
    this.#target = grown;
  }
}

function isVerified(mac: MacKey, plaintext: Uint8Array, { types, ids }: StoredBatch, index: number): boolean {
  const id = ids.subarray(index * ID_LENGTH, (index + 1) * ID_LENGTH);
  return UNMACED.includes(types[index] ?? 0) || equalBytes(mac.mac(plaintext), id);
}
