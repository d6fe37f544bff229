/**
 * Where every blob of an archive stands: a hash table over flat typed arrays, some 50 bytes a blob, in order of insertion. The arrays
 * are in pages, so that nothing is copied, and no memory left behind, where they grow.
 *
 * The reader fills it from the state; the writer fills it while it writes, deduplicates by it, and makes packfile index and
 * state from it. The hash is seeded, so that ids chosen by an attacker do not fall into one bucket.
 */
import { FormatError } from '../errors.ts';
import { BLOB_COUNT_MAX } from './limits.ts';

const ID_LENGTH = 32;
const ID_WORDS = ID_LENGTH / 4;
const EMPTY = 0xffff_ffff;
/** A slot holds the index of a blob, and above it the top bits of its hash: most other ids are told apart without looking at them. */
const INDEX_MASK = 0x03ff_ffff;
const TAG_MASK = ~INDEX_MASK;
/** Of the words of this machine. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Blobs of a page. Only the first may have room for fewer, and grows to the double. */
const PAGE_BITS = 14;
const PAGE_COUNT = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_COUNT - 1;

/** Blobs that follow each other. */
class Page {
  readonly types: Uint8Array;
  /** Ids one after the other. */
  readonly ids: Uint8Array;
  /** The same in words, of the machine's byte order. */
  readonly idWords: Int32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;

  constructor(room: number, before?: Page) {
    this.types = new Uint8Array(room);
    this.ids = new Uint8Array(room * ID_LENGTH);
    this.idWords = new Int32Array(this.ids.buffer);
    this.offsets = new Float64Array(room);
    this.lengths = new Uint32Array(room);
    if (before === undefined) return;
    this.types.set(before.types);
    this.ids.set(before.ids);
    this.offsets.set(before.offsets);
    this.lengths.set(before.lengths);
  }
}

const NO_PAGE = new Page(0);

/** Blobs by resource type and id. */
export class BlobIndex {
  #count = 0;
  readonly #pages: Page[];
  /** Blobs that there is room for. */
  #room: number;
  /** The id that is looked for. */
  readonly #id = new Uint8Array(ID_LENGTH);
  readonly #idWords = new Int32Array(this.#id.buffer);
  #slots: Uint32Array;
  /** Of the id that was looked for last, see {@link TAG_MASK}. */
  #tag = 0;
  readonly #seed: number;

  /** `capacity`: blobs that are expected; more make it grow. `seed`: 32 random bits. */
  constructor(capacity: number, seed: number) {
    const expected = Math.min(Math.max(64, capacity), BLOB_COUNT_MAX);
    this.#room = Math.min(expected, PAGE_COUNT);
    this.#pages = [new Page(this.#room)];
    this.#slots = new Uint32Array(slotCount(expected)).fill(EMPTY);
    this.#seed = seed | 0;
  }

  /** Blobs in the index. */
  get count(): number {
    return this.#count;
  }

  /** Index of a blob, or −1. */
  find(type: number, id: Uint8Array): number {
    const stored = this.#slots[this.#slotOf(type, id)] ?? EMPTY;
    return stored === EMPTY ? -1 : stored & INDEX_MASK;
  }

  /** True where blob `index` has this type and id. */
  isAt(index: number, type: number, id: Uint8Array): boolean {
    const { types, ids } = this.#pageOf(index);
    const at = index & PAGE_MASK;
    if (types[at] !== type) return false;
    const start = at * ID_LENGTH;
    for (let byte = 0; byte < ID_LENGTH; byte++) {
      if (ids[start + byte] !== id[byte]) return false;
    }
    return true;
  }

  /** Index of a blob, which is added where it is not there yet: then the index is the {@link count} of before. */
  findOrAdd(type: number, id: Uint8Array): number {
    const added = this.add(type, id, 0, 0);
    return added < 0 ? this.find(type, id) : added;
  }

  /**
   * Adds a blob.
   * @returns its index, or −1 where a blob of this type and id is there already (which stays)
   * @throws FormatError FORMAT_LIMIT
   */
  add(type: number, id: Uint8Array, offset: number, length: number): number {
    return this.#addAt(this.#slotOf(type, id), type, offset, length);
  }

  /** As {@link add}, of a blob whose id stands at `at` of `view`. */
  addFrom(view: DataView, at: number, type: number, offset: number, length: number): number {
    for (let word = 0; word < ID_WORDS; word++) {
      this.#idWords[word] = view.getInt32(at + 4 * word, IS_LITTLE_ENDIAN);
    }
    return this.#addAt(this.#slotOfWords(type, this.#idWords, 0), type, offset, length);
  }

  /** Adds the blob whose id was looked for, at its slot. */
  #addAt(slot: number, type: number, offset: number, length: number): number {
    if (this.#slots[slot] !== EMPTY) return -1;
    if (this.#count === this.#room) this.#grow();
    const index = this.#count++;
    this.#slots[slot] = this.#tag | index;
    const page = this.#pageOf(index);
    const at = index & PAGE_MASK;
    page.types[at] = type;
    page.offsets[at] = offset;
    page.lengths[at] = length;
    const first = at * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) page.idWords[first + word] = this.#idWords[word] ?? 0;
    if (4 * this.#count > 3 * this.#slots.length) this.#rehash();
    return index;
  }

  /** Says where a blob that was added before its bytes were encoded stands. */
  place(index: number, offset: number, length: number): void {
    const page = this.#pageOf(index);
    page.offsets[index & PAGE_MASK] = offset;
    page.lengths[index & PAGE_MASK] = length;
  }

  #pageOf(index: number): Page {
    return this.#pages[index >>> PAGE_BITS] ?? NO_PAGE;
  }

  /** Resource type of blob `index`. */
  type(index: number): number {
    return this.#pageOf(index).types[index & PAGE_MASK] ?? 0;
  }
  /** Id of blob `index`: 32 bytes, a view. */
  id(index: number): Uint8Array {
    const at = (index & PAGE_MASK) * ID_LENGTH;
    return this.#pageOf(index).ids.subarray(at, at + ID_LENGTH);
  }
  /** Copies the id of blob `index` to `target[at…]`. */
  copyId(index: number, target: Uint8Array, at: number): void {
    const { ids } = this.#pageOf(index);
    const start = (index & PAGE_MASK) * ID_LENGTH;
    for (let byte = 0; byte < ID_LENGTH; byte++) target[at + byte] = ids[start + byte] ?? 0;
  }
  /** Offset of blob `index` in the packfile's data, bytes. */
  offset(index: number): number {
    return this.#pageOf(index).offsets[index & PAGE_MASK] ?? 0;
  }
  /** Length of blob `index` as stored, bytes. */
  length(index: number): number {
    return this.#pageOf(index).lengths[index & PAGE_MASK] ?? 0;
  }

  #slotOf(type: number, id: Uint8Array): number {
    this.#id.set(id);
    return this.#slotOfWords(type, this.#idWords, 0);
  }

  /** Slot of the blob of this type whose id stands at `at` of `words`. */
  #slotOfWords(type: number, words: Int32Array, at: number): number {
    const mask = this.#slots.length - 1;
    let hash = this.#seed ^ type;
    for (let word = 0; word < ID_WORDS; word++) {
      hash = Math.imul(hash ^ (words[at + word] ?? 0), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    this.#tag = hash & TAG_MASK;
    let slot = hash & mask;
    for (;;) {
      const stored = this.#slots[slot] ?? EMPTY;
      if (stored === EMPTY) return slot;
      const index = stored & INDEX_MASK;
      const isLike = ((stored ^ hash) & TAG_MASK) === 0;
      if (isLike && this.#isBlob(index, type, words, at)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isBlob(index: number, type: number, words: Int32Array, at: number): boolean {
    const page = this.#pageOf(index);
    if (page.types[index & PAGE_MASK] !== type) return false;
    const first = (index & PAGE_MASK) * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) {
      if (page.idWords[first + word] !== words[at + word]) return false;
    }
    return true;
  }

  #grow(): void {
    if (this.#room >= BLOB_COUNT_MAX) {
      throw new FormatError('FORMAT_LIMIT', `more than ${BLOB_COUNT_MAX} blobs`, { section: 'Limits' });
    }
    if (this.#room < PAGE_COUNT) {
      this.#room = Math.min(2 * this.#room, PAGE_COUNT);
      this.#pages[0] = new Page(this.#room, this.#pages[0]);
    } else {
      this.#room = Math.min(this.#room + PAGE_COUNT, BLOB_COUNT_MAX);
      this.#pages.push(new Page(PAGE_COUNT));
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length).fill(EMPTY);
    for (let index = 0; index < this.#count; index++) {
      const page = this.#pageOf(index);
      const slot = this.#slotOfWords(this.type(index), page.idWords, (index & PAGE_MASK) * ID_WORDS);
      this.#slots[slot] = this.#tag | index;
    }
  }
}

/** A power of two at least 4/3 of `room`. */
function slotCount(room: number): number {
  return 2 ** Math.ceil(Math.log2((room * 4) / 3 + 1));
}
