/**
 * Content-defined chunking, algorithm `fastcdc-v1.0.0` of the configuration: FastCDC with normalised chunking, level 2
 * (Xia et al., "FastCDC", USENIX ATC 2016, §4). Cut points must equal those of github.com/PlakarKorp/go-cdc-chunkers,
 * or equal content would no longer be stored once.
 */
import { FormatError } from '../errors.ts';
import { GEAR } from '../kernels/gear-table.ts';

/** Chunk sizes in bytes: `Chunking.MinSize`, `NormalSize` and `MaxSize` of the configuration. */
export interface ChunkLimits {
  readonly sizeMin: number;
  readonly sizeNormal: number;
  readonly sizeMax: number;
}

/**
 * Finds the end of the chunk that starts at `start`, looking at no byte from `end` or `start + sizeMax` on.
 *
 * A result below `min(end - start, sizeMax)` is a boundary whatever follows. A result equal to it is the chunk's length only if
 * `end` is the end of the stream or `sizeMax` was reached; otherwise the boundary lies further on.
 * The portable cut is {@link chunkBoundary}; kernels give the same.
 */
export type ChunkCut = (bytes: Uint8Array, start: number, end: number, limits: ChunkLimits) => number;

/** The smallest and largest value of each of {@link ChunkLimits}, in bytes (64 B to 1 GiB, as in the reference). */
const CHUNK_SIZE_LEAST = 64;
const CHUNK_SIZE_MOST = 1 << 30;

/**
 * @throws FormatError FORMAT_LIMIT unless `64 <= sizeMin < sizeNormal < sizeMax <= 2^30` and `sizeNormal` is a power of two
 */
export function checkChunkLimits(limits: ChunkLimits): void {
  const { sizeMin, sizeNormal, sizeMax } = limits;
  const whole = [sizeMin, sizeNormal, sizeMax].every((size) => Number.isInteger(size));
  const ordered = CHUNK_SIZE_LEAST <= sizeMin && sizeMin < sizeNormal && sizeNormal < sizeMax;
  if (!whole || !ordered || sizeMax > CHUNK_SIZE_MOST || (sizeNormal & (sizeNormal - 1)) !== 0) {
    throw new FormatError(
      'FORMAT_LIMIT',
      `chunk sizes ${sizeMin}, ${sizeNormal}, ${sizeMax} (min, normal, max) are not usable: ` +
        'they must rise from 64 B to at most 1 GiB, and the normal size must be a power of two',
    );
  }
}

/** Bits of a fingerprint that must be zero at a boundary: the high and the low 32. */
export interface Mask {
  readonly high: number;
  readonly low: number;
}

/** Normalisation level: this many more bits before the normal size, this many fewer after it. */
const NORMALISATION_LEVEL = 2;

/** `ones` one bits, at most 64, spread over the word at equal distances from the top bit down. */
function spacedMask(ones: number): Mask {
  const distance = Math.floor(64 / ones);
  let high = 0;
  let low = 0;
  for (let index = 0; index < ones; index++) {
    const bit = 63 - index * distance;
    if (bit >= 32) high |= 1 << (bit - 32);
    else low |= 1 << bit;
  }
  return { high, low };
}

/** Masks before (`strict`) and from the normal size on (`loose`). */
interface ChunkMasks {
  readonly strict: Mask;
  readonly loose: Mask;
}

/** The masks for `limits`. The reference keeps the paper's masks for the paper's sizes 2, 8 and 64 KiB. */
function chunkMasks(limits: ChunkLimits): ChunkMasks {
  if (limits.sizeMin === 2 << 10 && limits.sizeNormal === 8 << 10 && limits.sizeMax === 64 << 10) {
    return { strict: { high: 0x00035907, low: 0x03530000 }, loose: { high: 0x0000d900, low: 0x03530000 } };
  }
  const bits = 31 - Math.clz32(limits.sizeNormal);
  return { strict: spacedMask(bits + NORMALISATION_LEVEL), loose: spacedMask(bits - NORMALISATION_LEVEL) };
}

/**
 * Index of the first byte of `bytes[start, end)` at which the fingerprint has no bit of `mask`, or `end`. The fingerprint starts
 * anew if `first`, else it goes on where the call before has ended. Kernels have a faster one.
 */
export type BoundaryScan = (
  bytes: Uint8Array,
  start: number,
  end: number,
  mask: Mask,
  first: boolean,
) => number;

/** A {@link ChunkCut} around `scan`: no boundary before the minimal size, the strict mask up to the normal size, then the loose one. */
export function chunkCut(scan: BoundaryScan): ChunkCut {
  return (bytes, start, end, limits) => {
    const stop = Math.min(end, start + limits.sizeMax);
    if (stop - start <= limits.sizeMin) return stop - start;
    const normal = Math.min(stop, start + limits.sizeNormal);
    const { strict, loose } = chunkMasks(limits);
    const found = scan(bytes, start + limits.sizeMin, normal, strict, true);
    if (found < normal) return found - start;
    return scan(bytes, normal, stop, loose, false) - start;
  };
}

/** The fingerprint, a 64-bit word in two halves. */
let fingerprintHigh = 0;
let fingerprintLow = 0;

/** fp = (fp << 1) + GEAR[byte], modulo 2^64. */
const portableScan: BoundaryScan = (bytes, start, end, mask, first) => {
  let high = first ? 0 : fingerprintHigh;
  let low = first ? 0 : fingerprintLow;
  const maskHigh = mask.high;
  const maskLow = mask.low;
  for (let position = start; position < end; position++) {
    const word = (bytes[position] ?? 0) << 1;
    const gearLow = GEAR[word] ?? 0;
    high = ((high << 1) | (low >>> 31)) + (GEAR[word + 1] ?? 0);
    low = ((low << 1) + gearLow) | 0;
    if (low >>> 0 < gearLow >>> 0) high++; // carry
    high |= 0;
    if ((high & maskHigh) === 0 && (low & maskLow) === 0) return position;
  }
  fingerprintHigh = high;
  fingerprintLow = low;
  return end;
};

/** The portable {@link ChunkCut}. `limits` as {@link checkChunkLimits} accepts them; `0 <= start <= end <= bytes.length`. */
export const chunkBoundary: ChunkCut = chunkCut(portableScan);

/** Cuts streams into chunks. One may serve many, also at the same time; between them it keeps the buffer of one. */
export class Chunker {
  readonly #limits: ChunkLimits;
  readonly #cut: ChunkCut;
  #spare: Window | undefined;

  /** @throws FormatError FORMAT_LIMIT as {@link checkChunkLimits} */
  constructor(limits: ChunkLimits, cut: ChunkCut = chunkBoundary) {
    checkChunkLimits(limits);
    this.#limits = limits;
    this.#cut = cut;
  }

  /**
   * The chunks of one stream, in order. An empty stream gives one empty chunk, as in the reference.
   *
   * A chunk is a view that is valid until the next one is asked for, and so may be the blocks of `source`. Holds at most `sizeMax`
   * bytes and one block, usually about two normal sizes and one block.
   */
  async *chunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const { sizeNormal, sizeMax } = this.#limits;
    const lookaheadLeast = Math.min(2 * sizeNormal, sizeMax);
    const window = this.#spare ?? new Window(sizeMax);
    this.#spare = undefined;
    window.clear();
    let lookahead = lookaheadLeast;
    let chunkCount = 0;
    for await (const block of source) {
      window.append(block);
      while (window.length >= lookahead) {
        const seen = Math.min(window.length, sizeMax);
        const length = this.#cut(window.bytes, window.start, window.start + seen, this.#limits);
        if (length === seen && seen < sizeMax) {
          // No boundary yet. Doubling keeps what is scanned again below twice the chunk.
          lookahead = Math.min(2 * seen, sizeMax);
        } else {
          lookahead = lookaheadLeast;
          chunkCount++;
          yield window.take(length);
        }
      }
    }
    while (window.length > 0) {
      chunkCount++;
      yield window.take(this.#cut(window.bytes, window.start, window.start + window.length, this.#limits));
    }
    if (chunkCount === 0) yield new Uint8Array(0);
    this.#spare = window;
  }
}

/** The bytes of a stream that are not cut yet. */
class Window {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  #end = 0;
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get length(): number {
    return this.#end - this.start;
  }

  clear(): void {
    this.start = 0;
    this.#end = 0;
  }

  /** Copies `block`. */
  append(block: Uint8Array): void {
    const length = this.length;
    const needed = length + block.length;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(2 * needed, this.#sizeMax + block.length)));
      grown.set(this.bytes.subarray(this.start, this.#end));
      this.bytes = grown;
      this.start = 0;
    } else if (this.start + needed > this.bytes.length) {
      this.bytes.copyWithin(0, this.start, this.#end);
      this.start = 0;
    }
    this.bytes.set(block, this.start + length);
    this.#end = this.start + needed;
  }

  /** The next `length` bytes, valid until `append`. */
  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.start, this.start + length);
    this.start += length;
    return taken;
  }
}
