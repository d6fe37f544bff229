/** What holding a file against its parity sidecar comes to. */

/** Bytes that follow each other. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** See {@link BlockSet.ranges}. Sizes in bytes. */
export interface ParityReport {
  /** Bytes that the file must have. */
  readonly fileSize: number;
  /** Bytes that it has: fewer are damage, more are none of it. */
  readonly foundSize: number;
  readonly blockSize: number;
  /** Blocks of the file. */
  readonly blocks: number;
  /** Blocks that are damaged or missing. */
  readonly damagedBlocks: number;
  /** Those of them that parity cannot give back. */
  readonly lostBlocks: number;
  /** The damaged blocks as ranges of the file, the first {@link RANGES_MAX}. */
  readonly damaged: readonly ByteRange[];
  /** The lost ones likewise. */
  readonly lost: readonly ByteRange[];
  /** Blocks of the sidecar that are damaged, and hashes that are in neither copy of its tables. */
  readonly damagedParityBlocks: number;
  readonly unknownHashes: number;
}

/** Ranges that a report lists. */
export const RANGES_MAX = 1000;

/** A set of blocks of one file: a bit for each. */
export class BlockSet {
  readonly #bits: Uint8Array;
  #count = 0;

  /** `blocks`: of the file. */
  constructor(blocks: number) {
    this.#bits = new Uint8Array(Math.ceil(blocks / 8));
  }

  get count(): number {
    return this.#count;
  }

  add(block: number): void {
    if (this.#has(block)) return;
    this.#count++;
    this.#bits[block >>> 3] = (this.#bits[block >>> 3] ?? 0) | (1 << (block & 7));
  }

  /** The blocks as ranges of a file of `fileSize` bytes in order, neighbours together; the first {@link RANGES_MAX}. */
  ranges(blockSize: number, fileSize: number): ByteRange[] {
    const ranges: ByteRange[] = [];
    const blocks = this.#bits.length * 8;
    for (let block = 0; block < blocks && ranges.length < RANGES_MAX; block++) {
      if ((block & 7) === 0 && this.#bits[block >>> 3] === 0) block += 8;
      if (!this.#has(block)) continue;
      const first = block;
      while (this.#has(block + 1)) block++;
      const offset = first * blockSize;
      ranges.push({ offset, length: Math.min((block + 1) * blockSize, fileSize) - offset });
    }
    return ranges;
  }

  #has(block: number): boolean {
    return (((this.#bits[block >>> 3] ?? 0) >>> (block & 7)) & 1) === 1;
  }
}
