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
  return order.sort((a, b) => blobs.offset(a) - blobs.offset(b) || blobs.length(a) - blobs.length(b));
}

/** Finds blobs by their places, as these were when it was made. Holds four bytes a blob. */
export class BlobPlaces {
  readonly #blobs: BlobIndex;
  readonly #order: Uint32Array;

  constructor(blobs: BlobIndex) {
    this.#blobs = blobs;
    this.#order = fileOrder(blobs);
  }

  /** Index of the blob of this type at this place, or −1. Of several, which may all be without bytes, the first for which `isWanted`. */
  find({ type, offset, length }: BlobPlace, isWanted: (index: number) => boolean = () => true): number {
    const blobs = this.#blobs;
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (blobs.offset(this.#order[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    for (; low < this.#order.length; low++) {
      const index = this.#order[low] ?? 0;
      if (blobs.offset(index) !== offset) break;
      if (blobs.type(index) === type && blobs.length(index) === length && isWanted(index)) return index;
    }
    return -1;
  }
}
