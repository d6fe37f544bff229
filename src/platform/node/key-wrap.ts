/**
 * AES-256 key wrap (RFC 3394 §2.2, default initial value of §2.2.3.1) of many 256-bit keys under one, step by step for all of them: each step
 * is one call of the AES of node:crypto, which is in hardware, over a block of every key. A few keys are faster one by one on the
 * kernels.
 *
 * A block is the integrity value, then the half block that the step is about.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { aes256GcmSiv } from '../../kernels/index.ts';

const KEY_LENGTH = 32;
/** Bytes of a wrapped key. */
const WRAPPED_LENGTH = KEY_LENGTH + 8;
const BLOCK_LENGTH = 16;
const HALF_LENGTH = 8;
const HALVES = 4;
const STEPS = 6 * HALVES;
const INITIAL_BYTE = 0xa6;
/** Keys from which on the many calls of a step are paid for. */
const COUNT_LEAST = 8;

/** Wraps `keys`, 32 bytes each, under the 32-byte `wrappingKey`: 40 bytes each. */
export function wrapKeys(wrappingKey: Uint8Array, keys: Uint8Array): Uint8Array {
  const count = keys.length / KEY_LENGTH;
  const wrapped = new Uint8Array(count * WRAPPED_LENGTH);
  if (count < COUNT_LEAST) {
    for (let index = 0; index < count; index++) {
      const key = keys.subarray(index * KEY_LENGTH, (index + 1) * KEY_LENGTH);
      wrapped.set(aes256GcmSiv.wrapKey(wrappingKey, key), index * WRAPPED_LENGTH);
    }
    return wrapped;
  }
  for (let index = 0; index < count; index++) {
    const at = index * WRAPPED_LENGTH;
    wrapped.fill(INITIAL_BYTE, at, at + HALF_LENGTH);
    wrapped.set(keys.subarray(index * KEY_LENGTH, (index + 1) * KEY_LENGTH), at + HALF_LENGTH);
  }
  const cipher = createCipheriv('aes-256-ecb', wrappingKey, null).setAutoPadding(false);
  const lanes = new Lanes(wrapped, count);
  for (let step = 1; step <= STEPS; step++) {
    const half = 1 + ((step - 1) % HALVES);
    lanes.gather(half, 0);
    lanes.scatter(cipher.update(lanes.blocks), half, step);
  }
  lanes.wipe();
  return wrapped;
}

/** Unwraps `wrapped`, 40 bytes each: 32 bytes each, which mean something where `intact` is 1. */
export function unwrapKeys(
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
): { readonly keys: Uint8Array; readonly intact: Uint8Array } {
  const count = wrapped.length / WRAPPED_LENGTH;
  const keys = new Uint8Array(count * KEY_LENGTH);
  const intact = new Uint8Array(count);
  if (count < COUNT_LEAST) {
    for (let index = 0; index < count; index++) {
      const one = wrapped.subarray(index * WRAPPED_LENGTH, (index + 1) * WRAPPED_LENGTH);
      const key = aes256GcmSiv.unwrapKey(wrappingKey, one);
      if (key === undefined) continue;
      intact[index] = 1;
      keys.set(key, index * KEY_LENGTH);
      key.fill(0);
    }
    return { keys, intact };
  }
  const state = wrapped.slice();
  const decipher = createDecipheriv('aes-256-ecb', wrappingKey, null).setAutoPadding(false);
  const lanes = new Lanes(state, count);
  for (let step = STEPS; step > 0; step--) {
    const half = 1 + ((step - 1) % HALVES);
    lanes.gather(half, step);
    lanes.scatter(decipher.update(lanes.blocks), half, 0);
  }
  lanes.wipe();
  for (let index = 0; index < count; index++) {
    const at = index * WRAPPED_LENGTH;
    let difference = 0;
    for (let byte = 0; byte < HALF_LENGTH; byte++) difference |= (state[at + byte] ?? 0) ^ INITIAL_BYTE;
    intact[index] = difference === 0 ? 1 : 0;
    keys.set(state.subarray(at + HALF_LENGTH, at + WRAPPED_LENGTH), index * KEY_LENGTH);
  }
  state.fill(0);
  return { keys, intact };
}

/** The blocks of one step, between which and the 40 bytes of every key halves are moved. */
class Lanes {
  readonly blocks: Uint8Array;
  readonly #blockWords: Int32Array;
  readonly #words: Int32Array;
  readonly #count: number;

  /** `state`: 40 bytes for each of `count` keys, at the begin of its buffer. */
  constructor(state: Uint8Array, count: number) {
    this.blocks = new Uint8Array(count * BLOCK_LENGTH);
    this.#blockWords = new Int32Array(this.blocks.buffer);
    this.#words = new Int32Array(state.buffer, 0, (count * WRAPPED_LENGTH) / 4);
    this.#count = count;
  }

  /** Makes the blocks of the integrity values, `step` added, and the halves number `half` (from 1). */
  gather(half: number, step: number): void {
    const [words, blocks] = [this.#words, this.#blockWords];
    for (let index = 0, from = 0, to = 0; index < this.#count; index++, from += 10, to += 4) {
      blocks[to] = words[from] ?? 0;
      blocks[to + 1] = words[from + 1] ?? 0;
      blocks[to + 2] = words[from + 2 * half] ?? 0;
      blocks[to + 3] = words[from + 2 * half + 1] ?? 0;
      // Steps are numbers of 64 bits, the last byte being the lowest; there are 24 of them.
      const last = to * 4 + HALF_LENGTH - 1;
      this.blocks[last] = (this.blocks[last] ?? 0) ^ step;
    }
  }

  /** Takes `blocks` apart again: integrity values, to which `step` is added, and halves. Wipes `blocks`. */
  scatter(blocks: Uint8Array, half: number, step: number): void {
    this.blocks.set(blocks);
    blocks.fill(0);
    const words = this.#words;
    for (let index = 0, from = 0, to = 0; index < this.#count; index++, from += 4, to += 10) {
      const last = from * 4 + HALF_LENGTH - 1;
      this.blocks[last] = (this.blocks[last] ?? 0) ^ step;
      words[to] = this.#blockWords[from] ?? 0;
      words[to + 1] = this.#blockWords[from + 1] ?? 0;
      words[to + 2 * half] = this.#blockWords[from + 2] ?? 0;
      words[to + 2 * half + 1] = this.#blockWords[from + 3] ?? 0;
    }
  }

  wipe(): void {
    this.blocks.fill(0);
  }
}
