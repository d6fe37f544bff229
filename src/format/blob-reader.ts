/** Reads blobs and verifies each against its id: one by one, or many at once, then on other threads where there are any. */
import { FormatError, IntegrityError } from '../errors.ts';
import { decodeBatch, DECODED_LENGTH_MAX, type DecodedRun, UNMACED } from './blob-batch.ts';
import type { BlobCodec } from './blob-codec.ts';
import type { BlobIndex } from './blob-index.ts';
import { equalBytes, toHex } from './bytes.ts';
import { CHUNK_SIZE_MAX, ENCODED_BLOB_LENGTH_MAX, METADATA_BLOB_SIZE_MAX } from './limits.ts';
import { KeptBlobs } from './kept-blobs.ts';
import {
  type BlobThreads,
  type Buffers,
  type ByteSource,
  type MacKey,
  NOT_DECODED,
  type Primitives,
  type StoredBatch,
} from './ports.ts';
import { READ_AHEAD_SIZE_MAX, ReadAhead } from './read-ahead.ts';
import { ReadWindow } from './read-window.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';

const ID_LENGTH = 32;
/** Bytes of stored blobs after which other threads are worth starting. */
const THREADS_LENGTH_LEAST = 6 * 1024 * 1024;

/** Bytes of stored blobs that are read to be decoded together; longer than any chunk. */
const RUN_LENGTH_MAX = 2 * CHUNK_SIZE_MAX;

/** What is read one after the other where trees are walked. */
const READ_AHEAD_TYPES = [
  ResourceType.chunk,
  ResourceType.object,
  ResourceType.vfsEntry,
  ResourceType.vfsNode,
];

/** A plaintext whose memory is used again where whoever has it is done with it. */
export interface LentBlob {
  readonly bytes: Uint8Array;
  /** Called at most once; the bytes are not used afterwards. Not calling it costs no more than new memory. */
  readonly giveBack: () => void;
}

const NEW_BUFFERS: Buffers = { take: (length) => new Uint8Array(length), give: () => undefined };

/** How to decode blobs together. */
export interface DecodeOptions {
  /** 1 for each whose plaintext is wanted and not only its verification. Default: all. */
  readonly wanted?: Uint8Array<ArrayBuffer>;
  /** Bytes of plaintext that are wanted at most; blobs beyond are not decoded. */
  readonly sizeMax?: number;
  /** Whether so much more comes that threads are worth starting in time. Default: true. */
  readonly isLong?: boolean;
}

/** The blobs of one archive. */
export class BlobReader {
  readonly blobs: BlobIndex;
  readonly primitives: Primitives;
  readonly #source: ByteSource;
  readonly #dataOffset: number;
  readonly #codec: BlobCodec;
  readonly #mac: MacKey;
  /** One for each kind of blobs that stand together. */
  readonly #windows: readonly ReadWindow[];
  /** By type, where there are threads. */
  readonly #ahead = new Map<number, ReadAhead>();
  #kept: KeptBlobs | undefined;
  #batchLength = 0;

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
    this.#windows = Array.from({ length: 4 }, () => new ReadWindow(source));
    const { threads } = codec;
    if (threads === undefined) return;
    for (const type of READ_AHEAD_TYPES) {
      const decoder = {
        get isParallel() {
          return threads.width > 0;
        },
        decode: (indexes: Uint32Array, isLong: boolean) => {
          // Reads follow each other, and there is much of what they read: the sooner they are there, the less is done here.
          if (isLong && this.#batchLength > 0) threads.start('decode');
          return this.decodeRun(indexes, { sizeMax: READ_AHEAD_SIZE_MAX, isLong });
        },
        release: (bytes: Uint8Array<ArrayBuffer>) => {
          threads.buffers.give(bytes.buffer);
        },
      };
      this.#ahead.set(type, new ReadAhead(blobs, type, decoder));
    }
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
    const index = this.#indexOf(type, id);
    if (index < 0) {
      throw new IntegrityError('INTEGRITY_MISSING', `the archive does not hold the ${describe(type, id)}`, {
        section: 'State',
      });
    }
    return this.readAt(index);
  }

  /**
   * As {@link read} where the plaintext is there without waiting: a view, good until the next call of any method. Undefined where it has
   * to be read, or cannot be.
   */
  peek(type: ResourceType, id: Uint8Array): Uint8Array | undefined {
    const index = this.#indexOf(type, id);
    if (index < 0) return undefined;
    return this.#kept?.view(index) ?? this.#ahead.get(type)?.peek(index);
  }

  /** Mostly the blob behind the one that was read last is wanted: then nothing is looked for. */
  #indexOf(type: ResourceType, id: Uint8Array): number {
    const next = this.#ahead.get(type)?.next ?? -1;
    return next >= 0 && this.blobs.isAt(next, type, id) ? next : this.blobs.find(type, id);
  }

  /** As {@link read}, of the blob at `index` of {@link blobs}. */
  async readAt(index: number): Promise<Uint8Array> {
    const kept = this.#kept?.view(index);
    if (kept !== undefined) return kept;
    const type = this.blobs.type(index);
    const taken = this.#ahead.get(type)?.take(index);
    const ahead = taken instanceof Promise ? await taken : taken;
    if (ahead !== undefined) return ahead;
    const id = this.blobs.id(index);
    const offset = this.#dataOffset + this.blobs.offset(index);
    const length = this.blobs.length(index);
    if (length > ENCODED_BLOB_LENGTH_MAX) {
      throw new FormatError('FORMAT_LIMIT', `the ${describe(type, id)} has ${length} bytes`, {
        offset,
        section: 'Limits',
      });
    }
    const reading = this.#windowOf(type).read(offset, length);
    const plaintext = this.#decode(reading instanceof Promise ? await reading : reading, type, id, offset);
    if (!UNMACED.includes(type) && !equalBytes(this.#mac.mac(plaintext), id)) {
      throw new IntegrityError(
        'INTEGRITY_BLOB',
        `the ${describe(type, id)} does not match its id: the archive was changed or is damaged`,
        { offset, section: 'Keys and sealing' },
      );
    }
    return plaintext;
  }

  /** Says that `length` bytes of stored blobs will be decoded, so that threads are there in time where they are worth it. */
  expect(length: number): void {
    this.#batchLength += length;
    this.#startedThreads();
  }

  /**
   * Decodes the blobs at `indexes`, which stand in this order one behind the other, and nothing but gaps between them. What
   * cannot be decoded is {@link NOT_DECODED}: reading it alone says why.
   * @throws ConnectorError
   */
  async decodeRun(indexes: Uint32Array, options: DecodeOptions = {}): Promise<DecodedRun> {
    const {
      wanted = new Uint8Array(indexes.length).fill(1),
      sizeMax = DECODED_LENGTH_MAX,
      isLong = true,
    } = options;
    const { blobs } = this;
    const first = indexes[0] ?? 0;
    const last = indexes[indexes.length - 1] ?? first;
    const start = blobs.offset(first);
    const length = blobs.offset(last) + blobs.length(last) - start;
    if (length > RUN_LENGTH_MAX || indexes.length === 0) {
      const lengths = new Uint32Array(indexes.length).fill(NOT_DECODED);
      return { indexes, bytes: new Uint8Array(0), lengths };
    }
    const region = await this.#readRegion(this.#dataOffset + start, length);
    const batch = { ...this.#batchOf(indexes, region, start), wanted, sizeMax };
    if (isLong) this.#batchLength += length;
    const threads = this.#startedThreads();
    if (threads !== undefined) return { indexes, ...(await threads.decode(batch)) };
    const { batches, threads: shared } = this.#codec;
    const decoded = decodeBatch(batches, this.#mac, batch, shared?.buffers ?? NEW_BUFFERS);
    shared?.buffers.give(batch.bytes.buffer);
    await shared?.pause();
    return { indexes, ...decoded };
  }

  /** As {@link read}, on another thread where there is one: for blobs that take as long as handing them over or longer. */
  async readAside(type: ResourceType, id: Uint8Array): Promise<LentBlob> {
    const index = this.blobs.find(type, id);
    if (index < 0 || this.#kept?.view(index) !== undefined) return this.readLent(type, id);
    const { bytes, lengths } = await this.decodeRun(Uint32Array.of(index));
    if (lengths[0] === NOT_DECODED) return this.readLent(type, id);
    return { bytes, giveBack: () => this.#codec.threads?.buffers.give(bytes.buffer) };
  }

  /** As {@link read}: memory that nobody takes back, in the form of {@link readAside}. */
  async readLent(type: ResourceType, id: Uint8Array): Promise<LentBlob> {
    return { bytes: await this.read(type, id), giveBack: () => undefined };
  }

  /** Blobs that are worth decoding at the same time. */
  get width(): number {
    return 2 * Math.max(1, this.#codec.threads?.width ?? 0);
  }

  /** Says that all blobs of this type are going to be read, about in the order of the file: decoding begins with the first of them. */
  expectAll(type: ResourceType): void {
    this.#ahead.get(type)?.expectAll();
  }

  /** From now on plaintexts can be kept for whoever reads them next, until {@link forget}. */
  remember(): KeptBlobs {
    return (this.#kept = new KeptBlobs(this.blobs.count));
  }

  forget(): void {
    this.#kept = undefined;
  }

  #startedThreads(): BlobThreads | undefined {
    const { threads } = this.#codec;
    if (this.#batchLength >= THREADS_LENGTH_LEAST) threads?.start('decode');
    return threads !== undefined && threads.width > 0 ? threads : undefined;
  }

  #batchOf(
    indexes: Uint32Array,
    region: Uint8Array<ArrayBuffer>,
    start: number,
  ): Omit<StoredBatch, 'sizeMax' | 'wanted'> {
    const { blobs } = this;
    const count = indexes.length;
    const lengths = new Uint32Array(count);
    let total = 0;
    for (let at = 0; at < count; at++) {
      const length = blobs.length(indexes[at] ?? 0);
      lengths[at] = length;
      total += length;
    }
    const isDense = total === region.length;
    const bytes = isDense ? region : new Uint8Array(total);
    const types = new Uint8Array(count);
    const ids = new Uint8Array(count * ID_LENGTH);
    let to = 0;
    for (let at = 0; at < count; at++) {
      const index = indexes[at] ?? 0;
      const length = lengths[at] ?? 0;
      const from = blobs.offset(index) - start;
      if (!isDense) bytes.set(region.subarray(from, from + length), to);
      to += length;
      types[at] = blobs.type(index);
      blobs.copyId(index, ids, at * ID_LENGTH);
    }
    return { bytes, lengths, types, ids };
  }

  /** In a buffer that is nobody else's, from its begin: it may be handed over. */
  async #readRegion(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffers = this.#codec.threads?.buffers;
    if (buffers === undefined || this.#source.readInto === undefined) {
      const region = await this.#source.read(offset, length);
      // A copy, and not slice(), which a Buffer understands as a view.
      return region.buffer.byteLength === length
        ? (region as Uint8Array<ArrayBuffer>)
        : new Uint8Array(region);
    }
    const region = buffers.take(length).subarray(0, length);
    await this.#source.readInto(offset, region);
    return region;
  }

  #windowOf(type: number): ReadWindow {
    const lane =
      type === ResourceType.chunk
        ? 0
        : type === ResourceType.object
          ? 1
          : type === ResourceType.vfsEntry
            ? 2
            : 3;
    return this.#windows[lane] ?? new ReadWindow(this.#source);
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
