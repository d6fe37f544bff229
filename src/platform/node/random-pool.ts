/** Random bytes in small portions: one system call for many nonces instead of one for each. */
import { randomFillSync } from 'node:crypto';

const POOL_LENGTH = 8 * 1024;

/** Hands out every byte once and forgets it. */
export class RandomPool {
  readonly #pool = new Uint8Array(POOL_LENGTH);
  #used = POOL_LENGTH;

  /** `length` bytes, at most 8192, from the system's cryptographic generator. */
  take(length: number): Uint8Array {
    if (this.#used + length > POOL_LENGTH) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const end = this.#used + length;
    const taken = this.#pool.slice(this.#used, end);
    this.#pool.fill(0, this.#used, end);
    this.#used = end;
    return taken;
  }
}
