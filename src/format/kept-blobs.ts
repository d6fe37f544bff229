/** Plaintexts that are kept until they are read again, in pages: 64 MiB at most, and 8 bytes for every blob. */

const PAGE_LENGTH = 1024 * 1024;
const PAGE_COUNT_MAX = 64;
const NOT_KEPT = 0xffff_ffff;

/** The kept blobs of one archive, by their indexes. */
export class KeptBlobs {
  readonly #pages: Uint8Array[] = [];
  /** Bytes that are taken of the last page. */
  #taken = PAGE_LENGTH;
  /** Where each begins, page after page. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;

  /** `count`: blobs that there are. */
  constructor(count: number) {
    this.#starts = new Uint32Array(count).fill(NOT_KEPT);
    this.#lengths = new Uint32Array(count);
  }

  /** False where no more can be kept. */
  get hasRoom(): boolean {
    return this.#pages.length < PAGE_COUNT_MAX;
  }

  /** Keeps a copy of the plaintext of blob `index`, if there is room for it. */
  keep(index: number, plaintext: Uint8Array): void {
    if (this.#taken + plaintext.length > PAGE_LENGTH) {
      if (!this.hasRoom || plaintext.length > PAGE_LENGTH) return;
      this.#pages.push(new Uint8Array(PAGE_LENGTH));
      this.#taken = 0;
    }
    this.#pages[this.#pages.length - 1]?.set(plaintext, this.#taken);
    this.#starts[index] = (this.#pages.length - 1) * PAGE_LENGTH + this.#taken;
    this.#lengths[index] = plaintext.length;
    this.#taken += plaintext.length;
  }

  /** A view of the plaintext of blob `index`; undefined where it is not kept. */
  view(index: number): Uint8Array | undefined {
    const start = this.#starts[index] ?? NOT_KEPT;
    if (start === NOT_KEPT) return undefined;
    const at = start % PAGE_LENGTH;
    return this.#pages[(start - at) / PAGE_LENGTH]?.subarray(at, at + (this.#lengths[index] ?? 0));
  }
}
