/**
 * Where every blob of an archive stands: a hash table over flat typed arrays, 54 bytes a blob, in order of insertion.
 *
 * The reader fills it from the state; the writer fills it while it writes, deduplicates by it, and makes packfile index and
 * state from it. The hash is seeded, so that ids chosen by an attacker do not fall into one bucket.
 */
import { viewOf } from './bytes.ts';

const ID_LENGTH = 32;
const EMPTY = 0xffff_ffff;

/** Blobs by resource type and id. */
export class BlobIndex {
  #count = 0;
  #types: Uint8Array;
  #ids: Uint8Array;
  #idsView: DataView;
  #offsets: Float64Array;
  #lengths: Uint32Array;
  #slots: Uint32Array;
  readonly #seed: number;

  /** `capacity`: blobs that are expected; more make it grow. `seed`: 32 random bits. */
  constructor(capacity: number, seed: number) {
    const room = Math.max(64, capacity);
    this.#types = new Uint8Array(room);
    this.#ids = new Uint8Array(room * ID_LENGTH);
    this.#idsView = viewOf(this.#ids);
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
    const index = this.#slots[this.#slotOf(type, id)] ?? EMPTY;
    return index === EMPTY ? -1 : index;
  }

  /** Adds a blob. @returns its index, or −1 where a blob of this type and id is there already (which stays). */
  add(type: number, id: Uint8Array, offset: number, length: number): number {
    if (this.#count === this.#types.length) this.#grow();
    const slot = this.#slotOf(type, id);
    if (this.#slots[slot] !== EMPTY) return -1;
    const index = this.#count++;
    this.#slots[slot] = index;
    this.#types[index] = type;
    this.#ids.set(id, index * ID_LENGTH);
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
  /** Offset of blob `index` in the packfile's data, bytes. */
  offset(index: number): number {
    return this.#offsets[index] ?? 0;
  }
  /** Length of blob `index` as stored, bytes. */
  length(index: number): number {
    return this.#lengths[index] ?? 0;
  }

  #slotOf(type: number, id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    const view = viewOf(id);
    let hash = this.#seed ^ type;
    for (let word = 0; word < ID_LENGTH; word += 4) {
      hash = Math.imul(hash ^ view.getInt32(word, true), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot] ?? EMPTY;
      if (index === EMPTY || (this.#types[index] === type && this.#sameId(index, view))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #sameId(index: number, view: DataView): boolean {
    const base = index * ID_LENGTH;
    for (let word = 0; word < ID_LENGTH; word += 4) {
      if (this.#idsView.getInt32(base + word) !== view.getInt32(word)) return false;
    }
    return true;
  }

  #grow(): void {
    const room = this.#types.length * 2;
    this.#types = grown(this.#types, new Uint8Array(room));
    this.#ids = grown(this.#ids, new Uint8Array(room * ID_LENGTH));
    this.#idsView = viewOf(this.#ids);
    this.#offsets = grown(this.#offsets, new Float64Array(room));
    this.#lengths = grown(this.#lengths, new Uint32Array(room));
    this.#slots = new Uint32Array(slotCount(room)).fill(EMPTY);
    for (let index = 0; index < this.#count; index++) {
      this.#slots[this.#slotOf(this.type(index), this.id(index))] = index;
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
