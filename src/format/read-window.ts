/** Reading ahead where reads follow each other: each read is served from the last one that was made, which grows while reading goes on. */
import type { ByteSource } from './ports.ts';

/** Bytes that are read at once at most. */
const WINDOW_LENGTH_MAX = 512 * 1024;
/** A read so few bytes behind the one before goes on with it. */
const GAP_LENGTH_MAX = 64 * 1024;
const WINDOW_LENGTH_LEAST = 4 * 1024;

/** One run of reads. Holds at most 512 KiB, and what a longer read gives only until it is handed on. */
export class ReadWindow {
  readonly #source: ByteSource;
  #bytes = new Uint8Array(0);
  #offset = 0;
  #nextLength = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** As {@link ByteSource.read}; the result may be a view of what was read at once, and nobody changes it. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    const start = offset - this.#offset;
    if (start >= 0 && start + length <= this.#bytes.length) {
      return this.#bytes.subarray(start, start + length);
    }
    return this.#readOn(offset, length);
  }

  async #readOn(offset: number, length: number): Promise<Uint8Array> {
    const end = this.#offset + this.#bytes.length;
    const goesOn = offset >= this.#offset && offset - end <= GAP_LENGTH_MAX;
    this.#nextLength = goesOn
      ? Math.min(2 * Math.max(this.#nextLength, WINDOW_LENGTH_LEAST), WINDOW_LENGTH_MAX)
      : 0;
    const wanted = Math.min(Math.max(length, this.#nextLength), this.#source.size - offset);
    if (wanted <= length || length >= WINDOW_LENGTH_MAX) {
      const bytes = await this.#source.read(offset, length);
      // An empty window at its end: the next read may go on from there.
      this.#bytes = new Uint8Array(0);
      this.#offset = offset + length;
      return bytes;
    }
    const bytes = await this.#source.read(offset, wanted);
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#offset = offset;
    return bytes.subarray(0, length);
  }
}
