/**
 * Where every blob of an archive stands: a hash table over flat typed arrays, some 45 bytes a blob, in order of insertion. The arrays
 * are in pages, so that nothing is copied, and no memory left behind, where they grow.
 *
 * The writer fills it while it writes, deduplicates by it, and makes packfile index and state from it. The reader appends what the state
 * lists, and only what is then looked for gets a table: one file of a million takes ten look-ups, a list of them all hardly more. The hash is
 * seeded, so that ids chosen by an attacker do not fall into one bucket.
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
/** Blobs of other types that are looked at, for each blob of the type that is looked for, before a table of the type is worth making. */
const SCANNED_PER_BLOB_MAX = 4;
/** Blobs of a page. Only the first may have room for fewer, and grows to the double. */
const PAGE_BITS = 14;
const PAGE_COUNT = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_COUNT - 1;
const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;

/** Blobs that follow each other. */
class Page {
  readonly types: Uint8Array;
  /** Ids one after the other. */
  readonly ids: Uint8Array;
  /** The same in words, of the machine's byte order. */
  readonly idWords: Int32Array;
  /** Wide only where there are some from 4 GiB on. */
  offsets: Uint32Array | Float64Array;
  /** Wide only where there are some from 64 KiB on. */
  lengths: Uint16Array | Uint32Array;

  constructor(room: number, before?: Page) {
    this.types = new Uint8Array(room);
    this.ids = new Uint8Array(room * ID_LENGTH);
    this.idWords = new Int32Array(this.ids.buffer);
    this.offsets = before?.offsets instanceof Float64Array ? new Float64Array(room) : new Uint32Array(room);
    this.lengths = before?.lengths instanceof Uint32Array ? new Uint32Array(room) : new Uint16Array(room);
    if (before === undefined) return;
    this.types.set(before.types);
    this.ids.set(before.ids);
    this.offsets.set(before.offsets);
    this.lengths.set(before.lengths);
  }

  place(at: number, offset: number, length: number): void {
    if (offset > UINT32_MAX && this.offsets instanceof Uint32Array) {
      this.offsets = new Float64Array(this.offsets);
    }
    if (length > UINT16_MAX && this.lengths instanceof Uint16Array) {
      this.lengths = new Uint32Array(this.lengths);
    }
    this.offsets[at] = offset;
    this.lengths[at] = length;
  }
}

const NO_PAGE = new Page(0);
const NO_SLOTS = new Uint32Array(0);

/** The blobs of one type among those that were appended. */
class AppendedType {
  count = 0;
  /** Blobs of any type that were looked at. */
  scanned = 0;
  slots: Uint32Array | undefined;
}

/** Blobs by resource type and id. */
export class BlobIndex {
  #count = 0;
  readonly #pages: Page[];
  /** Blobs that there is room for. */
  #room: number;
  /** The id that is looked for. */
  readonly #id = new Uint8Array(ID_LENGTH);
  readonly #idWords = new Int32Array(this.#id.buffer);
  readonly #slotsExpected: number;
  /** Of all blobs, unless some were appended. */
  #slots = NO_SLOTS;
  #hasRepeats = false;
  /** By type, where blobs were appended. */
  #appended: AppendedType[] | undefined;
  /** Of the id that was looked for last, see {@link TAG_MASK}. */
  #tag = 0;
  readonly #seed: number;

  /** `capacity`: blobs that are expected; more make it grow. `seed`: 32 random bits. */
  constructor(capacity: number, seed: number) {
    const expected = Math.min(Math.max(64, capacity), BLOB_COUNT_MAX);
    this.#room = Math.min(expected, PAGE_COUNT);
    this.#pages = [new Page(this.#room)];
    this.#slotsExpected = slotCount(expected);
    this.#seed = seed | 0;
  }

  /** Blobs in the index. */
  get count(): number {
    return this.#count;
  }

  /** Index of a blob, of several alike the first, or −1. */
  find(type: number, id: Uint8Array): number {
    this.#id.set(id);
    const slots = this.#appended === undefined ? this.#slots : this.#slotsOfType(type);
    if (slots === undefined) return this.#scan(type);
    if (slots.length === 0) return -1;
    const stored = slots[this.#slotOfWords(slots, type, this.#idWords, 0)] ?? EMPTY;
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
    if (this.#slots === NO_SLOTS) this.#makeTable(this.#slotsExpected);
    this.#id.set(id);
    const slot = this.#slotOfWords(this.#slots, type, this.#idWords, 0);
    if (this.#slots[slot] !== EMPTY) return -1;
    if (this.#count === this.#room) this.#grow();
    const index = this.#count++;
    this.#slots[slot] = this.#tag | index;
    const page = this.#pageOf(index);
    const at = index & PAGE_MASK;
    page.types[at] = type;
    page.place(at, offset, length);
    const first = at * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) page.idWords[first + word] = this.#idWords[word] ?? 0;
    if (4 * this.#count > 3 * this.#slots.length) this.#makeTable(2 * this.#slots.length);
    return index;
  }

  /**
   * Appends a blob whose id stands at `at` of `view`, without looking whether it is there already: see {@link distinct}. Only before anything is
   * looked for.
   * @throws FormatError FORMAT_LIMIT
   */
  append(view: DataView, at: number, type: number, offset: number, length: number): void {
    if (this.#count === this.#room) this.#grow();
    this.#appended ??= [];
    (this.#appended[type] ??= new AppendedType()).count++;
    const index = this.#count++;
    const page = this.#pageOf(index);
    const to = index & PAGE_MASK;
    page.types[to] = type;
    page.place(to, offset, length);
    const { idWords } = page;
    const first = to * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) {
      idWords[first + word] = view.getInt32(at + 4 * word, IS_LITTLE_ENDIAN);
    }
  }

  /** This index where every blob was appended once; otherwise another one, which has of each the first. */
  distinct(): BlobIndex {
    if (this.#appended !== undefined) this.#makeTable(slotCount(this.#count));
    if (!this.#hasRepeats) return this;
    const distinct = new BlobIndex(this.#count, this.#seed);
    for (let index = 0; index < this.#count; index++) {
      distinct.add(this.type(index), this.id(index), this.offset(index), this.length(index));
    }
    return distinct;
  }

  /** Says where a blob that was added before its bytes were encoded stands. */
  place(index: number, offset: number, length: number): void {
    this.#pageOf(index).place(index & PAGE_MASK, offset, length);
  }

  #pageOf(index: number): Page {
    return this.#pages[index >>> PAGE_BITS] ?? NO_PAGE;
  }

  /** Blobs of this type. */
  countOf(type: number): number {
    const appended = this.#appended?.[type]?.count;
    if (appended !== undefined) return appended;
    let count = 0;
    for (let index = this.nextOf(type, 0); index >= 0; index = this.nextOf(type, index + 1)) count++;
    return count;
  }

  /** Index of the first blob of this type from `from` on, or −1. */
  nextOf(type: number, from: number): number {
    for (let first = from & ~PAGE_MASK; first < this.#count; first += PAGE_COUNT) {
      const at = this.#pageOf(first).types.indexOf(type, Math.max(0, from - first));
      if (at >= 0) return first + at < this.#count ? first + at : -1;
    }
    return -1;
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

  /** The table of a type of appended blobs; none where there are no such blobs, undefined where looking at all is cheaper than making one. */
  #slotsOfType(type: number): Uint32Array | undefined {
    const blobs = this.#appended?.[type];
    if (blobs === undefined) return NO_SLOTS;
    if (blobs.slots !== undefined) return blobs.slots;
    blobs.scanned += this.#count;
    if (blobs.scanned <= SCANNED_PER_BLOB_MAX * blobs.count) return undefined;
    const slots = new Uint32Array(slotCount(blobs.count)).fill(EMPTY);
    for (let index = this.nextOf(type, 0); index >= 0; index = this.nextOf(type, index + 1)) {
      this.#enter(slots, index);
    }
    blobs.slots = slots;
    return slots;
  }

  /** The first blob of the type with the id that is looked for. */
  #scan(type: number): number {
    const words = this.#idWords;
    const head = words[0] ?? 0;
    for (const [number, { idWords }] of this.#pages.entries()) {
      for (let at = idWords.indexOf(head); at >= 0; at = idWords.indexOf(head, at + 1)) {
        const index = number * PAGE_COUNT + Math.floor(at / ID_WORDS);
        if (at % ID_WORDS === 0 && index < this.#count && this.#isBlob(index, type, words, 0)) return index;
      }
    }
    return -1;
  }

  /** Enters blob `index` unless one like it is there. @returns whether it was entered */
  #enter(slots: Uint32Array, index: number): boolean {
    const page = this.#pageOf(index);
    const at = index & PAGE_MASK;
    const slot = this.#slotOfWords(slots, page.types[at] ?? 0, page.idWords, at * ID_WORDS);
    if (slots[slot] !== EMPTY) return false;
    slots[slot] = this.#tag | index;
    return true;
  }

  /** Slot of the blob of this type whose id stands at `at` of `words`. */
  #slotOfWords(slots: Uint32Array, type: number, words: Int32Array, at: number): number {
    const mask = slots.length - 1;
    let hash = this.#seed ^ type;
    for (let word = 0; word < ID_WORDS; word++) {
      hash = Math.imul(hash ^ (words[at + word] ?? 0), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    this.#tag = hash & TAG_MASK;
    let slot = hash & mask;
    for (;;) {
      const stored = slots[slot] ?? EMPTY;
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

  /** Makes the table of all blobs. */
  #makeTable(length: number): void {
    this.#appended = undefined;
    this.#slots = new Uint32Array(length).fill(EMPTY);
    for (let index = 0; index < this.#count; index++) {
      if (!this.#enter(this.#slots, index)) this.#hasRepeats = true;
    }
  }
}

/** A power of two at least 4/3 of `room`. */
function slotCount(room: number): number {
  return 2 ** Math.ceil(Math.log2((room * 4) / 3 + 1));
}
