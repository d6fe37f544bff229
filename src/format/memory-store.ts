/** {@link ByteSource} and {@link ByteSink} without a file system: for browsers, and for archives that fit into memory. */
import { FormatError } from '../errors.ts';
import { concatBytes } from './bytes.ts';
import type { ByteSink, ByteSource } from './ports.ts';

/** What is needed of a `Blob` or `File`. Those of Node hold at most 4 GiB: read larger files there through a source of your own. */
export interface BlobLike {
  /** Bytes. */
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** The source of an archive in a `Blob`, read range by range. `name` is for messages. */
export function blobSource(blob: BlobLike, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      const isRange =
        Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
      const isInside = isRange && length <= blob.size - offset;
      const bytes = isInside ? await blob.slice(offset, offset + length).arrayBuffer() : undefined;
      if (bytes?.byteLength === length) return new Uint8Array(bytes);
      throw new FormatError('FORMAT_TRUNCATED', `${name} does not hold ${length} bytes at ${offset}`, {
        offset,
      });
    },
    close: () => Promise.resolve(),
  };
}

/** A sink that keeps the archive in memory. */
export class MemorySink implements ByteSink {
  readonly name: string;
  #parts: Uint8Array[] = [];
  #bytes: Uint8Array | undefined;

  /** `name` is for messages. */
  constructor(name = 'memory') {
    this.name = name;
  }

  /** The whole archive, once it is complete; undefined before that. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes;
  }

  write(bytes: Uint8Array): Promise<void> {
    // Not `slice`, which makes a view of a Node Buffer.
    this.#parts.push(new Uint8Array(bytes));
    return Promise.resolve();
  }

  commit(): Promise<void> {
    this.#bytes = concatBytes(this.#parts);
    this.#parts = [];
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.#parts = [];
    return Promise.resolve();
  }
}
