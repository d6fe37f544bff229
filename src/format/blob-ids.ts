/**
 * Ids of the blobs of an index, 32 bytes each, in order of insertion, in pages: nothing is copied, and no memory left behind, where they
 * grow. Where there is {@link Scratch}, from 131 072 on the oldest go there, each but for a byte, by which nearly all other ids are
 * told apart without reading it. What is read comes in blocks, of which a megabyte is kept.
 */
import type { Scratch } from './ports.ts';

/** Bytes of an id. */
export const ID_LENGTH = 32;
/** The same in words of the machine's byte order, of which all ids here are made. */
export const ID_WORDS = ID_LENGTH / 4;
/** Of those words. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Ids of a page. Only the first may have room for fewer. */
export const PAGE_BITS = 14;
export const PAGE_COUNT = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_COUNT - 1;
/** Pages that are in memory where there is scratch: 4 MiB. */
const PAGES_IN_MEMORY_MAX = 8;
/** Ids that are read from scratch at once: 4 KiB. */
const BLOCK_BITS = 7;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;
const BLOCK_WORDS = ID_WORDS << BLOCK_BITS;
/** Blocks that are kept, each in the place that the low bits of its number say: 1 MiB. */
const BLOCKS_KEPT = 256;
const HEAD_MASK = 0xff;
const NO_WORDS = new Int32Array(0);

/** Ids by index. Those that are located stay where they are until the next call. */
export class BlobIds {
  /** Where the id that was located last stands: from {@link at} on. */
  words: Int32Array = NO_WORDS;
  at = 0;
  /** Ids in memory, of the pages that are not on scratch. */
  readonly #pages: Int32Array[];
  /** Of those that are, a byte of each id. */
  readonly #heads: Uint8Array[] = [];
  #openScratch: (() => Scratch | undefined) | undefined;
  #scratch: Scratch | undefined;
  #blocks = NO_WORDS;
  readonly #blockNumbers = new Int32Array(BLOCKS_KEPT).fill(-1);

  /** `room`: ids of the first page. `openScratch` is called once, where there are too many for memory. */
  constructor(room: number, openScratch?: () => Scratch | undefined) {
    this.#pages = [new Int32Array(room * ID_WORDS)];
    this.#openScratch = openScratch;
  }

  /** Makes more room in the first page, while it is the only one. */
  widen(room: number): void {
    const words = new Int32Array(room * ID_WORDS);
    words.set(this.#pages[0] ?? NO_WORDS);
    this.#pages[0] = words;
  }

  /** Adds a page behind those that are full. @throws ConnectorError of the scratch */
  addPage(): void {
    const isMuch = this.#pages.length >= PAGES_IN_MEMORY_MAX;
    const page = isMuch ? this.#moveOldest() : undefined;
    this.#pages.push(page ?? new Int32Array(PAGE_COUNT * ID_WORDS));
  }

  /** Says where an id stands, see {@link words}. @throws ConnectorError of the scratch */
  locate(index: number): void {
    const number = (index >>> PAGE_BITS) - this.#heads.length;
    if (number < 0) {
      this.#locateOnScratch(index);
      return;
    }
    this.words = this.#pages[number] ?? NO_WORDS;
    this.at = (index & PAGE_MASK) * ID_WORDS;
  }

  /** Writes the id `words`. */
  set(index: number, words: Int32Array): void {
    this.locate(index);
    for (let word = 0; word < ID_WORDS; word++) this.words[this.at + word] = words[word] ?? 0;
  }

  /** Writes the id that stands at `at` of `view`. */
  setFrom(index: number, view: DataView, at: number): void {
    this.locate(index);
    for (let word = 0; word < ID_WORDS; word++) {
      this.words[this.at + word] = view.getInt32(at + 4 * word, IS_LITTLE_ENDIAN);
    }
  }

  /** True where id `index` is `words`. @throws ConnectorError of the scratch */
  is(index: number, words: Int32Array): boolean {
    const heads = this.#heads[index >>> PAGE_BITS];
    if (heads !== undefined && heads[index & PAGE_MASK] !== headOf(words[0] ?? 0)) return false;
    this.locate(index);
    for (let word = 0; word < ID_WORDS; word++) {
      if (this.words[this.at + word] !== words[word]) return false;
    }
    return true;
  }

  /** The first id from `from` on that is `words`, of those in memory; −1 where there is none. */
  indexOf(words: Int32Array, from: number): number {
    const scratched = this.#heads.length;
    const start = Math.max(from, scratched * PAGE_COUNT);
    let first = (start & PAGE_MASK) * ID_WORDS;
    for (let number = (start >>> PAGE_BITS) - scratched; number < this.#pages.length; number++) {
      const at = indexInPage(this.#pages[number] ?? NO_WORDS, words, first);
      if (at >= 0) return (scratched + number) * PAGE_COUNT + at;
      first = 0;
    }
    return -1;
  }

  /** Moves the oldest page to scratch, if there is some. @returns its memory: what was new in it would be garbage long before V8 looks */
  #moveOldest(): Int32Array | undefined {
    this.#scratch ??= this.#openScratch?.();
    this.#openScratch = undefined;
    if (this.#scratch === undefined) return undefined;
    if (this.#blocks.length === 0) this.#blocks = new Int32Array(BLOCKS_KEPT * BLOCK_WORDS);
    const oldest = this.#pages[0] ?? NO_WORDS;
    const heads = new Uint8Array(PAGE_COUNT);
    for (let at = 0; at < PAGE_COUNT; at++) heads[at] = headOf(oldest[at * ID_WORDS] ?? 0);
    this.#scratch.write(this.#heads.length * oldest.byteLength, new Uint8Array(oldest.buffer));
    this.#heads.push(heads);
    return this.#pages.shift();
  }

  #locateOnScratch(index: number): void {
    const block = index >>> BLOCK_BITS;
    const place = block % BLOCKS_KEPT;
    if (this.#blockNumbers[place] !== block) {
      // What a read that fails leaves is no block.
      this.#blockNumbers[place] = -1;
      const bytes = new Uint8Array(this.#blocks.buffer, place * BLOCK_WORDS * 4, BLOCK_WORDS * 4);
      this.#scratch?.read(block * BLOCK_WORDS * 4, bytes);
      this.#blockNumbers[place] = block;
    }
    this.words = this.#blocks;
    this.at = place * BLOCK_WORDS + (index & BLOCK_MASK) * ID_WORDS;
  }
}

function headOf(word: number): number {
  return word & HEAD_MASK;
}

function indexInPage(page: Int32Array, words: Int32Array, from: number): number {
  const head = words[0] ?? 0;
  for (let at = page.indexOf(head, from); at >= 0; at = page.indexOf(head, at + 1)) {
    if (at % ID_WORDS !== 0) continue;
    let word = 1;
    while (word < ID_WORDS && page[at + word] === words[word]) word++;
    if (word === ID_WORDS) return at / ID_WORDS;
  }
  return -1;
}
