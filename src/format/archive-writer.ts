/**
 * Writes a new archive in one pass: prologue, configuration, packfile as the blobs come, then index, footer, state and trailer.
 * Holds 54 bytes a blob, the open snapshot's paths and at most {@link PENDING_LENGTH_MAX} of data. Source: specification
 * "Writer".
 */
import { FormatError } from '../errors.ts';
import { type BlobCodec, blobCodec } from './blob-codec.ts';
import { BlobIndex } from './blob-index.ts';
import { concatBytes, viewOf } from './bytes.ts';
import {
  compressionConfiguration,
  type Configuration,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  formatUuid,
  PTAR_PACKFILE,
} from './configuration.ts';
import { encodePrologue, encodeTrailer } from './container.ts';
import { type ArchiveKeys, createEncryption, type KdfName, keysOf } from './keys.ts';
import { encodeFooter, encodeIndex, FOOTER_LENGTH_LENGTH } from './packfile.ts';
import type { ByteSink, CompressionAlgorithm, Hasher, HashingAlgorithm, Primitives } from './ports.ts';
import { ResourceType, STATE_VERSION, VERSION_1_0_0 } from './resource-type.ts';
import { SnapshotWriter, type SnapshotOptions } from './snapshot-writer.ts';
import { encodeState } from './state.ts';
import { timestampFromMs } from './timestamp.ts';
import { encodeWrappedHeader, wrapObject } from './wrapped-object.ts';

/** How to write an archive. */
export interface CreateOptions {
  readonly primitives: Primitives;
  readonly encryption: 'plaintext' | { readonly passphrase: Uint8Array; readonly kdf?: KdfName };
  /** BLAKE3 where not given. */
  readonly hashing?: HashingAlgorithm;
  /** LZ4 where not given. */
  readonly compression?: CompressionAlgorithm | 'none';
  /** 16 bytes; random where not given. */
  readonly repositoryId?: Uint8Array;
  /** Unix milliseconds; the system's clock where not given. */
  readonly now?: () => number;
}

/** What was written, in bytes and blobs. */
export interface ArchiveWriteResult {
  readonly repositoryId: string;
  readonly size: number;
  readonly blobs: number;
  /** Plaintext bytes of blobs that were there already and so not written again. */
  readonly deduplicated: number;
}

/** Blobs that are gathered before the sink is called, in bytes. */
const PENDING_LENGTH_MAX = 1024 * 1024;
// Fixed, as in every .ptar: the container has one packfile and one state.
const PACKFILE_ID = Uint8Array.from({ length: 32 }, (_, index) => (index < 16 ? index : 0));
const STATE_ID = Uint8Array.from({ length: 32 }, (_, index) => (index < 16 ? 15 - index : 0));

/**
 * Begins an archive in `sink`; aborts the sink when that fails. Nothing is visible before {@link ArchiveWriter.close}.
 * @throws ConnectorError of the sink
 */
export async function createArchive(sink: ByteSink, options: CreateOptions): Promise<ArchiveWriter> {
  const { primitives } = options;
  const now = options.now ?? Date.now;
  const compression = options.compression ?? 'LZ4';
  const encrypted =
    options.encryption === 'plaintext'
      ? undefined
      : await createEncryption(
          primitives,
          options.encryption.kdf ?? 'ARGON2ID',
          options.encryption.passphrase,
        );
  const configuration: Configuration = {
    timestamp: timestampFromMs(now()),
    repositoryId: options.repositoryId ?? randomUuid(primitives),
    packfile: PTAR_PACKFILE,
    chunking: DEFAULT_CHUNKING,
    hashing: { algorithm: options.hashing ?? 'BLAKE3', bits: 256 },
    compression: compression === 'none' ? undefined : compressionConfiguration(compression),
    encryption: encrypted?.encryption,
  };
  const keys = keysOf(primitives, configuration, encrypted?.key);
  const codec = blobCodec(primitives, keys, compression === 'none' ? undefined : compression);
  const writer = new ArchiveWriter(sink, configuration, keys, codec, primitives, now);
  try {
    await writer.begin();
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return writer;
}

/** A version 4 UUID (RFC 9562 §5.4). */
function randomUuid(primitives: Primitives): Uint8Array {
  const id = primitives.randomBytes(16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}

/** An archive that is being written. One snapshot at a time; `close` or `abort` ends it. */
export class ArchiveWriter {
  readonly configuration: Configuration;
  readonly primitives: Primitives;
  readonly now: () => number;
  readonly keys: ArchiveKeys;
  readonly #sink: ByteSink;
  readonly #codec: BlobCodec;
  readonly #blobs: BlobIndex;
  readonly #packfileMac: Hasher;
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  /** Bytes of blobs so far: the offset of the next one. */
  #dataLength = 0;
  #configurationLength = 0;
  #deduplicated = 0;
  #open: SnapshotWriter | undefined;

  constructor(
    sink: ByteSink,
    configuration: Configuration,
    keys: ArchiveKeys,
    codec: BlobCodec,
    primitives: Primitives,
    now: () => number,
  ) {
    this.#sink = sink;
    this.configuration = configuration;
    this.keys = keys;
    this.#codec = codec;
    this.primitives = primitives;
    this.now = now;
    this.#blobs = new BlobIndex(1024, viewOf(primitives.randomBytes(4)).getUint32(0));
    this.#packfileMac = keys.mac.begin();
  }

  /** Writes everything before the first blob. Called by {@link createArchive}. */
  async begin(): Promise<void> {
    const configuration = wrapObject(
      ResourceType.configuration,
      VERSION_1_0_0,
      encodeConfiguration(this.configuration),
      this.keys.beginConfigurationMac(),
    );
    this.#configurationLength = configuration.length;
    await this.#sink.write(concatBytes([encodePrologue(), configuration]));
    this.#append(encodeWrappedHeader(ResourceType.packfile, VERSION_1_0_0));
  }

  /** Begins a snapshot. It is part of the archive once its `finish` has resolved. */
  beginSnapshot(options: SnapshotOptions): SnapshotWriter {
    if (this.#open?.isOpen === true)
      throw new FormatError('FORMAT_LAYOUT', 'one snapshot at a time: finish the open one first');
    this.#open = new SnapshotWriter(this, options);
    return this.#open;
  }

  /** Stores a blob under the MAC of its plaintext, once. @returns its id */
  async putBlob(type: ResourceType, plaintext: Uint8Array): Promise<Uint8Array> {
    const id = this.keys.mac.mac(plaintext);
    await this.putBlobAs(type, id, plaintext);
    return id;
  }

  /** Stores a blob under `id`, unless one of this type and id is there. */
  async putBlobAs(type: ResourceType, id: Uint8Array, plaintext: Uint8Array): Promise<void> {
    const index = this.#blobs.add(type, id, 0, 0);
    if (index < 0) {
      this.#deduplicated += plaintext.length;
      return;
    }
    const stored = this.#codec.encode(plaintext);
    this.#blobs.place(index, this.#dataLength, stored.length);
    this.#dataLength += stored.length;
    // Without compression and encryption the stored bytes are the caller's own, which it may reuse.
    this.#append(stored === plaintext ? stored.slice() : stored);
    if (this.#pendingLength >= PENDING_LENGTH_MAX) await this.#flush();
  }

  /**
   * Writes index, footer, state and trailer and makes the archive visible; aborts the sink when that fails.
   * @throws ConnectorError of the sink
   */
  async close(): Promise<ArchiveWriteResult> {
    try {
      if (this.#open?.isOpen === true)
        throw new FormatError('FORMAT_LAYOUT', 'a snapshot is still open: finish it first');
      const timestampNs = BigInt(this.now()) * 1_000_000n;
      const packfileLength = await this.#writePackfileEnd(timestampNs);
      const state = wrapObject(
        ResourceType.state,
        STATE_VERSION,
        this.#codec.encode(
          encodeState(this.#blobs, {
            packfileId: PACKFILE_ID,
            stateId: STATE_ID,
            timestampNs,
            serial: this.configuration.repositoryId,
          }),
        ),
        this.keys.mac.begin(),
      );
      await this.#sink.write(state);
      const lengths = {
        configuration: this.#configurationLength,
        packfile: packfileLength,
        state: state.length,
      };
      const trailer = encodeTrailer(lengths);
      await this.#sink.write(trailer);
      await this.#sink.commit();
      return {
        repositoryId: formatUuid(this.configuration.repositoryId),
        size:
          encodePrologue().length + lengths.configuration + lengths.packfile + lengths.state + trailer.length,
        blobs: this.#blobs.count,
        deduplicated: this.#deduplicated,
      };
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** Throws away what was written. */
  async abort(): Promise<void> {
    this.#pending = [];
    await this.#sink.abort();
  }

  /** @returns bytes of the wrapped packfile */
  async #writePackfileEnd(timestampNs: bigint): Promise<number> {
    const indexPlain = encodeIndex(this.#blobs);
    const index = this.#codec.encode(indexPlain);
    const footer = this.#codec.encode(
      encodeFooter({
        timestampNs,
        count: this.#blobs.count,
        indexOffset: this.#dataLength,
        indexMac: this.keys.mac.mac(indexPlain),
      }),
    );
    const footerLength = new Uint8Array(FOOTER_LENGTH_LENGTH);
    viewOf(footerLength).setUint32(0, footer.length, true);
    const header = encodeWrappedHeader(ResourceType.packfile, VERSION_1_0_0);
    this.#append(index);
    this.#append(footer);
    this.#append(footerLength);
    const mac = this.#packfileMac.digest();
    this.#pending.push(mac);
    await this.#flush();
    return header.length + this.#dataLength + index.length + footer.length + footerLength.length + mac.length;
  }

  /** Bytes of the packfile: authenticated and written in order. */
  #append(bytes: Uint8Array): void {
    this.#packfileMac.update(bytes);
    this.#pending.push(bytes);
    this.#pendingLength += bytes.length;
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingLength = 0;
    if (pending.length > 0) await this.#sink.write(concatBytes(pending));
  }
}
