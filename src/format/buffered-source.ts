import type { ByteSource } from './ports.ts';

/** Bytes that are read at once. */
const WINDOW_LENGTH = 4 * 1024 * 1024;

/** A source whose small reads, mostly one behind the other, are served from one window of 4 MiB. Closing closes the source. */
export class BufferedSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #source: ByteSource;
  #window = new Uint8Array();
  #windowOffset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.name = source.name;
    this.size = source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > WINDOW_LENGTH || offset < 0 || length < 0 || offset + length > this.size) {
      return this.#source.read(offset, length);
    }
    const end = this.#windowOffset + this.#window.length;
    if (offset < this.#windowOffset || offset + length > end) {
      // From the very offset on: readers go forward.
      const bytes = await this.#source.read(offset, Math.min(WINDOW_LENGTH, this.size - offset));
      this.#window = bytes as Uint8Array<ArrayBuffer>;
      this.#windowOffset = offset;
    }
    const start = offset - this.#windowOffset;
    return Uint8Array.prototype.slice.call(this.#window, start, start + length);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
