/**
 * Decodes blobs before they are asked for, where they are asked for in about the order of the file or its reverse: on other threads, and
 * many at once. Walking a tree reads entries, objects and chunks so, each type by itself, because whoever wrote the archive walked it too,
 * and leaves of the tree backwards, because each names the next and so was written after it.
 */
import type { DecodedRun } from './blob-batch.ts';
import type { BlobIndex } from './blob-index.ts';
import { typeOrder } from './blob-places.ts';
import { NOT_DECODED } from './ports.ts';

/** Reads in a row after which more of them are expected. */
const STREAK_LEAST = 24;
/** The same where all of the type are going to be read. */
const EXPECTED_STREAK_LEAST = 1;
/** Reads that go on with each other are no more bytes of the file apart. */
const GAP_LENGTH_MAX = 256 * 1024;
/** A run ends before it has more blobs, or spans more bytes of the file. */
const RUN_COUNT_MAX = 1024;
const RUN_LENGTH_MAX = 1024 * 1024;
/** Larger blobs are worth a thread by themselves. */
const BLOB_LENGTH_MAX = 64 * 1024;
/** Runs that are decoded or being decoded at a time: one is read while two threads or more decode others. */
const RUNS_MAX = 4;
/** Where less than this part of a run was wanted, reads only look as if they followed each other. */
const USED_PART_LEAST = 0.25;
/** Reads after which it is tried again. */
const PAUSE_COUNT = 4096;

/** Bytes of stored blobs of the type from which on threads are worth starting for them. */
const THREADS_LENGTH_LEAST = 16 * 1024 * 1024;

/** Bytes of plaintext that a run gives at most; the rest is decoded when it is read. */
export const READ_AHEAD_SIZE_MAX = 4 * 1024 * 1024;

/** How a run is decoded. */
export interface RunDecoder {
  /** True where runs are decoded on other threads. */
  readonly isParallel: boolean;
  /**
   * As `BlobReader.decodeRun`, with every plaintext, up to {@link READ_AHEAD_SIZE_MAX}.
   * @param isLong there is so much to decode that threads are worth starting
   */
  decode(indexes: Uint32Array, isLong: boolean): Promise<DecodedRun>;
  /** Takes the buffer of a run back. */
  release(bytes: Uint8Array<ArrayBuffer>): void;
}

/** The blobs of one type in one archive. Holds at most four runs: 16 MiB, and 4 bytes for every blob of the type. */
export class ReadAhead {
  readonly #blobs: BlobIndex;
  readonly #type: number;
  readonly #decoder: RunDecoder;
  /** Indexes of all blobs of the type in the order of the file, from the first run on. */
  #order: Uint32Array | undefined;
  /** Stored bytes of all of them. */
  #length = 0;
  /** In the order in which they are read. */
  #runs: Run[] = [];
  /** Reads that went on with the one before them, each in the same direction; below 0 while nothing is tried. */
  #streak = 0;
  #streakLeast = STREAK_LEAST;
  /** Which way: 1 to the end of the file, −1 to its beginning, 0 where it is not known. */
  #step: Step = 0;
  #last: Span = { start: 0, end: 0 };

  constructor(blobs: BlobIndex, type: number, decoder: RunDecoder) {
    this.#blobs = blobs;
    this.#type = type;
    this.#decoder = decoder;
  }

  /**
   * The plaintext of blob `index` where it is there without waiting: a view, good until the next call of any method. Undefined has no
   * consequence.
   */
  peek(index: number): Uint8Array | undefined {
    const first = this.#runs[0];
    if (first?.isDecoded === true && first.next === index && this.#runs.length === RUNS_MAX) {
      return first.view(index);
    }
    const at = this.#runAt(this.#blobs.offset(index));
    const run = this.#runs[at];
    if (run?.isDecoded !== true) return undefined;
    this.#goTo(at);
    return run.view(index);
  }

  /** Index of the blob behind the one that was wanted last, or −1: mostly it is the next that is wanted. */
  get next(): number {
    const next = this.#runs[0]?.next ?? -1;
    return next >= 0 ? next : (this.#runs[1]?.next ?? -1);
  }

  /** Says that all blobs of the type are going to be read, about in the order of the file or its reverse. */
  expectAll(): void {
    this.#streakLeast = EXPECTED_STREAK_LEAST;
  }

  /** The plaintext of blob `index`, which was or is being decoded, as a copy; undefined where the caller has to read it. */
  take(index: number): Uint8Array | Promise<Uint8Array | undefined> | undefined {
    const offset = this.#blobs.offset(index);
    const at = this.#runAt(offset);
    const run = this.#runs[at];
    if (run !== undefined) {
      this.#goTo(at);
      return run.take(index);
    }
    this.#follow(offset, offset + this.#blobs.length(index));
    if (this.#streak < this.#streakLeast) return undefined;
    this.#drop(this.#runs.length);
    if (this.#streak < this.#streakLeast) return undefined;
    if (this.#begin(this.#placeOf(offset), this.#step)) this.#last = this.#runs[0]?.place ?? this.#last;
    return this.#runs[0]?.take(index);
  }

  /** Takes note of a read from `start` to before `end`. */
  #follow(start: number, end: number): void {
    const step = stepBetween(this.#last, start, end);
    this.#last = { start, end };
    if (this.#streak < 0) {
      this.#streak++;
      return;
    }
    this.#streak = step !== 0 && step === this.#step ? this.#streak + 1 : 0;
    this.#step = step;
  }

  /** Which run the blob at `offset` lies in; −1 for none. */
  #runAt(offset: number): number {
    for (let at = 0; at < this.#runs.length; at++) {
      const place = this.#runs[at]?.place;
      if (place !== undefined && offset >= place.start && offset < place.end) return at;
    }
    return -1;
  }

  #goTo(at: number): void {
    if (at > 0) this.#drop(at);
    if (this.#runs.length < RUNS_MAX) this.#fill();
  }

  /** Forgets the first `count` runs. */
  #drop(count: number): void {
    for (const run of this.#runs.splice(0, count)) {
      if (run.used < run.count * USED_PART_LEAST) this.#streak = -PAUSE_COUNT;
      run.drop();
    }
  }

  /** Begins runs behind the last. */
  #fill(): void {
    while (this.#decoder.isParallel && this.#runs.length < RUNS_MAX) {
      const last = this.#runs[this.#runs.length - 1];
      if (last === undefined || !this.#begin(last.place.nextPlace, last.place.step)) return;
    }
  }

  /** Begins a run with the blob at `place` of the order. @returns false where there is nothing to begin with */
  #begin(place: number, step: Step): boolean {
    const blobs = this.#blobs;
    const order = this.#ordered();
    let [start, end] = [0, 0];
    let at = place;
    for (; at >= 0 && at < order.length && Math.abs(at - place) < RUN_COUNT_MAX && step !== 0; at += step) {
      const index = order[at] ?? 0;
      const from = blobs.offset(index);
      const to = from + blobs.length(index);
      if (at === place) [start, end] = [from, to];
      const gap = Math.max(from - end, start - to);
      const length = Math.max(end, to) - Math.min(start, from);
      if (to - from > BLOB_LENGTH_MAX || gap > GAP_LENGTH_MAX || length > RUN_LENGTH_MAX) break;
      [start, end] = [Math.min(start, from), Math.max(end, to)];
    }
    if (at === place || step === 0) return false;
    const indexes = step < 0 ? order.subarray(at + 1, place + 1) : order.subarray(place, at);
    const decoding = this.#decoder.decode(indexes, this.#length >= THREADS_LENGTH_LEAST);
    const offsetOf = (index: number): number => blobs.offset(index);
    this.#runs.push(new Run(indexes, { start, end, step, nextPlace: at }, decoding, this.#decoder, offsetOf));
    return true;
  }

  /** Where in the order the first blob at or behind `offset` is. */
  #placeOf(offset: number): number {
    const order = this.#ordered();
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blobs.offset(order[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #ordered(): Uint32Array {
    if (this.#order !== undefined) return this.#order;
    const order = typeOrder(this.#blobs, this.#type);
    this.#length = order.reduce((length, index) => length + this.#blobs.length(index), 0);
    this.#order = order;
    return order;
  }
}

type Step = -1 | 0 | 1;

/** Bytes of the packfile's data from `start` to before `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Which way a read from `start` to before `end` goes on with the one before. */
function stepBetween(last: Span, start: number, end: number): Step {
  if (start >= last.end && start - last.end <= GAP_LENGTH_MAX) return 1;
  return end <= last.start && last.start - end <= GAP_LENGTH_MAX ? -1 : 0;
}

/** Where a run stands, and the place in the order where reading goes on behind it. */
interface RunPlace extends Span {
  readonly nextPlace: number;
  readonly step: Step;
}

/** Blobs that are decoded together. */
class Run {
  readonly place: RunPlace;
  readonly count: number;
  /** How often one of them was wanted so far. */
  used = 0;
  readonly #decoder: RunDecoder;
  readonly #decoding: Promise<void>;
  readonly #indexes: Uint32Array;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Of each: where its plaintext ends in `#bytes`, and so the next one's begins. */
  readonly #ends: Uint32Array;
  #lengths = new Uint32Array(0);
  readonly #offsetOf: (index: number) => number;
  /** Behind the one that was wanted last. */
  #next = 0;
  #isDropped = false;

  constructor(
    indexes: Uint32Array,
    place: RunPlace,
    decoding: Promise<DecodedRun>,
    decoder: RunDecoder,
    offsetOf: (index: number) => number,
  ) {
    this.place = place;
    this.count = indexes.length;
    this.#indexes = indexes;
    this.#ends = new Uint32Array(indexes.length);
    this.#decoder = decoder;
    this.#offsetOf = offsetOf;
    this.#decoding = this.#take(decoding);
    // Whoever reads a blob alone is told what is wrong.
    this.#decoding.catch(() => undefined);
  }

  get next(): number {
    return this.#indexes[this.#next] ?? -1;
  }

  get isDecoded(): boolean {
    return this.#bytes !== undefined;
  }

  take(index: number): Uint8Array | Promise<Uint8Array | undefined> | undefined {
    // A copy: what is made of it lives longer than the run.
    if (this.#bytes !== undefined) return this.view(index)?.slice();
    return this.#decoding.then(
      () => this.view(index)?.slice(),
      () => undefined,
    );
  }

  /** The plaintext of blob `index`; undefined where it was not decoded. */
  view(index: number): Uint8Array | undefined {
    this.used++;
    const at = this.#indexes[this.#next] === index ? this.#next : this.#placeOf(index);
    const length = this.#lengths[at] ?? NOT_DECODED;
    if (length === NOT_DECODED || this.#bytes === undefined) return undefined;
    this.#next = at + 1;
    const end = this.#ends[at] ?? 0;
    return this.#bytes.subarray(end - length, end);
  }

  drop(): void {
    this.#isDropped = true;
    if (this.#bytes !== undefined) this.#decoder.release(this.#bytes);
    this.#bytes = undefined;
  }

  /** Where `index` stands among the indexes, which are in the order of the file; their count where it does not. */
  #placeOf(index: number): number {
    const offset = this.#offsetOf(index);
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsetOf(this.#indexes[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    // Blobs without a byte, or hostile ones, stand at the same offset.
    while (low < this.count && this.#indexes[low] !== index) {
      if (this.#offsetOf(this.#indexes[low] ?? 0) > offset) return this.count;
      low++;
    }
    return low;
  }

  async #take(decoding: Promise<DecodedRun>): Promise<void> {
    const { bytes, lengths } = await decoding;
    let end = 0;
    for (let at = 0; at < this.count; at++) {
      const length = lengths[at] ?? NOT_DECODED;
      if (length !== NOT_DECODED) end += length;
      this.#ends[at] = end;
    }
    this.#lengths = lengths;
    this.#bytes = bytes;
    if (this.#isDropped) this.drop();
  }
}
