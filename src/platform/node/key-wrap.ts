/**
 * AES-256 key wrap (RFC 3394 §2.2, default initial value of §2.2.3.1) of many 256-bit keys under one, step by step for all of them: each step
 * is one call of the AES of node:crypto, which is in hardware, over a block of every key. A few keys are faster one by one on the
 * kernels.
 *
 * A block is the integrity value, then the half block that the step is about.
 */
import { aes256GcmSiv } from '../../kernels/index.ts';
import { blockDecryption, blockEncryption } from './block-cipher.ts';

const KEY_LENGTH = 32;
/** Bytes of a wrapped key. */
const WRAPPED_LENGTH = KEY_LENGTH + 8;
const BLOCK_LENGTH = 16;
const HALF_LENGTH = 8;
const HALVES = 4;
const STEPS = 6 * HALVES;
/** 32-bit words of a wrapped key. */
const WRAPPED_WORDS = WRAPPED_LENGTH / 4;
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
  const encrypt = blockEncryption(wrappingKey);
  const lanes = new Lanes(wrapped, count);
  lanes.begin(1, 0);
  for (let step = 1; step <= STEPS; step++) {
    encrypt(lanes.blocks);
    lanes.advance(halfOf(step), halfOf(step + 1), step);
  }
  lanes.end();
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
  const decrypt = blockDecryption(wrappingKey);
  const lanes = new Lanes(state, count);
  lanes.begin(HALVES, STEPS);
  for (let step = STEPS; step > 0; step--) {
    decrypt(lanes.blocks);
    lanes.advance(halfOf(step), halfOf(step + STEPS - 1), step - 1);
  }
  lanes.end();
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

/** Number of the half block (from 1) that a step is about. */
function halfOf(step: number): number {
  return 1 + ((step - 1) % HALVES);
}

/** The blocks of one step, between which and the 40 bytes of every key halves are moved. */
class Lanes {
  readonly blocks: Uint8Array;
  readonly #blockWords: Int32Array;
  readonly #words: Int32Array;

  /** `state`: 40 bytes for each of `count` keys, at the begin of its buffer. */
  constructor(state: Uint8Array, count: number) {
    this.blocks = new Uint8Array(count * BLOCK_LENGTH);
    this.#blockWords = new Int32Array(this.blocks.buffer);
    this.#words = new Int32Array(state.buffer, 0, count * WRAPPED_WORDS);
  }

  /** Makes the blocks of the first step: the integrity values, `step` added, and half number `half`. */
  begin(half: number, step: number): void {
    const [words, blocks] = [this.#words, this.#blockWords];
    for (let from = 0, to = 0; to < blocks.length; from += WRAPPED_WORDS, to += 4) {
      blocks[to] = words[from] ?? 0;
      blocks[to + 1] = words[from + 1] ?? 0;
      blocks[to + 2] = words[from + 2 * half] ?? 0;
      blocks[to + 3] = words[from + 2 * half + 1] ?? 0;
    }
    this.#add(step);
  }

  /**
   * Takes what a step made of the blocks: half number `taken` goes back to its key, half number `next` comes instead, and `step` is added to
   * the integrity values.
   */
  advance(taken: number, next: number, step: number): void {
    const [words, blocks] = [this.#words, this.#blockWords];
    for (let at = 2, to = 2 * taken, from = 2 * next; at < blocks.length; at += 4) {
      words[to] = blocks[at] ?? 0;
      words[to + 1] = blocks[at + 1] ?? 0;
      blocks[at] = words[from] ?? 0;
      blocks[at + 1] = words[from + 1] ?? 0;
      to += WRAPPED_WORDS;
      from += WRAPPED_WORDS;
    }
    this.#add(step);
  }

  /** Puts the integrity values back to their keys, and wipes the blocks. */
  end(): void {
    const [words, blocks] = [this.#words, this.#blockWords];
    for (let from = 0, to = 0; from < blocks.length; from += 4, to += WRAPPED_WORDS) {
      words[to] = blocks[from] ?? 0;
      words[to + 1] = blocks[from + 1] ?? 0;
    }
    this.blocks.fill(0);
  }

  /** Adds `step` to the integrity values: numbers of 64 bits, the last byte being the lowest; there are 24 of them. */
  #add(step: number): void {
    const { blocks } = this;
    for (let last = HALF_LENGTH - 1; last < blocks.length; last += BLOCK_LENGTH) {
      blocks[last] = (blocks[last] ?? 0) ^ step;
    }
  }
}
