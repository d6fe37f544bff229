/** Buffers that are used again: making one of a megabyte costs as much as hashing its content. */

import type { Buffers } from '../../format/ports.ts';

/** Lengths are multiples of this many bytes. */
const LENGTH_STEP = 512 * 1024;

/** Keeps a limited number of bytes. */
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
    const least = Math.max(1, Math.ceil(length / LENGTH_STEP)) * LENGTH_STEP;
    const kept = this.takeKept(least);
    return kept === undefined ? new Uint8Array(least) : new Uint8Array(kept);
  }

  /** A buffer that was kept, of at least `size` bytes and at most twice as many; `size` is that of another buffer. */
  takeKept(size: number): ArrayBuffer | undefined {
    if (size === 0 || size % LENGTH_STEP !== 0) return undefined;
    for (let larger = size; larger <= 2 * size; larger += LENGTH_STEP) {
      const kept = this.#buffers.get(larger)?.pop();
      if (kept === undefined) continue;
      this.#keptLength -= larger;
      return kept;
    }
    return undefined;
  }

  /** Keeps `buffer` unless it is none of this kind or there are enough. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const isOurs = size > 0 && size % LENGTH_STEP === 0;
    if (!isOurs || this.#keptLength + size > this.#keptLengthMax) return;
    const buffers = this.#buffers.get(size);
    if (buffers === undefined) this.#buffers.set(size, [buffer]);
    else buffers.push(buffer);
    this.#keptLength += size;
  }

  /** Forgets all buffers. @returns what was kept */
  clear(): ArrayBuffer[] {
    const kept = [...this.#buffers.values()].flat();
    this.#buffers.clear();
    this.#keptLength = 0;
    return kept;
  }
}
