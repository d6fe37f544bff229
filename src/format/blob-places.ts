/** Blobs by where they stand. */
import type { BlobIndex } from './blob-index.ts';

/** Where a blob stands that is not named: its type, and offset and length of its stored bytes. */
export interface BlobPlace {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
}

/** The indexes of all blobs in the order of the file, of those at one offset the shortest first. */
export function fileOrder(blobs: BlobIndex): Uint32Array {
  const order = Uint32Array.from({ length: blobs.count }, (_, index) => index);
  const byLength = sortedBy(order, (index) => blobs.length(index));
  return sortedBy(byLength, (index) => blobs.offset(index));
}

/** Values of a digit of the keys that are sorted by. */
const RADIX = 4096;

/** `indexes` by their keys, natural numbers below 2^53, those of equal keys as they were: a radix sort, least significant digit first. */
function sortedBy(indexes: Uint32Array, keyOf: (index: number) => number): Uint32Array {
  const keys = Float64Array.from({ length: indexes.length }, (_, index) => keyOf(index));
  const greatest = keys.reduce((greatest, key) => Math.max(greatest, key), 0);
  let sorted = indexes;
  for (let weight = 1; weight <= greatest; weight *= RADIX) {
    const digit = (index: number): number => Math.floor((keys[index] ?? 0) / weight) % RADIX;
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
