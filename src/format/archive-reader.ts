/** Opens an archive: container, configuration, key, state; then snapshots. */
import { FormatError, IntegrityError, KeyError, NotFoundError, throwIfCancelled } from '../errors.ts';
import { type BlobCodec, blobCodec } from './blob-codec.ts';
import type { BlobIndex } from './blob-index.ts';
import { BlobReader } from './blob-reader.ts';
import { fromHex, viewOf } from './bytes.ts';
import { compressionOf, type Configuration, decodeConfiguration, formatUuid } from './configuration.ts';
import { type ContainerLayout, readContainer } from './container.ts';
import { withEarlyThreads } from './early-threads.ts';
import { type ArchiveKeys, checkCanary, KEY_LENGTH, keysOf, unlock } from './keys.ts';
import { SNAPSHOT_COUNT_MAX } from './limits.ts';
import { FOOTER_LENGTH_LENGTH } from './packfile.ts';
import type { BlobThreads, ByteSource, Primitives } from './ports.ts';
import { ResourceType, resourceTypeName, VERSION_1_0_0 } from './resource-type.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { colouredKey, type State } from './state.ts';
import { readState } from './state-reader.ts';
import { compareTimestamps } from './timestamp.ts';
import {
  checkWrappedMac,
  unwrapObject,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
  WRAPPED_OVERHEAD,
} from './wrapped-object.ts';

/** How to open an archive. */
export interface OpenOptions {
  readonly primitives: Primitives;
  /** The 32-byte archive key, where it is known already. */
  readonly key?: Uint8Array;
  /** Asked at most once, and only when the archive is encrypted and no key was given. */
  readonly passphrase?: () => Promise<Uint8Array | undefined>;
  readonly signal?: AbortSignal;
  /** What is going to be read: of a large archive other threads start while the key is derived and the state is read. */
  readonly willRead?: 'entries' | 'everything';
}

/** Bytes to decode from which on threads are worth starting before it is known of which blobs. */
const THREADS_LENGTH_LEAST = 16 * 1024 * 1024;
/** Bytes of entries for each byte of the state that lists them, about. */
const ENTRY_BYTES = 4;

/** What an archive holds, in numbers. */
export interface ArchiveStatistics {
  /** Bytes of the file. */
  readonly size: number;
  /** Blobs and their stored bytes by the name of their resource type. */
  readonly blobs: ReadonlyMap<string, { readonly count: number; readonly length: number }>;
}

/** The parts that verification and salvage work on. */
export interface ArchiveParts {
  readonly source: ByteSource;
  readonly layout: ContainerLayout;
  readonly keys: ArchiveKeys;
  readonly codec: BlobCodec;
  readonly state: State;
  readonly blobs: BlobReader;
}

/**
 * Opens the archive behind `source`; closes `source` when that fails. Reads the whole state, no data.
 * @throws FormatError, IntegrityError, KeyError, CancelledError; ConnectorError of the source
 */
export async function openArchive(source: ByteSource, options: OpenOptions): Promise<ArchiveReader> {
  let threads: BlobThreads | undefined;
  try {
    const layout = await readContainer(source);
    const isLong = expectedLength(layout, options) >= THREADS_LENGTH_LEAST;
    const { configuration, keys, key, codec } = await withEarlyThreads(
      options.primitives,
      isLong ? 'decode' : undefined,
      async () => {
        const read = await readConfiguration(source, layout, options);
        return {
          ...read,
          codec: blobCodec(options.primitives, read.keys, compressionOf(read.configuration)),
        };
      },
    );
    ({ threads } = codec);
    throwIfCancelled(options.signal);
    const state = await readState(source, layout.state, {
      codec,
      mac: keys.mac,
      dataLength: layout.packfile.length - WRAPPED_OVERHEAD - FOOTER_LENGTH_LENGTH,
      seed: viewOf(options.primitives.randomBytes(4)).getUint32(0),
    });
    const readerOf = (blobs: BlobIndex): BlobReader => {
      const dataOffset = layout.packfile.offset + WRAPPED_HEADER_LENGTH;
      return new BlobReader(source, dataOffset, blobs, codec, keys.mac, options.primitives);
    };
    const parts = { source, layout, keys, codec, state, blobs: readerOf(state.blobs) };
    return new ArchiveReader(configuration, key, parts, readerOf);
  } catch (error) {
    threads?.close();
    await source.close();
    throw error;
  }
}

/** Bytes that are going to be decoded at the least, as far as this can be known without a key. */
function expectedLength({ state, packfile }: ContainerLayout, { willRead }: OpenOptions): number {
  if (willRead === undefined) return 0;
  return willRead === 'entries' ? ENTRY_BYTES * state.length : packfile.length;
}

async function readConfiguration(
  source: ByteSource,
  layout: ContainerLayout,
  options: OpenOptions,
): Promise<{ configuration: Configuration; keys: ArchiveKeys; key: Uint8Array | undefined }> {
  const { offset, length } = layout.configuration;
  const wrapped = await source.read(offset, length);
  const expected = { type: ResourceType.configuration, versions: [VERSION_1_0_0], offset };
  const end = length - WRAPPED_MAC_LENGTH;
  // The key derivation's parameters stand in the very bytes that the derived key authenticates: they are parsed first, within
  // limits. In a plaintext archive the MAC has no key and finds damage only.
  const configuration = decodeUnauthenticated(wrapped, expected, options.primitives);
  const key = await archiveKeyOf(configuration, options, source.name);
  const keys = keysOf(options.primitives, configuration, key);
  const hasher = keys.beginConfigurationMac();
  hasher.update(wrapped.subarray(0, end));
  checkWrappedMac(hasher.digest(), wrapped.subarray(end), expected);
  return { configuration, keys, key };
}

function decodeUnauthenticated(
  wrapped: Uint8Array,
  expected: { type: number; versions: readonly number[]; offset: number },
  primitives: Primitives,
): Configuration {
  const end = wrapped.length - WRAPPED_MAC_LENGTH;
  const unkeyed = primitives.hash('BLAKE3');
  try {
    return decodeConfiguration(unwrapObject(wrapped, expected, unkeyed).data);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
  }
  const configuration = decodeConfiguration(wrapped.subarray(WRAPPED_HEADER_LENGTH, end));
  if (configuration.encryption === undefined) {
    throw new IntegrityError(
      'INTEGRITY_MAC',
      'the configuration does not match its MAC: the archive was changed or is damaged',
      { offset: expected.offset, section: 'Wrapped object' },
    );
  }
  return configuration;
}

/**
 * The archive key; undefined of a plaintext archive.
 * @param name of the archive, for errors
 * @throws KeyError KEY_MISSING, KEY_WRONG, KEY_COST; CancelledError
 */
export async function archiveKeyOf(
  configuration: Configuration,
  options: OpenOptions,
  name: string,
): Promise<Uint8Array | undefined> {
  const { encryption } = configuration;
  if (encryption === undefined) return undefined;
  if (options.key !== undefined) {
    if (options.key.length !== KEY_LENGTH) {
      throw new KeyError('KEY_WRONG', `an archive key has ${KEY_LENGTH} bytes`);
    }
    checkCanary(options.primitives, encryption, options.key);
    return options.key;
  }
  const passphrase = await options.passphrase?.();
  if (passphrase === undefined) {
    throw new KeyError('KEY_MISSING', `${name} is encrypted: give its passphrase`);
  }
  throwIfCancelled(options.signal);
  return unlock(options.primitives, encryption, passphrase);
}

/** An open archive. */
export class ArchiveReader {
  readonly configuration: Configuration;
  /** The archive key, for opening the same archive again without deriving it; undefined in a plaintext archive. */
  readonly key: Uint8Array | undefined;
  /** With the blobs as the state lists them. */
  readonly #listed: ArchiveParts;
  readonly #readerOf: (blobs: BlobIndex) => BlobReader;
  #parts: ArchiveParts | undefined;
  #snapshots: Promise<readonly SnapshotReader[]> | undefined;

  /** `readerOf` makes a reader of the blobs of an index. */
  constructor(
    configuration: Configuration,
    key: Uint8Array | undefined,
    listed: ArchiveParts,
    readerOf: (blobs: BlobIndex) => BlobReader,
  ) {
    this.configuration = configuration;
    this.key = key;
    this.#listed = listed;
    this.#readerOf = readerOf;
  }

  /** For verification, salvage and copying: every blob is in it once. */
  get parts(): ArchiveParts {
    this.#parts ??= this.#distinctParts();
    return this.#parts;
  }

  #distinctParts(): ArchiveParts {
    const { state } = this.#listed;
    const blobs = state.blobs.distinct();
    if (blobs === state.blobs) return this.#listed;
    return { ...this.#listed, state: { ...state, blobs }, blobs: this.#readerOf(blobs) };
  }

  /** The source's name. */
  get name(): string {
    return this.#listed.source.name;
  }
  /** The RepositoryID as UUID text. */
  get repositoryId(): string {
    return formatUuid(this.configuration.repositoryId);
  }
  /** False for a plaintext archive, which proves nothing about who wrote it. */
  get encrypted(): boolean {
    return this.configuration.encryption !== undefined;
  }

  /** Ids of the snapshots that are not marked as deleted, in the order of the state. @throws FormatError FORMAT_LIMIT */
  snapshotIds(): readonly Uint8Array[] {
    const { blobs, coloured } = this.#listed.state;
    const ids: Uint8Array[] = [];
    const { snapshot } = ResourceType;
    for (let index = blobs.nextOf(snapshot, 0); index >= 0; index = blobs.nextOf(snapshot, index + 1)) {
      const id = blobs.id(index);
      if (blobs.find(snapshot, id) !== index) continue;
      if (!coloured.has(colouredKey(ResourceType.snapshot, id))) ids.push(id);
    }
    if (ids.length > SNAPSHOT_COUNT_MAX) {
      throw new FormatError('FORMAT_LIMIT', `${this.name} holds ${ids.length} snapshots`, {
        section: 'Limits',
      });
    }
    return ids;
  }

  /** All snapshots, the oldest first. @throws IntegrityError, FormatError where a header cannot be read */
  snapshots(): Promise<readonly SnapshotReader[]> {
    this.#snapshots ??= this.#openSnapshots();
    return this.#snapshots;
  }

  async #openSnapshots(): Promise<readonly SnapshotReader[]> {
    const snapshots: SnapshotReader[] = [];
    for (const id of this.snapshotIds()) snapshots.push(await SnapshotReader.open(this.#listed.blobs, id));
    return snapshots.sort((a, b) => compareTimestamps(a.header.timestamp, b.header.timestamp));
  }

  /**
   * The one snapshot whose id begins with the hex digits `idPrefix`.
   * @throws NotFoundError NOT_FOUND_SNAPSHOT where there is none or more than one
   */
  async snapshot(idPrefix: string): Promise<SnapshotReader> {
    const prefix = idPrefix.toLowerCase();
    const isHex = fromHex(prefix.length % 2 === 0 ? prefix : `${prefix}0`) !== undefined;
    const matches =
      isHex && prefix !== '' ? (await this.snapshots()).filter(({ id }) => id.startsWith(prefix)) : [];
    const [match] = matches;
    if (match === undefined) {
      throw new NotFoundError('NOT_FOUND_SNAPSHOT', `no snapshot ${idPrefix} in ${this.name}`);
    }
    if (matches.length > 1) {
      throw new NotFoundError(
        'NOT_FOUND_SNAPSHOT',
        `${matches.length} snapshots of ${this.name} begin with ${idPrefix}: give more digits`,
      );
    }
    return match;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#listed.source.size;
  }

  /** Counts, from the state alone. */
  statistics(): ArchiveStatistics {
    const { blobs } = this.parts.state;
    const byType = new Map<string, { count: number; length: number }>();
    for (let index = 0; index < blobs.count; index++) {
      const name = resourceTypeName(blobs.type(index));
      const sum = byType.get(name) ?? { count: 0, length: 0 };
      sum.count += 1;
      sum.length += blobs.length(index);
      byType.set(name, sum);
    }
    return { size: this.size, blobs: byType };
  }

  close(): Promise<void> {
    this.#listed.codec.threads?.close();
    return this.#listed.source.close();
  }
}
