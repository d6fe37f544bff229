/** Buffers that are used again: making one of a megabyte costs as much as hashing its content. */

import type { Buffers } from '../../format/ports.ts';

/** Bytes of the smallest buffer. */
const BUFFER_LENGTH_LEAST = 512 * 1024;
/** Keeps a limited number of bytes. Lengths are powers of two. */
export class BufferShelf implements Buffers {
  readonly #keptLengthMax: number;
  readonly #buffers = new Map<number, ArrayBuffer[]>();
  #keptLength = 0;

  /** @param keptLengthMax bytes that are kept */
  constructor(keptLengthMax: number) {
    this.#keptLengthMax = keptLengthMax;
  }

  /** A buffer of at least `length` bytes of undefined content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    let size = BUFFER_LENGTH_LEAST;
    while (size < length) size *= 2;
    const kept = this.#buffers.get(size)?.pop();
    if (kept === undefined) return new Uint8Array(size);
    this.#keptLength -= size;
    return new Uint8Array(kept);
  }

  /** Keeps `buffer` unless it is none of this kind or there are enough. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const isOurs = size >= BUFFER_LENGTH_LEAST && (size & (size - 1)) === 0;
    if (!isOurs || this.#keptLength + size > this.#keptLengthMax) return;
    const buffers = this.#buffers.get(size);
    if (buffers === undefined) this.#buffers.set(size, [buffer]);
    else buffers.push(buffer);
    this.#keptLength += size;
  }

  clear(): void {
    this.#buffers.clear();
    this.#keptLength = 0;
  }
}
