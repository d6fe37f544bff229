/** Blobs by where they stand. */
import type { BlobIndex } from './blob-index.ts';

/** Where a blob stands that is not named: its type, and offset and length of its stored bytes. */
export interface BlobPlace {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
}

/** The indexes of all blobs in the order of the file, of those at one offset the shortest first, of equal ones the first. */
export function fileOrder(blobs: BlobIndex): Uint32Array {
  const counts = new Uint32Array(TYPE_COUNT);
  for (let index = 0; index < blobs.count; index++) {
    const type = blobs.type(index);
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return [...counts.keys()]
    .filter((type) => counts[type] !== 0)
    .map((type) => typeOrder(blobs, type, counts[type]))
    .sort((one, other) => one.length - other.length)
    .reduce((one, other) => merged(blobs, one, other), new Uint32Array(0));
}

/** The same of the blobs of one type. Writers list each type as it stands in the file: then nothing is sorted. */
export function typeOrder(blobs: BlobIndex, type: number, count = blobs.countOf(type)): Uint32Array {
  const order = new Uint32Array(count);
  let isSorted = true;
  let index = -1;
  for (let at = 0; at < count; at++) {
    const last = index;
    index = blobs.nextOf(type, index + 1);
    order[at] = index;
    if (at > 0 && isBehind(blobs, last, index)) isSorted = false;
  }
  if (isSorted) return order;
  const byLength = sortedBy(order, (index) => blobs.length(index));
  return sortedBy(byLength, (index) => blobs.offset(index));
}

/** Two orders as one. */
function merged(blobs: BlobIndex, one: Uint32Array, other: Uint32Array): Uint32Array {
  const merged = new Uint32Array(one.length + other.length);
  let [from, at] = [0, 0];
  for (const index of one) {
    while (from < other.length && isBehind(blobs, index, other[from] ?? 0)) merged[at++] = other[from++] ?? 0;
    merged[at++] = index;
  }
  merged.set(other.subarray(from), at);
  return merged;
}

/** True where blob `one` comes after blob `other`. */
function isBehind(blobs: BlobIndex, one: number, other: number): boolean {
  const apart = blobs.offset(one) - blobs.offset(other) || blobs.length(one) - blobs.length(other);
  return apart > 0 || (apart === 0 && one > other);
}

/** Values that the type of a blob may have. */
const TYPE_COUNT = 256;
/** Values of a digit of the keys that are sorted by. */
const RADIX = 4096;

/** `indexes` by their keys, natural numbers below 2^53, those of equal keys as they were: a radix sort, least significant digit first. */
function sortedBy(indexes: Uint32Array, keyOf: (index: number) => number): Uint32Array {
  const greatest = indexes.reduce((greatest, index) => Math.max(greatest, keyOf(index)), 0);
  let sorted = indexes;
  for (let weight = 1; weight <= greatest; weight *= RADIX) {
    const digit = (index: number): number => Math.floor(keyOf(index) / weight) % RADIX;
    // Where the next index with each digit goes.
    const places = new Uint32Array(RADIX + 1);
    for (const index of sorted) places[digit(index) + 1] = (places[digit(index) + 1] ?? 0) + 1;
    for (let at = 1; at < RADIX; at++) places[at] = (places[at] ?? 0) + (places[at - 1] ?? 0);
    const next = new Uint32Array(sorted.length);
    for (const index of sorted) {
      const place = places[digit(index)] ?? 0;
      next[place] = index;
      places[digit(index)] = place + 1;
    }
    sorted = next;
  }
  return sorted;
}

/** Finds blobs by their places, as these were when it was made. Holds four bytes a blob. */
export class BlobPlaces {
  readonly #blobs: BlobIndex;
  readonly #order: Uint32Array;
  /** Behind the one that was found last: mostly it is the next that is sought. */
  #next = 0;

  constructor(blobs: BlobIndex, order = fileOrder(blobs)) {
    this.#blobs = blobs;
    this.#order = order;
  }

  /** Index of the blob of this type at this place, or −1. Of several, which may all be without bytes, the first for which `isWanted`. */
  find({ type, offset, length }: BlobPlace, isWanted: (index: number) => boolean = () => true): number {
    const blobs = this.#blobs;
    for (let at = this.#firstFrom(offset); at < this.#order.length; at++) {
      const index = this.#order[at] ?? 0;
      if (blobs.offset(index) !== offset) break;
      if (blobs.type(index) !== type || blobs.length(index) !== length || !isWanted(index)) continue;
      this.#next = at + 1;
      return index;
    }
    return -1;
  }

  /** Where in the order the first blob at or behind `offset` is. */
  #firstFrom(offset: number): number {
    if (this.#offsetAt(this.#next) === offset && this.#offsetAt(this.#next - 1) !== offset) return this.#next;
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsetAt(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offsetAt(place: number): number {
    return place < 0 || place >= this.#order.length ? -1 : this.#blobs.offset(this.#order[place] ?? 0);
  }
}
