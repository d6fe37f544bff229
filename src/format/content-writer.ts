/** Turns content into chunks and an object. */
import type { BlobWriter } from './blob-writer.ts';
import type { ChunkingConfiguration } from './configuration.ts';
import { contentTypeOf } from './content-type.ts';
import { entropyOf } from './entropy.ts';
import { Chunker } from './fastcdc.ts';
import { type Chunk, encodeObject } from './object.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import type { EntryRecord, StoredContent } from './source-record.ts';

type OpenContent = NonNullable<EntryRecord['content']>;

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

  constructor(blobs: BlobWriter, chunking: ChunkingConfiguration) {
    this.#blobs = blobs;
    this.#chunker = new Chunker(chunking, blobs.primitives.chunkCut);
  }

  /** `open` is called once. @throws ContentError where it or what it gives throws; ConnectorError of the sink */
  async store(open: OpenContent): Promise<StoredContent> {
    const chunks: Chunk[] = [];
    const whole = this.#blobs.mac.begin();
    let size = 0;
    let weightedEntropy = 0;
    let contentType = '';
    for await (const bytes of this.#chunker.chunks(guard(open))) {
      if (chunks.length === 0) contentType = contentTypeOf(bytes);
      whole.update(bytes);
      const entropy = entropyOf(bytes);
      const contentMac = await this.#blobs.put(ResourceType.chunk, bytes);
      chunks.push({ version: VERSION_1_0_0, contentMac, length: bytes.length, entropy, flags: 0 });
      size += bytes.length;
      weightedEntropy += entropy * bytes.length;
    }
    const entropy = size > 0 ? weightedEntropy / size : 0;
    const object = {
      version: VERSION_1_0_0,
      contentMac: whole.digest(),
      chunks,
      contentType,
      entropy,
      flags: 0,
    };
    const objectId = await this.#blobs.put(ResourceType.object, encodeObject(object));
    return { objectId, size, chunks: chunks.length, contentType, entropy };
  }
}

async function* guard(open: OpenContent): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of open()) yield bytes;
  } catch (error) {
    throw new ContentError(error);
  }
}
