/**
 * What a check of snapshots goes by where it comes to contents: what is known of their chunks, or, while chunks are still being read, what is
 * assumed of them.
 */
import { ResourceType } from './resource-type.ts';
import type { BlobIndex } from './blob-index.ts';

/** The size of a blob that was not read. */
export const UNKNOWN_SIZE = -1;

/** Chunks are named by their index. */
export interface ContentFacts {
  /** Whether the chunk can be read, or was not to be. */
  isReadable(chunk: number): boolean;
  /** False where the chunk was read and has another length, in bytes. */
  hasLength(chunk: number, length: number): boolean;
  /** Whether the content of this name (`contentName`), of several chunks, need not be read. */
  isProven(name: string): boolean;
}

/** What the blobs of an archive were found to be. */
export interface BlobFacts {
  /** Blobs that cannot be read, by their index. */
  readonly damaged: ReadonlySet<number>;
  /** Bytes of the plaintext of blobs, by their index; {@link UNKNOWN_SIZE} where they were not read. */
  readonly sizes: Int32Array;
  /** Contents of more than one chunk whose MAC was verified, by name. Undefined where it is enough that their chunks are there. */
  readonly proven: ReadonlySet<string> | undefined;
}

/** Facts, once the chunks were read. */
export class KnownContents implements ContentFacts {
  readonly #facts: BlobFacts;

  constructor(facts: BlobFacts) {
    this.#facts = facts;
  }

  isReadable(chunk: number): boolean {
    return !this.#facts.damaged.has(chunk);
  }

  hasLength(chunk: number, length: number): boolean {
    const size = this.#facts.sizes[chunk];
    return size === UNKNOWN_SIZE || size === length;
  }

  isProven(name: string): boolean {
    return this.#facts.proven?.has(name) ?? true;
  }
}

/** Takes contents to be what is said of them, and remembers what was said: 4 bytes for every blob, and names of contents of several chunks. */
export class AssumedContents implements ContentFacts {
  /** By chunk: the length that it is said to have. */
  readonly #lengths: Int32Array;
  readonly #names = new Set<string>();

  constructor(count: number) {
    this.#lengths = new Int32Array(count).fill(UNKNOWN_SIZE);
  }

  isReadable(): boolean {
    return true;
  }

  hasLength(chunk: number, length: number): boolean {
    const said = this.#lengths[chunk];
    if (said === UNKNOWN_SIZE) this.#lengths[chunk] = length;
    return said === UNKNOWN_SIZE || said === length;
  }

  isProven(name: string): boolean {
    this.#names.add(name);
    return true;
  }

  /** Whether all that was assumed turned out to be so. */
  hold(blobs: BlobIndex, { damaged, sizes, proven }: BlobFacts): boolean {
    for (const index of damaged) if (blobs.type(index) === ResourceType.chunk) return false;
    const known = new KnownContents({ damaged, sizes, proven });
    if (this.#lengths.some((length, chunk) => length !== UNKNOWN_SIZE && !known.hasLength(chunk, length))) {
      return false;
    }
    for (const name of this.#names) if (!known.isProven(name)) return false;
    return true;
  }
}
