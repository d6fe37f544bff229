/** Turns content into chunks and an object. */
import { ID_LENGTH } from './blob-ids.ts';
import { BATCH_LENGTH, type BlobLane } from './blob-lane.ts';
import type { BlobWriter } from './blob-writer.ts';
import type { ChunkingConfiguration } from './configuration.ts';
import { contentTypeOf } from './content-type.ts';
import { Chunker } from './fastcdc.ts';
import { type Chunk, objectCodec } from './object.ts';
import type { BlobNames, Hasher } from './ports.ts';
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

/** Stores contents in one archive. Holds up to two maximal chunks and one block of the source. */
export class ContentWriter {
  readonly #blobs: BlobWriter;
  readonly #chunker: Chunker;
  readonly #sizeMin: number;
  /** Chunks of the content that is being stored, which have no names yet. */
  readonly #unnamed: BlobLane;

  constructor(blobs: BlobWriter, chunking: ChunkingConfiguration) {
    this.#blobs = blobs;
    this.#chunker = new Chunker(chunking, blobs.primitives.chunkCut);
    this.#sizeMin = chunking.sizeMin;
    this.#unnamed = blobs.newLane();
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
    const stored = new StoredChunks(this.#blobs);
    try {
      return await this.#storeRuns(content, stored);
    } finally {
      // Whatever is stored next finds the chunks that were on their way.
      await stored.settled();
      this.#unnamed.clear();
    }
  }

  async #storeRuns(content: ReturnType<OpenContent>, stored: StoredChunks): Promise<StoredContent> {
    const blobs = this.#blobs;
    const unnamed = this.#unnamed;
    let contentType = '';
    let whole: Hasher | undefined;
    for await (const bytes of this.#chunker.chunks(guard(content))) {
      if (unnamed.isEmpty) contentType = this.#typeOf(bytes);
      else whole ??= blobs.mac.begin();
      if (!unnamed.hasRoomFor(bytes.length)) stored.addRun(unnamed, whole, false);
      unnamed.add(bytes);
      if (blobs.isFull) await blobs.drain();
    }
    if (unnamed.length > BATCH_LENGTH) stored.addRun(unnamed, whole, true);
    const chunks = await stored.chunks();
    // What is left is short, and goes together with chunks of other contents.
    for (const bytes of unnamed.blobs()) {
      whole?.update(bytes);
      chunks.push(this.#addChunk(bytes));
    }
    const [only] = chunks;
    // The content of one chunk has that chunk's MAC.
    const contentMac = whole?.digest() ?? only?.contentMac ?? blobs.mac.mac(EMPTY);
    return this.#addObject(chunks, contentMac, contentType);
  }

  #addChunk(bytes: Uint8Array): Chunk {
    const entropy = this.#blobs.primitives.byteStatistics.entropy(bytes);
    const index = this.#blobs.add(ResourceType.chunk, bytes);
    return chunkOf(this.#blobs.blobs.id(index), bytes.length, entropy);
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

/** The chunks of one content, in order, whose names come later. */
class StoredChunks {
  readonly #blobs: BlobWriter;
  readonly #chunks: Chunk[] = [];
  /** Bytes of the chunks. */
  #length = 0;
  #added: Promise<void> = Promise.resolve();

  constructor(blobs: BlobWriter) {
    this.#blobs = blobs;
  }

  /** Adds what `lane` has gathered, which may not be nothing, also to `mac` where that is there. */
  addRun(lane: BlobLane, mac: Hasher | undefined, isLast: boolean): void {
    const place = { mac, at: this.#length, isLast };
    this.#length += lane.length;
    const adding = this.#blobs.addBatch(ResourceType.chunk, lane.take(), place);
    this.#added = Promise.all([adding, this.#added]).then(([names]) => {
      this.#append(names);
    });
    // Whoever waits for the chunks is told.
    this.#added.catch(() => undefined);
  }

  /** All of them, when they are there. @throws what {@link BlobWriter.addBatch} throws */
  async chunks(): Promise<Chunk[]> {
    await this.#added;
    return this.#chunks;
  }

  /** Resolves when none is on its way, whatever has become of them. */
  async settled(): Promise<void> {
    await this.#added.catch(() => undefined);
  }

  #append({ lengths, ids, entropies }: BlobNames): void {
    for (const [place, length] of lengths.entries()) {
      const contentMac = ids.subarray(place * ID_LENGTH, (place + 1) * ID_LENGTH);
      this.#chunks.push(chunkOf(contentMac, length, entropies[place] ?? 0));
    }
  }
}

function chunkOf(contentMac: Uint8Array, length: number, entropy: number): Chunk {
  return { version: VERSION_1_0_0, contentMac, length, entropy, flags: 0 };
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
