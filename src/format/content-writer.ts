/** Turns content into chunks and an object. */
import type { BlobWriter } from './blob-writer.ts';
import type { ChunkingConfiguration } from './configuration.ts';
import { contentTypeOf } from './content-type.ts';
import { Chunker } from './fastcdc.ts';
import { type Chunk, objectCodec } from './object.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import type { EntryRecord, StoredContent } from './source-record.ts';

type OpenContent = NonNullable<EntryRecord['content']>;

const EMPTY = new Uint8Array(0);

/** An error of the content's own: of a source, not of the archive's sink. */
export class ContentError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Stores contents in one archive. Holds up to one maximal chunk and one block of the source. */
export class ContentWriter {
  readonly #blobs: BlobWriter;
  readonly #chunker: Chunker;
  readonly #sizeMin: number;

  constructor(blobs: BlobWriter, chunking: ChunkingConfiguration) {
    this.#blobs = blobs;
    this.#chunker = new Chunker(chunking, blobs.primitives.chunkCut);
    this.#sizeMin = chunking.sizeMin;
  }

  /** `open` is called once. @throws ContentError where it or what it gives throws; ConnectorError of the sink */
  store(open: OpenContent): StoredContent | Promise<StoredContent> {
    const content = contentOf(open);
    if (Array.isArray(content)) {
      const [block = EMPTY, ...more] = content as readonly Uint8Array[];
      // No boundary is looked for below the smallest chunk.
      if (more.length === 0 && block.length <= this.#sizeMin) return this.#storeWhole(block);
    }
    return this.#storeChunks(content);
  }

  #storeWhole(bytes: Uint8Array): StoredContent {
    const chunk = this.#addChunk(bytes);
    // The content of one chunk has that chunk's MAC.
    return this.#addObject([chunk], chunk.contentMac, this.#typeOf(bytes));
  }

  async #storeChunks(content: ReturnType<OpenContent>): Promise<StoredContent> {
    const blobs = this.#blobs;
    const chunks: Chunk[] = [];
    const whole = blobs.mac.begin();
    let contentType = '';
    for await (const bytes of this.#chunker.chunks(guard(content))) {
      if (chunks.length === 0) contentType = this.#typeOf(bytes);
      whole.update(bytes);
      chunks.push(this.#addChunk(bytes));
      if (blobs.isFull) await blobs.drain();
    }
    return this.#addObject(chunks, whole.digest(), contentType);
  }

  #addChunk(bytes: Uint8Array): Chunk {
    const entropy = this.#blobs.primitives.byteStatistics.entropy(bytes);
    const index = this.#blobs.add(ResourceType.chunk, bytes);
    const contentMac = this.#blobs.blobs.id(index);
    return { version: VERSION_1_0_0, contentMac, length: bytes.length, entropy, flags: 0 };
  }

  #typeOf(head: Uint8Array): string {
    return contentTypeOf(head, this.#blobs.primitives.byteStatistics.classes);
  }

  #addObject(chunks: readonly Chunk[], contentMac: Uint8Array, contentType: string): StoredContent {
    let size = 0;
    let weightedEntropy = 0;
    for (const chunk of chunks) {
      size += chunk.length;
      weightedEntropy += chunk.entropy * chunk.length;
    }
    const entropy = size > 0 ? weightedEntropy / size : 0;
    const object = { version: VERSION_1_0_0, contentMac, chunks, contentType, entropy, flags: 0 };
    const objectId = this.#blobs.blobs.id(this.#blobs.addRecord(ResourceType.object, objectCodec, object));
    return { objectId, size, chunks: chunks.length, contentType, entropy };
  }
}

function contentOf(open: OpenContent): ReturnType<OpenContent> {
  try {
    return open();
  } catch (error) {
    throw new ContentError(error);
  }
}

async function* guard(content: ReturnType<OpenContent>): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of content) yield bytes;
  } catch (error) {
    throw new ContentError(error);
  }
}
