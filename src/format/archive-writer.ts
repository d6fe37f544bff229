/**
 * Writes a new archive in one pass: prologue, configuration, packfile as the blobs come, then state and trailer.
 * Source: specification "Writer".
 */
import { UsageError } from '../errors.ts';
import { type BlobCodec, blobCodec } from './blob-codec.ts';
import { BlobWriter } from './blob-writer.ts';
import { concatBytes } from './bytes.ts';
import {
  compressionConfiguration,
  type Configuration,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  formatUuid,
  PTAR_PACKFILE,
} from './configuration.ts';
import { encodePrologue, encodeTrailer, PROLOGUE_LENGTH, TRAILER_LENGTH } from './container.ts';
import { withEarlyThreads } from './early-threads.ts';
import { type ArchiveKeys, createEncryption, type KdfName, keysOf } from './keys.ts';
import type { RecordForm } from './msgpack-writer.ts';
import type { ByteSink, CompressionAlgorithm, HashingAlgorithm, Primitives } from './ports.ts';
import { ResourceType, STATE_VERSION, VERSION_1_0_0 } from './resource-type.ts';
import { SnapshotWriter, type SnapshotOptions } from './snapshot-writer.ts';
import { type StateFacts, statePieces } from './state.ts';
import { timestampFromMs } from './timestamp.ts';
import { encodeWrappedHeader, WRAPPED_MAC_LENGTH, wrapObject } from './wrapped-object.ts';

/** How to write an archive. */
export interface CreateOptions {
  readonly primitives: Primitives;
  readonly encryption: 'plaintext' | { readonly passphrase: Uint8Array; readonly kdf?: KdfName };
  /** BLAKE3 where not given. */
  readonly hashing?: HashingAlgorithm;
  /** LZ4 where not given; `LZ4:9` looks harder for repetitions, for readers it is the same. */
  readonly compression?: CompressionAlgorithm | 'LZ4:9' | 'none';
  /** Form of entries, objects and the index of an encrypted packfile: short where not given; whole ones have the ids that the reference gives them. */
  readonly records?: RecordForm;
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
  const work = options.encryption === 'plaintext' ? undefined : 'encode';
  const { configuration, keys, codec } = await withEarlyThreads(primitives, work, () =>
    prepare(options, now),
  );
  const writer = new ArchiveWriter(sink, configuration, keys, codec, primitives, now, options.records);
  try {
    await writer.begin();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return writer;
}

async function prepare(
  options: CreateOptions,
  now: () => number,
): Promise<{ configuration: Configuration; keys: ArchiveKeys; codec: BlobCodec }> {
  const { primitives, encryption } = options;
  const chosen = options.compression ?? 'LZ4';
  const compression = chosen === 'LZ4:9' ? 'LZ4' : chosen === 'none' ? undefined : chosen;
  const encrypted =
    encryption === 'plaintext'
      ? undefined
      : await createEncryption(primitives, encryption.kdf ?? 'ARGON2ID', encryption.passphrase);
  const configuration: Configuration = {
    timestamp: timestampFromMs(now()),
    repositoryId: options.repositoryId ?? randomUuid(primitives),
    packfile: PTAR_PACKFILE,
    chunking: DEFAULT_CHUNKING,
    hashing: { algorithm: options.hashing ?? 'BLAKE3', bits: 256 },
    compression: compression && compressionConfiguration(compression),
    encryption: encrypted?.encryption,
  };
  const keys = keysOf(primitives, configuration, encrypted?.key);
  const codec = blobCodec(primitives, keys, compression, chosen === 'LZ4:9' ? 'high' : 'fast');
  return { configuration, keys, codec };
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
  readonly #sink: ByteSink;
  readonly #keys: ArchiveKeys;
  readonly #codec: BlobCodec;
  /** For copying blobs as they are stored. */
  readonly blobs: BlobWriter;
  readonly #now: () => number;
  #configurationLength = 0;
  #open: SnapshotWriter | undefined;

  constructor(
    sink: ByteSink,
    configuration: Configuration,
    keys: ArchiveKeys,
    codec: BlobCodec,
    primitives: Primitives,
    now: () => number,
    recordForm?: RecordForm,
  ) {
    this.#sink = sink;
    this.configuration = configuration;
    this.#keys = keys;
    this.#codec = codec;
    this.#now = now;
    this.blobs = new BlobWriter(sink, codec, keys.mac, primitives, {
      recordForm,
      isSealed: configuration.encryption !== undefined,
    });
  }

  /**
   * Writes everything before the packfile. Called by {@link createArchive}, and by `continueArchive` with the configuration as the
   * archive that it continues has it.
   */
  async begin(wrapped?: Uint8Array): Promise<void> {
    const configuration = wrapped ?? this.#wrapConfiguration();
    this.#configurationLength = configuration.length;
    await this.#sink.write(concatBytes([encodePrologue(), configuration]));
  }

  #wrapConfiguration(): Uint8Array {
    const plaintext = encodeConfiguration(this.configuration);
    const mac = this.#keys.beginConfigurationMac();
    return wrapObject(ResourceType.configuration, VERSION_1_0_0, plaintext, mac);
  }

  /** Begins a snapshot. It is part of the archive once its `finish` has resolved. */
  beginSnapshot(options: SnapshotOptions): SnapshotWriter {
    this.#checkNoneOpen();
    this.#open = new SnapshotWriter(this.blobs, this.configuration.chunking, options, this.#now);
    return this.#open;
  }

  #checkNoneOpen(): void {
    if (this.#open?.isOpen === true) {
      throw new UsageError('a snapshot is still being written: finish it first');
    }
    // What it holds is not needed any more.
    this.#open = undefined;
  }

  /**
   * Completes the archive and makes it visible; aborts the sink when that fails.
   * @throws UsageError while a snapshot is open; ConnectorError of the sink
   */
  async close(): Promise<ArchiveWriteResult> {
    try {
      this.#checkNoneOpen();
      const timestampNs = BigInt(this.#now()) * 1_000_000n;
      const packfileLength = await this.blobs.end(timestampNs);
      const facts = {
        packfileId: PACKFILE_ID,
        stateId: STATE_ID,
        timestampNs,
        serial: this.configuration.repositoryId,
      };
      const lengths = {
        configuration: this.#configurationLength,
        packfile: packfileLength,
        state: await this.#writeState(facts),
      };
      await this.#sink.write(encodeTrailer(lengths));
      await this.#sink.commit();
      this.#codec.threads?.close();
      return {
        repositoryId: formatUuid(this.configuration.repositoryId),
        size: PROLOGUE_LENGTH + lengths.configuration + lengths.packfile + lengths.state + TRAILER_LENGTH,
        blobs: this.blobs.blobs.count,
        deduplicated: this.blobs.deduplicated,
      };
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** @returns bytes of the wrapped state */
  async #writeState(facts: StateFacts): Promise<number> {
    const mac = this.#keys.mac.begin();
    let length = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      mac.update(bytes);
      length += bytes.length;
      await this.#sink.write(bytes);
    };
    await write(encodeWrappedHeader(ResourceType.state, STATE_VERSION));
    for (const bytes of this.#codec.encodeStream(statePieces(this.blobs.blobs, facts))) await write(bytes);
    await this.#sink.write(mac.digest());
    return length + WRAPPED_MAC_LENGTH;
  }

  /** Throws away what was written. */
  async abort(): Promise<void> {
    this.#codec.threads?.close();
    await this.#sink.abort();
  }
}
