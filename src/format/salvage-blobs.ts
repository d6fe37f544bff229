/** Gathers the blobs of a damaged archive: each that is taken was decoded and is what its id says. */
import { throwIfCancelled } from '../errors.ts';
import type { BlobCodec } from './blob-codec.ts';
import { BlobIndex } from './blob-index.ts';
import { blobTypesOf } from './blob-kind.ts';
import { type BlobPlace, BlobPlaces } from './blob-places.ts';
import { BlobReader } from './blob-reader.ts';
import { BufferedSource } from './buffered-source.ts';
import { equalBytes } from './bytes.ts';
import { findingOf } from './finding.ts';
import { CHUNK_SIZE_MAX, ENCODED_BLOB_LENGTH_MAX, METADATA_BLOB_SIZE_MAX } from './limits.ts';
import type { ByteSource, MacKey, Primitives } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import type { ScannedRange } from './salvage-scan.ts';
import { decodeSnapshotHeader, type SnapshotHeader } from './snapshot-header.ts';

/** Bytes of the plaintext of a signature (Ed25519). */
export const SIGNATURE_LENGTH = 64;

/** What blobs are read with. */
export interface BlobReading {
  readonly source: ByteSource;
  readonly codec: BlobCodec;
  readonly mac: MacKey;
  readonly primitives: Primitives;
  /** For {@link BlobIndex}. */
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** The blobs that are there, with offsets in the file. Holds some 45 bytes a blob. */
export class SalvagedBlobs {
  readonly index: BlobIndex;
  readonly reader: BlobReader;
  /** Blobs, by their index, that were found inside others: they may belong to an archive that is only content here. */
  readonly nested = new Set<number>();
  readonly #reading: BlobReading;
  /** For going through the file in order. */
  readonly #buffered: BufferedSource;
  /** Places of what may be signatures, which have no id of their own. */
  readonly #signatures: ScannedRange[] = [];
  #foundEnd = 0;

  constructor(reading: BlobReading) {
    this.#reading = reading;
    this.index = new BlobIndex(1024, reading.seed);
    this.#buffered = new BufferedSource(reading.source);
    const { source, codec, mac, primitives } = reading;
    this.reader = new BlobReader(source, 0, this.index, codec, mac, primitives);
  }

  /** For {@link BlobIndex}. */
  get seed(): number {
    return this.#reading.seed;
  }

  /**
   * Takes the blobs that `listed` names and that are where it says, counted from one of `dataOffsets`.
   * @returns how many of them are nowhere
   */
  async addListed(
    listed: BlobIndex,
    dataOffsets: readonly number[],
    onRead: (length: number) => void,
  ): Promise<number> {
    const order = Uint32Array.from({ length: listed.count }, (_, index) => index);
    order.sort((a, b) => listed.offset(a) - listed.offset(b));
    let missing = 0;
    for (const index of order) {
      throwIfCancelled(this.#reading.signal);
      const [type, id] = [listed.type(index), listed.id(index)];
      const [offset, length] = [listed.offset(index), listed.length(index)];
      if (this.index.find(type, id) < 0 && !(await this.#addAt(type, id, dataOffsets, offset, length))) {
        missing++;
      }
      onRead(length);
    }
    return missing;
  }

  async #addAt(
    type: number,
    id: Uint8Array,
    dataOffsets: readonly number[],
    offset: number,
    length: number,
  ): Promise<boolean> {
    for (const dataOffset of dataOffsets) {
      const start = dataOffset + offset;
      const plaintext = await this.#tryRead({ start, end: start + length }, sizeMaxOf(type));
      if (plaintext === undefined || !this.#isAuthentic(type, id, plaintext)) continue;
      this.index.add(type, id, start, length);
      return true;
    }
    return false;
  }

  /**
   * Takes what stands at the places of `unnamed`, under its own id, where nothing was taken yet. A seal must vouch for it.
   * @returns how many of them are nowhere
   */
  async addUnnamed(
    unnamed: readonly BlobPlace[],
    dataOffsets: readonly number[],
    onRead: (length: number) => void,
  ): Promise<number> {
    const taken = new BlobPlaces(this.index);
    let missing = 0;
    for (const place of unnamed) {
      throwIfCancelled(this.#reading.signal);
      const starts = dataOffsets.map((dataOffset) => dataOffset + place.offset);
      const isTaken = starts.some((start) => taken.find({ ...place, offset: start }) >= 0);
      if (!isTaken && !(await this.#addUnnamedAt(place, starts))) missing++;
      onRead(place.length);
    }
    return missing;
  }

  async #addUnnamedAt({ type, length }: BlobPlace, starts: readonly number[]): Promise<boolean> {
    for (const start of starts) {
      const plaintext = await this.#tryRead({ start, end: start + length }, sizeMaxOf(type));
      if (plaintext === undefined) continue;
      this.index.add(type, this.#reading.mac.mac(plaintext), start, length);
      return true;
    }
    return false;
  }

  /** Takes what stands in `range`, under its own id and every type that it may be of. */
  async addFound(range: ScannedRange): Promise<void> {
    const plaintext = await this.#tryRead(range, METADATA_BLOB_SIZE_MAX);
    if (plaintext === undefined) return;
    const { start, end } = range;
    const isNested = start < this.#foundEnd;
    this.#foundEnd = Math.max(this.#foundEnd, end);
    const id = this.#reading.mac.mac(plaintext);
    const types = plaintext.length <= CHUNK_SIZE_MAX ? [ResourceType.chunk] : [];
    if (plaintext.length === SIGNATURE_LENGTH) this.#signatures.push(range);
    for (const type of [...types, ...blobTypesOf(plaintext)]) {
      const idOfType = type === ResourceType.snapshot ? headerOf(plaintext)?.identifier : id;
      const index = idOfType === undefined ? -1 : this.index.add(type, idOfType, start, end - start);
      if (isNested && index >= 0) this.nested.add(index);
    }
  }

  /** Takes a chunk whose MAC was compared. */
  addChunk(id: Uint8Array, { start, end }: ScannedRange): void {
    this.index.add(ResourceType.chunk, id, start, end - start);
  }

  /** Notes what was found inside chunks as nested. */
  markNested(): void {
    let [start, end] = [0, 0];
    for (const at of this.#inOrder()) {
      const [offset, length] = [this.index.offset(at), this.index.length(at)];
      const isInside = offset + length <= end && length < end - start;
      if (isInside) this.nested.add(at);
      else if (this.index.type(at) === ResourceType.chunk) [start, end] = [offset, offset + length];
    }
  }

  /** Where a signature may stand that nothing marks. */
  addSignaturePlace(range: ScannedRange): void {
    this.#signatures.push(range);
  }

  /** Gives signatures that were found to their snapshots: a signature does not name its own, but it verifies for one only. */
  async attachSignatures(): Promise<void> {
    const { mac, primitives } = this.#reading;
    for (let index = 0; index < this.index.count; index++) {
      if (this.index.type(index) !== ResourceType.snapshot) continue;
      const plaintext = await this.reader.readAt(index);
      const { publicKey } = headerOf(plaintext)?.identity ?? { publicKey: null };
      if (publicKey === null) continue;
      for (const range of this.#signatures) {
        const signature = await this.#tryRead(range, SIGNATURE_LENGTH);
        if (signature === undefined || !primitives.ed25519.verify(publicKey, mac.mac(plaintext), signature)) {
          continue;
        }
        const { start, end } = range;
        this.index.add(ResourceType.signature, this.index.id(index), start, end - start);
      }
    }
  }

  /** The parts of `range` that no blob occupies. */
  *gaps(range: ScannedRange): Generator<ScannedRange> {
    const { index } = this;
    let free = range.start;
    for (const at of this.#inOrder()) {
      if (index.offset(at) > free) yield { start: free, end: Math.min(range.end, index.offset(at)) };
      free = Math.max(free, index.offset(at) + index.length(at));
      if (free >= range.end) return;
    }
    yield { start: free, end: range.end };
  }

  /** All blobs in the order of the file, of those at one offset the longest first. */
  #inOrder(): Uint32Array {
    const { index } = this;
    const order = Uint32Array.from({ length: index.count }, (_, at) => at);
    return order.sort((a, b) => index.offset(a) - index.offset(b) || index.length(b) - index.length(a));
  }

  #isAuthentic(type: number, id: Uint8Array, plaintext: Uint8Array): boolean {
    if (type === ResourceType.signature) return plaintext.length === SIGNATURE_LENGTH;
    if (type !== ResourceType.snapshot) return equalBytes(this.#reading.mac.mac(plaintext), id);
    const header = headerOf(plaintext);
    return header !== undefined && equalBytes(header.identifier, id);
  }

  async #tryRead({ start, end }: ScannedRange, sizeMax: number): Promise<Uint8Array | undefined> {
    const { source, codec } = this.#reading;
    if (start < 0 || end < start || end > source.size || end - start > ENCODED_BLOB_LENGTH_MAX) {
      return undefined;
    }
    const stored = await this.#buffered.read(start, end - start);
    try {
      return codec.decode(stored, sizeMax);
    } catch (error) {
      findingOf(error);
      return undefined;
    }
  }
}

function headerOf(plaintext: Uint8Array): SnapshotHeader | undefined {
  try {
    return decodeSnapshotHeader(plaintext);
  } catch (error) {
    findingOf(error);
    return undefined;
  }
}

function sizeMaxOf(type: number): number {
  return type === ResourceType.chunk ? CHUNK_SIZE_MAX : METADATA_BLOB_SIZE_MAX;
}
