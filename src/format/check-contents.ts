/**
 * Contents of several chunks, held against their MACs while their chunks are read in the order of the file: each chunk is opened and decoded
 * once for both. What does not stand there in its order – parts that are shared with other contents – is read by itself later; so is a content
 * with a chunk that repeats, which may be a thousand times as long as the archive.
 */
import { FormatError } from '../errors.ts';
import type { BlobIndex } from './blob-index.ts';
import { equalBytes, toHex } from './bytes.ts';
import { type Chunk, decodeObject, objectSize, type StoredObject } from './object.ts';
import type { Hasher, MacKey } from './ports.ts';
import { ResourceType } from './resource-type.ts';

/** Bytes of an object's plaintext below which it has one chunk, whose id is verified anyway. */
const LENGTH_OF_SEVERAL_CHUNKS = 200;

/** A content on its way. Takes 4 bytes a chunk, and up to 64 KiB while its chunks come. */
interface Content {
  readonly id: Uint8Array;
  readonly object: StoredObject;
  readonly chunks: readonly Chunk[];
  readonly indexes: Uint32Array;
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

  constructor(blobs: BlobIndex, mac: MacKey) {
    this.#blobs = blobs;
    this.#mac = mac;
  }

  /** Takes the verified plaintext of object `index`. One that is malformed is left to whoever reads the file that it belongs to. */
  addObject(index: number, plaintext: Uint8Array): void {
    const object = plaintext.length < LENGTH_OF_SEVERAL_CHUNKS ? undefined : decodedObject(plaintext);
    const chunks = object?.chunks ?? [];
    if (object === undefined || chunks.length < 2) return;
    const found = chunks.map(({ contentMac }) => this.#blobs.find(ResourceType.chunk, contentMac));
    if (found.includes(-1)) return;
    const indexes = Uint32Array.from(found);
    const distinct = new Set(indexes);
    if (distinct.size < indexes.length) return;
    const content: Content = {
      ...{ id: this.#blobs.id(index), object, chunks, indexes },
      ...{ announced: 0, hashed: 0, hasher: undefined, isBroken: false },
    };
    for (const chunk of distinct) {
      const contents = this.#contents.get(chunk);
      if (contents === undefined) this.#contents.set(chunk, [content]);
      else contents.push(content);
    }
  }

  /** Whether chunk `index`, which is read next, is wanted: it goes on with some content. In the order in which {@link addChunk} is called. */
  announce(index: number): boolean {
    let isWanted = false;
    for (const content of this.#contents.get(index) ?? []) {
      if (content.indexes[content.announced] !== index) continue;
      content.announced++;
      isWanted = true;
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
    if (isBroken || hasher === undefined || !equalBytes(hasher.digest(), object.contentMac)) return;
    this.proven.add(contentName(id, objectSize(object)));
  }
}

function decodedObject(plaintext: Uint8Array): StoredObject | undefined {
  try {
    return decodeObject(plaintext);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
