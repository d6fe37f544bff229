/** Bytes of a block: what one small read costs. */
export const BLOCK_SIZE = 16 * 1024;
/** Bytes of one request at most, so that a failure repeats little. */
export const REQUEST_LENGTH_MAX = 8 * 1024 * 1024;
/** Reads of this size and more go past the cache. */
const DIRECT_LENGTH_MIN = 2 * 1024 * 1024;
/** Blocks in the cache: 32 MiB. */
const BLOCKS_MAX = 2048;
/** Blocks that are read ahead at most: 4 MiB. */
const AHEAD_BLOCKS_MAX = 256;
const AHEAD_BLOCKS_MIN = 4;

/** Reads exactly `length` bytes at `offset`, in one request. */
export type RangeFetch = (offset: number, length: number) => Promise<Uint8Array>;

interface Wanted {
  readonly resolve: (block: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Serves small reads of a large, distant file from blocks. Reads that are asked for at the same time, or lie next to each other,
 * share a request; a reader that goes on where it stopped finds the next blocks under way already. Holds at most 32 MiB and
 * what is being fetched.
 */
export class BlockCache {
  readonly #size: number;
  readonly #fetch: RangeFetch;
  /** In order of use. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  #wanted = new Map<number, Wanted>();
  #nextBlock = -1;
  #aheadBlocks = 0;

  /** `size`: bytes of the file. */
  constructor(size: number, fetch: RangeFetch) {
    this.#size = size;
    this.#fetch = fetch;
  }

  /** `length` bytes at `offset`, which lie inside the file. @throws whatever the fetch throws */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array();
    if (length >= DIRECT_LENGTH_MIN) return this.#readDirect(offset, length);
    const first = Math.floor(offset / BLOCK_SIZE);
    const last = Math.floor((offset + length - 1) / BLOCK_SIZE);
    const blocks: Promise<Uint8Array>[] = [];
    for (let index = first; index <= last; index++) blocks.push(this.#block(index));
    this.#readAhead(first, last);
    const bytes = new Uint8Array(length);
    let at = offset - first * BLOCK_SIZE;
    let done = 0;
    for (const block of await Promise.all(blocks)) {
      const part = block.subarray(at, at + length - done);
      bytes.set(part, done);
      done += part.length;
      at = 0;
    }
    return bytes;
  }

  async #readDirect(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const part = await this.#fetch(offset + done, Math.min(length - done, REQUEST_LENGTH_MAX));
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  #readAhead(first: number, last: number): void {
    const goesOn = first === this.#nextBlock || first === this.#nextBlock - 1;
    if (!goesOn) this.#aheadBlocks = 0;
    else if (last >= this.#nextBlock) {
      this.#aheadBlocks = Math.min(AHEAD_BLOCKS_MAX, Math.max(AHEAD_BLOCKS_MIN, this.#aheadBlocks * 2));
    }
    this.#nextBlock = last + 1;
    // Asking again only when half of it is used up makes few large requests instead of many small ones.
    if (this.#aheadBlocks === 0 || this.#blocks.has(last + Math.ceil(this.#aheadBlocks / 2))) return;
    const end = Math.min(last + 1 + this.#aheadBlocks, Math.ceil(this.#size / BLOCK_SIZE));
    for (let index = last + 1; index < end; index++) this.#block(index).catch(() => undefined);
  }

  #block(index: number): Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    if (known !== undefined) {
      this.#blocks.delete(index);
      this.#blocks.set(index, known);
      return known;
    }
    if (this.#wanted.size === 0) queueMicrotask(() => this.#fetchWanted());
    const block = new Promise<Uint8Array>((resolve, reject) => {
      this.#wanted.set(index, { resolve, reject });
    });
    block.catch(() => this.#forget(index, block));
    this.#blocks.set(index, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= BLOCKS_MAX) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }

  /** A failed block may be asked for again. */
  #forget(index: number, block: Promise<Uint8Array>): void {
    if (this.#blocks.get(index) === block) this.#blocks.delete(index);
  }

  #fetchWanted(): void {
    const wanted = this.#wanted;
    this.#wanted = new Map();
    const indexes = [...wanted.keys()].sort((a, b) => a - b);
    for (const run of runsOf(indexes, REQUEST_LENGTH_MAX / BLOCK_SIZE)) void this.#fetchRun(run, wanted);
  }

  async #fetchRun(run: readonly number[], wanted: ReadonlyMap<number, Wanted>): Promise<void> {
    const start = (run[0] ?? 0) * BLOCK_SIZE;
    const end = Math.min(this.#size, start + run.length * BLOCK_SIZE);
    try {
      const bytes = await this.#fetch(start, end - start);
      run.forEach((index, position) => {
        // A copy: a view would keep the whole answer alive for as long as one block of it is cached.
        wanted.get(index)?.resolve(bytes.slice(position * BLOCK_SIZE, (position + 1) * BLOCK_SIZE));
      });
    } catch (error) {
      for (const index of run) wanted.get(index)?.reject(error);
    }
  }
}

/** Consecutive numbers of a sorted list, together; at most `lengthMax` in a run. */
function* runsOf(numbers: readonly number[], lengthMax: number): Generator<number[]> {
  for (let start = 0; start < numbers.length;) {
    let end = start + 1;
    while (numbers[end] === (numbers[end - 1] ?? 0) + 1 && end - start < lengthMax) end++;
    yield numbers.slice(start, end);
    start = end;
  }
}
