/**
 * Writes the packfile: blobs as they come, then index and footer. Every blob is stored once. Source: specification "Packfile".
 *
 * Blobs are gathered in lanes – chunks, objects, the rest – and encoded a batch at a time, on other threads once there is enough to do,
 * but written in the order in which the batches were full. So what is listed together stands together, and the archive does not
 * depend on the number of threads. Holds 45 bytes a blob and at most {@link WAITING_LENGTH_MAX} of data and a batch for each lane.
 */
import { encodeBatch, keepBlobs, nameBatch } from './blob-batch.ts';
import type { BlobCodec } from './blob-codec.ts';
import { ID_LENGTH } from './blob-ids.ts';
import { BlobIndex } from './blob-index.ts';
import { BATCH_LENGTH, BlobLane } from './blob-lane.ts';
import { concatBytes, viewOf } from './bytes.ts';
import { MsgpackWriter, type RecordForm } from './msgpack-writer.ts';
import { encodeFooter, FOOTER_LENGTH_LENGTH, indexPieces } from './packfile.ts';
import { paddingLength } from './padding.ts';
import type { BlobBatch, BlobNames, ByteSink, Hasher, MacKey, NamedBatch, Primitives } from './ports.ts';
import type { Codec } from './record.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import { encodeWrappedHeader, WRAPPED_MAC_LENGTH } from './wrapped-object.ts';

/** Bytes of blobs that are encoded already and written at once. */
const STORED_RUN_LENGTH = 1024 * 1024;
/** Bytes of plaintext that may wait for being encoded and written before whoever adds more has to wait: so many for each thread and once more. */
const WAITING_LENGTH = 2 * 1024 * 1024;
const WAITING_LENGTH_MAX = 8 * 1024 * 1024;
/** Bytes of plaintext after which other threads are worth starting. */
const THREADS_LENGTH_LEAST = 2 * 1024 * 1024;

/** Blobs that are gathered, and what they are in the index. */
interface Lane {
  readonly blobs: BlobLane;
  readonly indexes: number[];
}

/** Blobs that are encoded already and gathered for one write. */
interface StoredRun {
  readonly indexes: number[];
  readonly parts: Uint8Array[];
  length: number;
}

/** What a batch is of a content. */
export interface ContentPlace {
  /** The content's MAC, which the batch is added to; undefined where none is wanted. */
  readonly mac: Hasher | undefined;
  /** Where in the content the batch begins, bytes. */
  readonly at: number;
  /** Whether nothing follows. */
  readonly isLast: boolean;
}

/** A batch whose blobs have their names; those that were not there yet, and what these are in the index. */
interface AddedBatch {
  readonly names: BlobNames;
  readonly kept: BlobBatch;
  readonly indexes: readonly number[];
}

/** A batch that can be written, and what its blobs are in the index. */
interface EncodedBlobs {
  readonly batch: BlobBatch;
  readonly indexes: readonly number[];
}

/** The packfile of an archive that is being written. Calls must not overlap, but for those of {@link BlobWriter.addBatch}. */
export class BlobWriter {
  readonly mac: MacKey;
  readonly primitives: Primitives;
  readonly blobs: BlobIndex;
  /** Form of entries and objects; other records are whole in any case. */
  readonly recordForm: RecordForm;
  readonly #indexForm: RecordForm;
  readonly #records: MsgpackWriter;
  readonly #sink: ByteSink;
  readonly #codec: BlobCodec;
  readonly #packfileMac: Hasher;
  readonly #lanes: readonly [chunks: Lane, objects: Lane, others: Lane];
  #stored: StoredRun = { indexes: [], parts: [], length: 0 };
  #header: Uint8Array | undefined = encodeWrappedHeader(ResourceType.packfile, VERSION_1_0_0);
  /** Batches on their way, the first to be written first. */
  #waiting: Promise<void>[] = [];
  #waitingLength = 0;
  #tail: Promise<void> = Promise.resolve();
  /** The last batch that is being named and added, which those behind it wait for. */
  #adding: Promise<unknown> = Promise.resolve();
  #plainLength = 0;
  #length = 0;
  /** Bytes of blobs so far: the offset of the next one. */
  #dataLength = 0;
  #deduplicated = 0;

  constructor(
    sink: ByteSink,
    codec: BlobCodec,
    mac: MacKey,
    primitives: Primitives,
    {
      recordForm = 'short',
      isSealed,
    }: { readonly recordForm?: RecordForm | undefined; readonly isSealed: boolean },
  ) {
    this.recordForm = recordForm;
    this.#records = new MsgpackWriter(recordForm);
    // Without a seal only ids vouch for what an index finds when the state is lost.
    this.#indexForm = isSealed ? recordForm : 'whole';
    this.#sink = sink;
    this.#codec = codec;
    this.mac = mac;
    this.primitives = primitives;
    const seed = viewOf(primitives.randomBytes(4)).getUint32(0);
    this.blobs = new BlobIndex(1024, seed, () => sink.scratch?.());
    this.#packfileMac = mac.begin();
    const lane = (): Lane => ({ blobs: this.newLane(), indexes: [] });
    this.#lanes = [lane(), lane(), lane()];
  }

  /** Where blobs are gathered for {@link addBatch}. */
  newLane(): BlobLane {
    return new BlobLane(this.#codec.threads?.buffers);
  }

  /** Plaintext bytes of blobs that were there already and so not written again. */
  get deduplicated(): number {
    return this.#deduplicated;
  }

  /** True where {@link drain} should be awaited before more is added. */
  get isFull(): boolean {
    const width = this.#codec.threads?.width ?? 0;
    return this.#waitingLength > (width > 0 ? Math.min((1 + width) * WAITING_LENGTH, WAITING_LENGTH_MAX) : 0);
  }

  /** Resolves when there is room for more. @throws ConnectorError of the sink */
  async drain(): Promise<void> {
    while (this.isFull) await this.#waiting[0];
  }

  /**
   * Stores a blob under the MAC of its plaintext, once; whoever adds many looks at {@link isFull} between them.
   * @returns the blob's index in {@link blobs}
   */
  add(type: ResourceType, plaintext: Uint8Array): number {
    return this.#addAs(type, this.mac.mac(plaintext), plaintext);
  }

  /** As {@link add}, of a record in {@link recordForm}. */
  addRecord<T>(type: ResourceType, codec: Codec<T>, record: T): number {
    codec.encode(this.#records, record);
    return this.add(type, this.#records.takeView());
  }

  /** As {@link add}, but waits until there is room for more. @returns its id @throws ConnectorError of the sink */
  async put(type: ResourceType, plaintext: Uint8Array): Promise<Uint8Array> {
    const id = this.mac.mac(plaintext);
    await this.putAs(type, id, plaintext);
    return id;
  }

  /** Stores a blob under `id`, unless one of this type and id is there. @throws ConnectorError of the sink */
  async putAs(type: ResourceType, id: Uint8Array, plaintext: Uint8Array): Promise<void> {
    this.#addAs(type, id, plaintext);
    if (this.isFull) await this.drain();
  }

  #addAs(type: ResourceType, id: Uint8Array, plaintext: Uint8Array): number {
    const before = this.blobs.count;
    const index = this.blobs.findOrAdd(type, id);
    if (index < before) {
      this.#deduplicated += plaintext.length;
      return index;
    }
    this.#plainLength += plaintext.length;
    const lane = this.#laneOf(type);
    if (!lane.blobs.hasRoomFor(plaintext.length)) this.#dispatch(lane);
    lane.blobs.add(plaintext);
    lane.indexes.push(index);
    if (lane.blobs.length > BATCH_LENGTH) this.#dispatch(lane);
    return index;
  }

  /**
   * Takes over `batch` of a lane and stores its blobs, each once, behind what was added before: named on another thread where one has
   * next to nothing to do, unless it is the last and waited for. More batches may follow at once, all else when this is resolved. Who adds
   * many looks at {@link isFull} between them.
   * @throws Error where a thread ends before its work; so does then whatever waits for blobs to be written
   */
  async addBatch(
    type: ResourceType,
    batch: BlobBatch,
    { mac, at, isLast }: ContentPlace,
  ): Promise<BlobNames> {
    this.#dispatch(this.#laneOf(type));
    const { threads } = this.#codec;
    // However few bytes it has, it takes a buffer.
    const weight = Math.max(batch.bytes.length, BATCH_LENGTH);
    const naming =
      !isLast && threads?.isIdle === true
        ? threads.name({ ...batch, at: mac && at })
        : nameBatch(this.mac, this.primitives.byteStatistics, { ...batch, at: undefined });
    const adding = Promise.all([naming, this.#adding]).then(([named]) => {
      mac?.update(named.bytes, named.subtrees);
      return this.#addNamed(type, named);
    });
    this.#adding = adding.catch(() => undefined);
    this.#enqueue(
      weight,
      adding.then(({ indexes, kept }) => this.#encoded(indexes, kept)),
    );
    return (await adding).names;
  }

  #addNamed(type: ResourceType, names: NamedBatch): AddedBatch {
    const indexes: number[] = [];
    const places: number[] = [];
    for (const [place, length] of names.lengths.entries()) {
      const before = this.blobs.count;
      const index = this.blobs.findOrAdd(
        type,
        names.ids.subarray(place * ID_LENGTH, (place + 1) * ID_LENGTH),
      );
      if (index < before) {
        this.#deduplicated += length;
      } else {
        this.#plainLength += length;
        indexes.push(index);
        places.push(place);
      }
    }
    return { names, indexes, kept: keepBlobs(names, places) };
  }

  #laneOf(type: ResourceType): Lane {
    const [chunks, objects, others] = this.#lanes;
    if (type === ResourceType.chunk) return chunks;
    return type === ResourceType.object ? objects : others;
  }

  /**
   * Takes over a blob as another archive of the same configuration and key stores it, unless one of this type and id is there.
   * `stored` may not change afterwards.
   * @throws ConnectorError of the sink
   */
  async putStored(type: number, id: Uint8Array, stored: Uint8Array): Promise<void> {
    const index = this.blobs.add(type, id, 0, stored.length);
    if (index < 0) return;
    this.#stored.indexes.push(index);
    this.#stored.parts.push(stored);
    this.#stored.length += stored.length;
    if (this.#stored.length >= STORED_RUN_LENGTH) this.#dispatchStored();
    if (this.isFull) await this.drain();
  }

  #dispatchStored(): void {
    const { indexes, parts, length } = this.#stored;
    if (indexes.length === 0) return;
    this.#stored = { indexes: [], parts: [], length: 0 };
    const lengths = Uint32Array.from(parts, (part) => part.length);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#enqueue(length, Promise.resolve({ indexes, batch: { bytes, lengths } }));
  }

  /** Resolves when every blob has its place and is written. @throws ConnectorError of the sink */
  async flush(): Promise<void> {
    this.#dispatchStored();
    for (const lane of this.#lanes) this.#dispatch(lane);
    await this.#tail;
  }

  /** Writes index, footer and MAC. @returns bytes of the wrapped packfile @throws ConnectorError of the sink */
  async end(timestampNs: bigint): Promise<number> {
    await this.flush();
    const padding = paddingLength(this.blobs, this.#dataLength);
    if (padding > 0) {
      await this.put(ResourceType.random, this.primitives.randomBytes(padding));
      await this.flush();
    }
    const indexMac = this.mac.begin();
    for (const piece of indexPieces(this.blobs, this.#indexForm)) indexMac.update(piece);
    const footer = encodeFooter({
      timestampNs,
      count: this.blobs.count,
      indexOffset: this.#dataLength,
      indexMac: indexMac.digest(),
    });
    const footerStored = this.#codec.encode(footer);
    const footerLength = new Uint8Array(FOOTER_LENGTH_LENGTH);
    viewOf(footerLength).setUint32(0, footerStored.length, true);
    for (const bytes of this.#codec.encodeStream(indexPieces(this.blobs, this.#indexForm))) {
      await this.#write(bytes);
    }
    await this.#write(concatBytes([footerStored, footerLength]));
    await this.#sink.write(this.#packfileMac.digest());
    return this.#length + WRAPPED_MAC_LENGTH;
  }

  #dispatch({ blobs, indexes }: Lane): void {
    if (blobs.isEmpty) return;
    const batch = blobs.take();
    this.#enqueue(Math.max(batch.bytes.length, BATCH_LENGTH), this.#encoded(indexes.splice(0), batch));
  }

  async #encoded(indexes: readonly number[], batch: BlobBatch): Promise<EncodedBlobs> {
    if (indexes.length === 0) return { indexes, batch };
    const { threads } = this.#codec;
    if (this.#plainLength >= THREADS_LENGTH_LEAST) threads?.start('encode');
    if (threads !== undefined && threads.width > 0) return { indexes, batch: await threads.encode(batch) };
    const encoded = encodeBatch(this.#codec.batches, batch, new Uint8Array(batch.bytes.buffer));
    await threads?.pause();
    return { indexes, batch: encoded };
  }

  /** Has a batch written behind those that wait already. `weight`: bytes, of the buffer that it takes, while it waits. */
  #enqueue(weight: number, encoding: Promise<EncodedBlobs>): void {
    this.#waitingLength += weight;
    // Both may fail; the one that is written first says so, for all who wait.
    encoding.catch(() => undefined);
    this.#tail = this.#tail.then(async () => {
      const { indexes, batch } = await encoding;
      let at = 0;
      for (const index of indexes) {
        const stored = batch.lengths[at++] ?? 0;
        this.blobs.place(index, this.#dataLength, stored);
        this.#dataLength += stored;
      }
      if (indexes.length > 0) await this.#write(batch.bytes);
      this.#codec.threads?.buffers.give(batch.bytes.buffer);
      this.#waitingLength -= weight;
      void this.#waiting.shift();
    });
    this.#tail.catch(() => undefined);
    this.#waiting.push(this.#tail);
  }

  /** Bytes of the packfile: authenticated and written in order. */
  async #write(bytes: Uint8Array): Promise<void> {
    const header = this.#header;
    this.#header = undefined;
    if (header !== undefined) await this.#write(header);
    this.#packfileMac.update(bytes);
    this.#length += bytes.length;
    await this.#sink.write(bytes);
  }
}
