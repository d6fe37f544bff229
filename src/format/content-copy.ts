/** Copies content from archive to archive chunk by chunk: the boundaries stay, ids and encoding become those of the new archive. */
import { IntegrityError } from '../errors.ts';
import type { BlobReader } from './blob-reader.ts';
import type { BlobWriter } from './blob-writer.ts';
import { equalBytes, toHex } from './bytes.ts';
import { type Chunk, encodeObject, objectSize, type StoredObject } from './object.ts';
import { ResourceType } from './resource-type.ts';
import type { StoredContent } from './source-record.ts';

/** Contents that are remembered, so that equal files are read once: about 300 bytes each. */
const REMEMBERED_MAX = 100_000;

/** Copies contents between two archives. Holds one chunk, and what it remembers of contents. */
export class ContentCopier {
  readonly #from: BlobReader;
  readonly #to: BlobWriter;
  readonly #copied = new Map<string, StoredContent>();

  constructor(from: BlobReader, to: BlobWriter) {
    this.#from = from;
    this.#to = to;
  }

  /**
   * Copies the content of `object`, whose id is `objectId`.
   * @throws IntegrityError INTEGRITY_BLOB, INTEGRITY_MISSING, INTEGRITY_SNAPSHOT; FormatError; ConnectorError of source and sink
   */
  async copy(objectId: Uint8Array, object: StoredObject): Promise<StoredContent> {
    const key = toHex(objectId);
    const known = this.#copied.get(key);
    if (known !== undefined) return known;
    const chunks: Chunk[] = [];
    const [before, after] = [this.#from.mac.begin(), this.#to.mac.begin()];
    for (const chunk of object.chunks ?? []) {
      const bytes = await this.#from.read(ResourceType.chunk, chunk.contentMac);
      if (bytes.length !== chunk.length) contradiction(key);
      before.update(bytes);
      after.update(bytes);
      chunks.push({ ...chunk, contentMac: await this.#to.put(ResourceType.chunk, bytes) });
    }
    if (!equalBytes(before.digest(), object.contentMac)) contradiction(key);
    const copy = { ...object, contentMac: after.digest(), chunks };
    const content: StoredContent = {
      objectId: await this.#to.put(ResourceType.object, encodeObject(copy, this.#to.recordForm)),
      size: objectSize(copy),
      chunks: chunks.length,
      contentType: copy.contentType,
      entropy: copy.entropy,
    };
    if (this.#copied.size < REMEMBERED_MAX) this.#copied.set(key, content);
    return content;
  }
}

function contradiction(id: string): never {
  throw new IntegrityError(
    'INTEGRITY_SNAPSHOT',
    `the chunks of object ${id.slice(0, 8)}… do not give its content: the archive was changed`,
    { section: 'Object' },
  );
}
