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

/** Looks for the chunks of one archive. Holds 54 bytes for each. */
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

  /** Takes chunks from the front of `gap`, then, up to what is damaged, from its back. @returns where what was found ends */
  async #fill({ start, end }: ScannedRange, limit: number): Promise<number> {
    let at = start;
    let last: number | undefined;
    // A signature may stand behind its snapshot: nothing marks it either.
    let skip = this.#snapshotEnds.has(start) ? SIGNATURE_LENGTH : 0;
    if (skip > 0) this.#blobs.addSignaturePlace({ start, end: start + skip });
    while (at < end) {
      throwIfCancelled(this.#reading.signal);
      const found = await this.#match((length) => at + length <= limit && at, end - at, last, 1);
      if (found === undefined) {
        if (at !== start || skip === 0) break;
        at += skip;
        skip = 0;
        continue;
      }
      skip = 0;
      last = found;
      at += this.#wanted.length(found);
    }
    if (at >= end) return at;
    last = undefined;
    let back = end;
    while (back > at) {
      throwIfCancelled(this.#reading.signal);
      const to = back;
      const found = await this.#match((length) => length <= to - at && to - length, to - at, last, -1);
      if (found === undefined) break;
      last = found;
      back -= this.#wanted.length(found);
    }
    return end;
  }

  /**
   * Takes the chunk that stands at `startOf(length)`, whatever its length is.
   * @param startOf false where there is no room
   * @param likely the length to try first: what fills the gap
   * @param neighbour the chunk beside it, of `#wanted`
   * @param step from the neighbour to this one, in the order of the objects
   * @returns its index in `#wanted`
   */
  async #match(
    startOf: (length: number) => number | false,
    likely: number,
    neighbour: number | undefined,
    step: number,
  ): Promise<number | undefined> {
    const next = (neighbour ?? -1) + step;
    const hinted =
      neighbour === undefined || next < 0 || next >= this.#wanted.count ? [] : [this.#wanted.length(next)];
    const tried = new Set<number>();
    for (const length of [likely, ...hinted, ...this.#lengths]) {
      if (tried.has(length) || !this.#lengths.has(length)) continue;
      tried.add(length);
      const start = startOf(length);
      if (start === false || length === 0) continue;
      const isGuess = tried.size > 2;
      if (isGuess && (this.#guessesLeft -= length) < 0) return undefined;
      const { source, mac } = this.#reading;
      const id = mac.mac(await source.read(start, length));
      const found = this.#wanted.find(ResourceType.chunk, id);
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
