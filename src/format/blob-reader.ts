/** Reads blobs and verifies each against its id. */
import { FormatError, IntegrityError } from '../errors.ts';
import type { BlobCodec } from './blob-codec.ts';
import type { BlobIndex } from './blob-index.ts';
import { equalBytes, toHex } from './bytes.ts';
import { CHUNK_SIZE_MAX, ENCODED_BLOB_LENGTH_MAX, METADATA_BLOB_SIZE_MAX } from './limits.ts';
import type { ByteSource, MacKey, Primitives } from './ports.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';

/** Blobs whose id is the snapshot's and not a MAC of their plaintext. */
const UNMACED: readonly number[] = [ResourceType.snapshot, ResourceType.signature];

/** The blobs of one archive. */
export class BlobReader {
  readonly blobs: BlobIndex;
  readonly primitives: Primitives;
  readonly #source: ByteSource;
  readonly #dataOffset: number;
  readonly #codec: BlobCodec;
  readonly #mac: MacKey;

  /** `dataOffset`: offset in the file of the packfile's data. */
  constructor(
    source: ByteSource,
    dataOffset: number,
    blobs: BlobIndex,
    codec: BlobCodec,
    mac: MacKey,
    primitives: Primitives,
  ) {
    this.primitives = primitives;
    this.blobs = blobs;
    this.#source = source;
    this.#dataOffset = dataOffset;
    this.#codec = codec;
    this.#mac = mac;
  }

  /** The MAC of the archive, for content that spans chunks. */
  get mac(): MacKey {
    return this.#mac;
  }

  /**
   * The plaintext of a blob, verified against its id unless it is a snapshot's header or signature.
   * @throws IntegrityError INTEGRITY_MISSING, INTEGRITY_SEAL, INTEGRITY_BLOB; FormatError; ConnectorError
   */
  async read(type: ResourceType, id: Uint8Array): Promise<Uint8Array> {
    const index = this.blobs.find(type, id);
    if (index < 0) {
      throw new IntegrityError('INTEGRITY_MISSING', `the archive does not hold the ${describe(type, id)}`, {
        section: 'State',
      });
    }
    return this.readAt(index);
  }

  /** As {@link read}, of the blob at `index` of {@link blobs}. */
  async readAt(index: number): Promise<Uint8Array> {
    const type = this.blobs.type(index);
    const id = this.blobs.id(index);
    const offset = this.#dataOffset + this.blobs.offset(index);
    const length = this.blobs.length(index);
    if (length > ENCODED_BLOB_LENGTH_MAX) {
      throw new FormatError('FORMAT_LIMIT', `the ${describe(type, id)} has ${length} bytes`, {
        offset,
        section: 'Limits',
      });
    }
    const stored = await this.#source.read(offset, length);
    const plaintext = this.#decode(stored, type, id, offset);
    if (!UNMACED.includes(type) && !equalBytes(this.#mac.mac(plaintext), id)) {
      throw new IntegrityError(
        'INTEGRITY_BLOB',
        `the ${describe(type, id)} does not match its id: the archive was changed or is damaged`,
        { offset, section: 'Keys and sealing' },
      );
    }
    return plaintext;
  }

  #decode(stored: Uint8Array, type: number, id: Uint8Array, offset: number): Uint8Array {
    const sizeMax = type === ResourceType.chunk ? CHUNK_SIZE_MAX : METADATA_BLOB_SIZE_MAX;
    try {
      return this.#codec.decode(stored, sizeMax);
    } catch (error) {
      const where = { offset, section: 'Encoding', cause: error };
      const message = (text: string): string => `the ${describe(type, id)} cannot be read: ${text}`;
      if (error instanceof FormatError) throw new FormatError(error.code, message(error.message), where);
      if (error instanceof IntegrityError) {
        throw new IntegrityError(error.code, message(error.message), where);
      }
      throw error;
    }
  }
}

function describe(type: number, id: Uint8Array): string {
  return `${resourceTypeName(type)} ${toHex(id.subarray(0, 4))}…`;
}
