/** Blobs that are gathered one behind the other, to become a {@link BlobBatch} which can be encoded in place. */
import { encodedLengthMax } from './blob-batch.ts';
import type { BlobBatch, Buffers } from './ports.ts';

/** Bytes of plaintext that are encoded together; a longer blob goes alone. */
export const BATCH_LENGTH = 440 * 1024;
/** Blobs that are encoded together. */
const BATCH_COUNT = 512;

/** Gathers blobs. Holds one batch: {@link BATCH_LENGTH} bytes, or a blob that is longer. */
export class BlobLane {
  readonly #buffers: Buffers | undefined;
  readonly #lengths: number[] = [];
  #memory: Uint8Array<ArrayBuffer> | undefined;
  /** Where the first blob begins: behind room for what encoding in place adds. */
  #begin = 0;
  #length = 0;

  /** `buffers`: where memory comes from; new where there are none. */
  constructor(buffers: Buffers | undefined) {
    this.#buffers = buffers;
  }

  get isEmpty(): boolean {
    return this.#lengths.length === 0;
  }

  /** Bytes of the blobs. */
  get length(): number {
    return this.#length;
  }

  /** The blobs, one behind the other: valid until they are taken. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory?.subarray(this.#begin, this.#begin + this.#length) ?? new Uint8Array(0);
  }

  /** Whether a blob of so many bytes can be added before what is there is taken. */
  hasRoomFor(length: number): boolean {
    if (this.isEmpty) return true;
    return this.#length + length <= BATCH_LENGTH && this.#lengths.length < BATCH_COUNT;
  }

  /** Adds a blob, for which there must be room. */
  add(plaintext: Uint8Array): void {
    const memory = (this.#memory ??= this.#open(Math.max(BATCH_LENGTH, plaintext.length)));
    memory.set(plaintext, this.#begin + this.#length);
    this.#lengths.push(plaintext.length);
    this.#length += plaintext.length;
  }

  /** One after the other, each valid until they are taken. */
  *blobs(): Generator<Uint8Array> {
    const { bytes } = this;
    let from = 0;
    for (const length of this.#lengths) yield bytes.subarray(from, (from += length));
  }

  /** What was gathered, with its memory. */
  take(): BlobBatch {
    const batch = { bytes: this.bytes, lengths: Uint32Array.from(this.#lengths) };
    this.#reset();
    return batch;
  }

  /** Forgets what was gathered. */
  clear(): void {
    if (this.#memory !== undefined) this.#buffers?.give(this.#memory.buffer);
    this.#reset();
  }

  #reset(): void {
    this.#memory = undefined;
    this.#lengths.length = 0;
    this.#length = 0;
  }

  #open(length: number): Uint8Array<ArrayBuffer> {
    const encodedLength = encodedLengthMax(length, length > BATCH_LENGTH ? 1 : BATCH_COUNT);
    this.#begin = encodedLength - length;
    return this.#buffers?.take(encodedLength) ?? new Uint8Array(encodedLength);
  }
}
