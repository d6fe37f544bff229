/** Objects of one chunk, which most are: which chunk, and how long it is said to be. What is left of an object when its record was read. */
import type { BlobIndex } from './blob-index.ts';
import { equalBytes } from './bytes.ts';
import type { StoredObject } from './object.ts';
import { ResourceType } from './resource-type.ts';

/** Of one archive, all by their indexes. Takes 8 bytes for every blob. */
export class SingleChunks {
  readonly #blobs: BlobIndex;
  readonly #chunks: Int32Array;
  readonly #lengths: Uint32Array;

  constructor(blobs: BlobIndex) {
    this.#blobs = blobs;
    this.#chunks = new Int32Array(blobs.count).fill(-1);
    this.#lengths = new Uint32Array(blobs.count);
  }

  /** Takes object `index`, if its content is the content of one chunk that is in the archive. */
  add(index: number, { contentMac, chunks }: StoredObject): void {
    const [only, ...more] = chunks ?? [];
    if (only === undefined || more.length > 0 || !equalBytes(only.contentMac, contentMac)) return;
    this.#chunks[index] = this.#blobs.find(ResourceType.chunk, contentMac);
    this.#lengths[index] = only.length;
  }

  /** The chunk of object `index`; −1 where it was not taken. */
  chunk(index: number): number {
    return this.#chunks[index] ?? -1;
  }

  /** Bytes of content of object `index`, as it says. */
  length(index: number): number {
    return this.#lengths[index] ?? 0;
  }
}
