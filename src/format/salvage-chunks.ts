/**
 * Finds chunks without any index where blobs are neither compressed nor sealed, and so nothing marks them: between the records that
 * were found stands what their objects name, and the objects say how long each chunk is and what its MAC is. Chunks mostly stand in
 * the order in which the objects name them.
 */
import { throwIfCancelled } from '../errors.ts';
import { BlobIndex } from './blob-index.ts';
import { findingOf } from './finding.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';
import { decodeObject } from './object.ts';
import type { ByteSource, MacKey } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import { SIGNATURE_LENGTH, type SalvagedBlobs } from './salvage-blobs.ts';
import type { ScannedRange } from './salvage-scan.ts';

/** Bytes of MACs that are computed on a guess, for each byte of the file, and besides. */
const GUESS_PER_BYTE = 32;
const GUESS_BASE = 1024 * 1024 * 1024;

/** What chunks are looked for with. */
export interface ChunkReading {
  readonly source: ByteSource;
  readonly mac: MacKey;
  /** For {@link BlobIndex}. */
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** Looks for the chunks of one archive. Holds some 45 bytes for each. */
export class ChunkSearch {
  readonly #blobs: SalvagedBlobs;
  readonly #reading: ChunkReading;
  /** Chunks that objects name and that were not found yet, in the objects' order. */
  readonly #wanted: BlobIndex;
  readonly #lengths = new Set<number>();
  readonly #snapshotEnds = new Set<number>();
  #guessesLeft: number;

  constructor(blobs: SalvagedBlobs, reading: ChunkReading) {
    this.#blobs = blobs;
    this.#reading = reading;
    this.#wanted = new BlobIndex(1024, reading.seed);
    this.#guessesLeft = GUESS_BASE + GUESS_PER_BYTE * reading.source.size;
  }

  /** Adds what it finds in `range` to the blobs. @throws CancelledError; ConnectorError */
  async run(range: ScannedRange): Promise<void> {
    await this.#readObjects();
    // Content without bytes stands everywhere.
    const none = new Uint8Array();
    this.#take(this.#wanted.find(ResourceType.chunk, this.#reading.mac.mac(none)), range.start);
    let covered = range.start;
    // Looked up front: what is found changes what is free.
    for (const gap of [...this.#blobs.gaps(range)]) {
      if (gap.end <= covered) continue;
      covered = await this.#fill({ start: Math.max(gap.start, covered), end: gap.end }, range.end);
    }
    this.#blobs.markNested();
  }

  async #readObjects(): Promise<void> {
    const { index, reader } = this.#blobs;
    for (let at = 0; at < index.count; at++) {
      if (index.type(at) === ResourceType.snapshot) {
        this.#snapshotEnds.add(index.offset(at) + index.length(at));
      }
      if (index.type(at) !== ResourceType.object) continue;
      throwIfCancelled(this.#reading.signal);
      try {
        for (const { contentMac, length } of decodeObject(await reader.readAt(at)).chunks ?? []) {
          if (length > CHUNK_SIZE_MAX || index.find(ResourceType.chunk, contentMac) >= 0) continue;
          if (this.#wanted.add(ResourceType.chunk, contentMac, 0, length) >= 0) this.#lengths.add(length);
        }
      } catch (error) {
        findingOf(error);
      }
    }
  }

  /** Takes chunks from the front of `gap` on, then from its back. @returns where what was found ends */
  async #fill({ start, end }: ScannedRange, limit: number): Promise<number> {
    let covered = await this.#walk(start, limit, 1, end);
    if (covered === start && this.#snapshotEnds.has(start)) {
      // A signature may stand behind its snapshot: nothing marks it either.
      const signature = { start, end: start + SIGNATURE_LENGTH };
      this.#blobs.addSignaturePlace(signature);
      covered = await this.#walk(signature.end, limit, 1, end);
    }
    if (covered < end) await this.#walk(end, covered, -1, covered);
    return Math.max(covered, end);
  }

  /**
   * Takes one chunk after the other from `start` on. Where the next one is none, it counts as damaged and is passed over: the chunk
   * behind it is then the one that the objects name behind it.
   * @param limit no chunk reaches beyond it
   * @param step forwards or backwards
   * @param end where to end, at the latest
   * @returns where the last one that was found ends
   */
  async #walk(start: number, limit: number, step: 1 | -1, end: number): Promise<number> {
    let [at, covered] = [start, start];
    let last: number | undefined;
    while ((end - at) * step > 0) {
      throwIfCancelled(this.#reading.signal);
      const expected = this.#neighbour(last, step);
      const expectedLength = expected === undefined ? [] : [this.#wanted.length(expected)];
      const isInOrder = at === covered;
      const lengths = isInOrder ? [(end - at) * step, ...expectedLength, ...this.#lengths] : expectedLength;
      const found = await this.#match(at, lengths, step, Math.abs(limit - at));
      last = found ?? expected;
      if (last === undefined) break;
      at += this.#wanted.length(last) * step;
      if (found !== undefined) covered = at;
    }
    return covered;
  }

  /** The chunk that the objects name before or behind `last`, one with bytes. */
  #neighbour(last: number | undefined, step: 1 | -1): number | undefined {
    if (last === undefined) return undefined;
    let next = last + step;
    while (next >= 0 && next < this.#wanted.count && this.#wanted.length(next) === 0) next += step;
    return next >= 0 && next < this.#wanted.count ? next : undefined;
  }

  /** Takes the chunk that begins or ends at `at` and has one of `lengths`; the first two are likely. @returns its index in `#wanted` */
  async #match(
    at: number,
    lengths: Iterable<number>,
    step: 1 | -1,
    lengthMax: number,
  ): Promise<number | undefined> {
    const { source, mac } = this.#reading;
    const tried = new Set<number>();
    for (const length of lengths) {
      if (length === 0 || length > lengthMax || tried.has(length) || !this.#lengths.has(length)) continue;
      tried.add(length);
      if (tried.size > 2 && (this.#guessesLeft -= length) < 0) return undefined;
      const start = step === 1 ? at : at - length;
      const found = this.#wanted.find(ResourceType.chunk, mac.mac(await source.read(start, length)));
      if (found < 0 || this.#wanted.length(found) !== length) continue;
      this.#take(found, start);
      return found;
    }
    return undefined;
  }

  #take(found: number, start: number): void {
    if (found < 0) return;
    this.#blobs.addChunk(this.#wanted.id(found), { start, end: start + this.#wanted.length(found) });
  }
}
