/**
 * Where every blob of an archive stands: a hash table over flat typed arrays, some 45 bytes a blob, in order of insertion; of a writer that
 * has scratch, 14 bytes, and 4 MiB of ids. The arrays are in pages, so that nothing is copied, and no memory left behind, where they grow.
 *
 * The writer fills it while it writes, deduplicates by it, and makes packfile index and state from it. The reader appends what the state
 * lists, and only what is then looked for gets a table: one file of a million takes ten look-ups, a list of them all hardly more. The hash is
 * seeded, so that ids chosen by an attacker do not fall into one bucket.
 */
import { FormatError } from '../errors.ts';
import { BlobIds, ID_LENGTH, ID_WORDS, PAGE_BITS, PAGE_COUNT, PAGE_MASK } from './blob-ids.ts';
import { BLOB_COUNT_MAX } from './limits.ts';
import type { Scratch } from './ports.ts';

const EMPTY = 0xffff_ffff;
/** A slot holds the index of a blob, and above it the top bits of its hash: most other ids are told apart without looking at them. */
const INDEX_MASK = 0x03ff_ffff;
const TAG_MASK = ~INDEX_MASK;
/** Blobs of any type that are looked at, for each blob of the type that is looked for, before a table is worth making: entering one costs as much as looking at 25. */
const SCANNED_PER_BLOB_MAX = 16;
const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;

/** Blobs that follow each other, but for their ids. */
class Page {
  readonly types: Uint8Array;
  /** Wide only where there are some from 4 GiB on. */
  offsets: Uint32Array | Float64Array;
  /** Wide only where there are some from 64 KiB on. */
  lengths: Uint16Array | Uint32Array;

  constructor(room: number, before?: Page) {
    this.types = new Uint8Array(room);
    this.offsets = before?.offsets instanceof Float64Array ? new Float64Array(room) : new Uint32Array(room);
    this.lengths = before?.lengths instanceof Uint32Array ? new Uint32Array(room) : new Uint16Array(room);
    if (before === undefined) return;
    this.types.set(before.types);
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
  readonly #ids: BlobIds;
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

  /**
   * `capacity`: blobs that are expected; more make it grow. `seed`: 32 random bits. `openScratch`: opens room for ids outside of memory, whose
   * ConnectorError every method may throw then; nothing may be appended to such an index.
   */
  constructor(capacity: number, seed: number, openScratch?: () => Scratch | undefined) {
    const expected = Math.min(Math.max(64, capacity), BLOB_COUNT_MAX);
    this.#room = Math.min(expected, PAGE_COUNT);
    this.#pages = [new Page(this.#room)];
    this.#ids = new BlobIds(this.#room, openScratch);
    this.#slotsExpected = slotCount(expected);
    this.#seed = seed | 0;
  }

  /** Blobs in the index. */
  get count(): number {
    return this.#count;
  }

  /** Index of a blob, of several alike the first, or −1. */
  find(type: number, id: Uint8Array): number {
    const slots = this.#appended === undefined ? this.#slots : this.#slotsOfType(type);
    this.#id.set(id);
    if (slots === undefined) return this.#scan(type);
    if (slots.length === 0) return -1;
    const stored = slots[this.#slotOf(slots, type)] ?? EMPTY;
    return stored === EMPTY ? -1 : stored & INDEX_MASK;
  }

  /** True where blob `index` has this type and id. */
  isAt(index: number, type: number, id: Uint8Array): boolean {
    this.#id.set(id);
    return this.#isBlob(index, type);
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
    const slot = this.#slotOf(this.#slots, type);
    if (this.#slots[slot] !== EMPTY) return -1;
    if (this.#count === this.#room) this.#grow();
    const index = this.#count++;
    this.#slots[slot] = this.#tag | index;
    const page = this.#pageOf(index);
    const at = index & PAGE_MASK;
    page.types[at] = type;
    page.place(at, offset, length);
    this.#ids.set(index, this.#idWords);
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
    this.#ids.setFrom(index, view, at);
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
  /** A copy of the id of blob `index`: 32 bytes. */
  id(index: number): Uint8Array {
    this.#take(index);
    return this.#id.slice();
  }
  /** Copies the id of blob `index` to `target[at…]`. */
  copyId(index: number, target: Uint8Array, at: number): void {
    this.#take(index);
    for (let byte = 0; byte < ID_LENGTH; byte++) target[at + byte] = this.#id[byte] ?? 0;
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
    let index = this.#ids.indexOf(words, 0);
    while (index >= 0 && index < this.#count) {
      if (this.type(index) === type) return index;
      index = this.#ids.indexOf(words, index + 1);
    }
    return -1;
  }

  /** Looks for the id of blob `index` next. */
  #take(index: number): void {
    const ids = this.#ids;
    ids.locate(index);
    for (let word = 0; word < ID_WORDS; word++) this.#idWords[word] = ids.words[ids.at + word] ?? 0;
  }

  /** Enters blob `index` unless one like it is there. @returns whether it was entered */
  #enter(slots: Uint32Array, index: number): boolean {
    this.#take(index);
    const slot = this.#slotOf(slots, this.type(index));
    if (slots[slot] !== EMPTY) return false;
    slots[slot] = this.#tag | index;
    return true;
  }

  /** Slot of the blob of this type with the id that is looked for, or the one to enter it in. */
  #slotOf(slots: Uint32Array, type: number): number {
    const mask = slots.length - 1;
    let hash = this.#seed ^ type;
    for (let word = 0; word < ID_WORDS; word++) {
      hash = Math.imul(hash ^ (this.#idWords[word] ?? 0), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    this.#tag = hash & TAG_MASK;
    let slot = hash & mask;
    for (;;) {
      const stored = slots[slot] ?? EMPTY;
      if (stored === EMPTY) return slot;
      const isLike = ((stored ^ hash) & TAG_MASK) === 0;
      if (isLike && this.#isBlob(stored & INDEX_MASK, type)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** True where blob `index` has this type and the id that is looked for. */
  #isBlob(index: number, type: number): boolean {
    return this.type(index) === type && this.#ids.is(index, this.#idWords);
  }

  #grow(): void {
    if (this.#room >= BLOB_COUNT_MAX) {
      throw new FormatError('FORMAT_LIMIT', `more than ${BLOB_COUNT_MAX} blobs`, { section: 'Limits' });
    }
    if (this.#room < PAGE_COUNT) {
      this.#room = Math.min(2 * this.#room, PAGE_COUNT);
      this.#pages[0] = new Page(this.#room, this.#pages[0]);
      this.#ids.widen(this.#room);
    } else {
      this.#ids.addPage();
      this.#pages.push(new Page(PAGE_COUNT));
      this.#room = Math.min(this.#room + PAGE_COUNT, BLOB_COUNT_MAX);
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
