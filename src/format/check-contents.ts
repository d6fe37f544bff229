/**
 * Contents of several chunks, held against their MACs while their chunks are read for their ids: each chunk is opened and decoded once for
 * all, also where contents share it. Contents whose chunks cannot all come in order are read by themselves later; so is a content with a chunk
 * that repeats, which may be a thousand times as long as the archive.
 */
import type { BlobIndex } from './blob-index.ts';
import { equalBytes, toHex } from './bytes.ts';
import { chunkOrder, type ChunkSequence } from './chunk-order.ts';
import { type Chunk, objectSize, type StoredObject } from './object.ts';
import type { Hasher, MacKey } from './ports.ts';
import { ResourceType } from './resource-type.ts';

/** Contents whose chunks come at a time: 64 KiB each. The others are read by themselves. */
const OPEN_COUNT_MAX = 256;

/** A content on its way. Takes 4 bytes a chunk, and up to 64 KiB while its chunks come. */
interface Content extends ChunkSequence {
  readonly id: Uint8Array;
  readonly object: StoredObject;
  readonly chunks: readonly Chunk[];
  /** Chunks that were announced. */
  announced: number;
  /** Chunks that were hashed. */
  hashed: number;
  hasher: Hasher | undefined;
  isBroken: boolean;
}

/** What names an object as the content of a file of `size` bytes. */
export function contentName(objectId: Uint8Array, size: number): string {
  return `${toHex(objectId)}:${size}`;
}

/** The contents of one archive. */
export class ContentCheck {
  /** Names of contents that are what their objects say. */
  readonly proven = new Set<string>();
  readonly #blobs: BlobIndex;
  readonly #mac: MacKey;
  /** By the index of a chunk. */
  readonly #contents = new Map<number, Content[]>();
  /** Contents that were announced and have not ended. */
  #openCount = 0;

  constructor(blobs: BlobIndex, mac: MacKey) {
    this.#blobs = blobs;
    this.#mac = mac;
  }

  /** Takes object `index`, whose record is verified. */
  addObject(index: number, object: StoredObject): void {
    const chunks = object.chunks ?? [];
    if (chunks.length < 2) return;
    const found = chunks.map(({ contentMac }) => this.#blobs.find(ResourceType.chunk, contentMac));
    if (found.includes(-1)) return;
    const indexes = Uint32Array.from(found);
    const distinct = new Set(indexes);
    if (distinct.size < indexes.length) return;
    const content: Content = {
      ...{ id: this.#blobs.id(index), object, chunks, indexes },
      ...{ placed: 0, announced: 0, hashed: 0, hasher: undefined, isBroken: false },
    };
    for (const chunk of distinct) {
      const contents = this.#contents.get(chunk);
      if (contents === undefined) this.#contents.set(chunk, [content]);
      else contents.push(content);
    }
  }

  /** All chunks, which `order` has in the order of the file, in an order that suits the contents. Called once, when all objects were added. */
  orderOf(order: Uint32Array): Uint32Array {
    return chunkOrder(order, (index) => this.#contents.get(index) ?? []);
  }

  /** Whether chunk `index`, which is read next, is wanted: it goes on with some content. In the order in which {@link addChunk} is called. */
  announce(index: number): boolean {
    let isWanted = false;
    for (const content of this.#contents.get(index) ?? []) {
      if (content.indexes[content.announced] !== index) continue;
      if (content.announced++ === 0 && ++this.#openCount > OPEN_COUNT_MAX) content.isBroken = true;
      isWanted ||= !content.isBroken;
    }
    return isWanted;
  }

  /** Takes the verified plaintext of chunk `index`, or undefined where it could not be read. */
  addChunk(index: number, plaintext: Uint8Array | undefined): void {
    const contents = this.#contents.get(index) ?? [];
    this.#contents.delete(index);
    for (const content of contents) {
      if (content.indexes[content.hashed] !== index) continue;
      content.isBroken ||= plaintext?.length !== content.chunks[content.hashed]?.length;
      if (plaintext !== undefined && !content.isBroken) {
        content.hasher ??= this.#mac.begin();
        content.hasher.update(plaintext);
      }
      content.hashed++;
      if (content.hashed === content.chunks.length) this.#end(content);
    }
  }

  #end({ id, object, hasher, isBroken }: Content): void {
    this.#openCount--;
    if (isBroken || hasher === undefined || !equalBytes(hasher.digest(), object.contentMac)) return;
    this.proven.add(contentName(id, objectSize(object)));
  }
}
