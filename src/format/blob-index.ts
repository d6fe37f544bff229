/**
 * Where every blob of an archive stands: a hash table over flat typed arrays, 54 bytes a blob, in order of insertion.
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
/** Blobs up to which the tables grow to the double; then by a quarter, for what is not used yet is memory too. */
const DOUBLED_COUNT_MAX = 64 * 1024;

/** Blobs by resource type and id. */
export class BlobIndex {
  #count = 0;
  #types: Uint8Array;
  /** Ids one after the other; behind the last is room for one that is looked for. */
  #ids: Uint8Array;
  /** The same in words, of the machine's byte order. */
  #idWords: Int32Array;
  #offsets: Float64Array;
  #lengths: Uint32Array;
  #slots: Uint32Array;
  /** Of the id that was looked for last, see {@link TAG_MASK}. */
  #tag = 0;
  readonly #seed: number;

  /** `capacity`: blobs that are expected; more make it grow. `seed`: 32 random bits. */
  constructor(capacity: number, seed: number) {
    const room = Math.min(Math.max(64, capacity), BLOB_COUNT_MAX);
    this.#types = new Uint8Array(room);
    this.#ids = new Uint8Array((room + 1) * ID_LENGTH);
    this.#idWords = new Int32Array(this.#ids.buffer);
    this.#offsets = new Float64Array(room);
    this.#lengths = new Uint32Array(room);
    this.#slots = new Uint32Array(slotCount(room)).fill(EMPTY);
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
    if (this.#count === this.#types.length) this.#grow();
    return this.#addAt(this.#slotOf(type, id), type, offset, length);
  }

  /** As {@link add}, of a blob whose id stands at `at` of `view`. */
  addFrom(view: DataView, at: number, type: number, offset: number, length: number): number {
    if (this.#count === this.#types.length) this.#grow();
    const words = this.#idWords;
    const start = this.#count * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) {
      words[start + word] = view.getInt32(at + 4 * word, IS_LITTLE_ENDIAN);
    }
    return this.#addAt(this.#slotOfWords(type, start), type, offset, length);
  }

  /** Adds the blob whose id stands behind the last one, at its slot. */
  #addAt(slot: number, type: number, offset: number, length: number): number {
    if (this.#slots[slot] !== EMPTY) return -1;
    const index = this.#count++;
    this.#slots[slot] = this.#tag | index;
    this.#types[index] = type;
    this.#offsets[index] = offset;
    this.#lengths[index] = length;
    return index;
  }

  /** Says where a blob that was added before its bytes were encoded stands. */
  place(index: number, offset: number, length: number): void {
    this.#offsets[index] = offset;
    this.#lengths[index] = length;
  }

  /** Resource type of blob `index`. */
  type(index: number): number {
    return this.#types[index] ?? 0;
  }
  /** Id of blob `index`: 32 bytes, a view. */
  id(index: number): Uint8Array {
    return this.#ids.subarray(index * ID_LENGTH, (index + 1) * ID_LENGTH);
  }
  /** Copies the id of blob `index` to `target[at…]`. */
  copyId(index: number, target: Uint8Array, at: number): void {
    const start = index * ID_LENGTH;
    for (let byte = 0; byte < ID_LENGTH; byte++) target[at + byte] = this.#ids[start + byte] ?? 0;
  }
  /** Offset of blob `index` in the packfile's data, bytes. */
  offset(index: number): number {
    return this.#offsets[index] ?? 0;
  }
  /** Length of blob `index` as stored, bytes. */
  length(index: number): number {
    return this.#lengths[index] ?? 0;
  }

  #slotOf(type: number, id: Uint8Array): number {
    this.#ids.set(id, this.#count * ID_LENGTH);
    return this.#slotOfWords(type, this.#count * ID_WORDS);
  }

  /** Slot of the blob of this type whose id stands at `at` of the words. */
  #slotOfWords(type: number, at: number): number {
    const words = this.#idWords;
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
      if (isLike && this.#types[index] === type && this.#sameId(index * ID_WORDS, at)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #sameId(one: number, other: number): boolean {
    const words = this.#idWords;
    for (let word = 0; word < ID_WORDS; word++) {
      if (words[one + word] !== words[other + word]) return false;
    }
    return true;
  }

  #grow(): void {
    const { length } = this.#types;
    if (length >= BLOB_COUNT_MAX) {
      throw new FormatError('FORMAT_LIMIT', `more than ${BLOB_COUNT_MAX} blobs`, { section: 'Limits' });
    }
    const wanted = length < DOUBLED_COUNT_MAX ? 2 * length : Math.ceil((5 * length) / 4);
    const room = Math.min(wanted, BLOB_COUNT_MAX);
    this.#types = grown(this.#types, new Uint8Array(room));
    this.#ids = grown(this.#ids, new Uint8Array((room + 1) * ID_LENGTH));
    this.#idWords = new Int32Array(this.#ids.buffer);
    this.#offsets = grown(this.#offsets, new Float64Array(room));
    this.#lengths = grown(this.#lengths, new Uint32Array(room));
    const slots = slotCount(room);
    if (slots === this.#slots.length) return;
    this.#slots = new Uint32Array(slots).fill(EMPTY);
    for (let index = 0; index < this.#count; index++) {
      const slot = this.#slotOfWords(this.type(index), index * ID_WORDS);
      this.#slots[slot] = this.#tag | index;
    }
  }
}

function grown<T extends Uint8Array | Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** A power of two at least 4/3 of `room`. */
function slotCount(room: number): number {
  return 2 ** Math.ceil(Math.log2((room * 4) / 3 + 1));
}
