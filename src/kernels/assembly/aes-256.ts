/**
 * AES-256 (FIPS 197), both directions, in constant time: neither an address nor a branch depends on a key or a message.
 *
 * Round keys lie at ROUND_KEYS. A state is one vector, byte i being row i mod 4 of column i / 4. States and round keys are kept in the
 * tower form of `aes-field.ts`. The S-box's constant 0x63 passes ShiftRows and MixColumns unchanged, so it is a part of the round keys but
 * the first.
 */
import {
  A_INVERSES,
  DOUBLE_SBOX_U,
  DOUBLE_SBOX_V,
  FROM_TOWER,
  INVERSE_U,
  INVERSE_V,
  INVERSES,
  SBOX_LINEAR_INVERSE,
  SBOX_U,
  SBOX_V,
  TIMES_X,
  TIMES_X2,
  TO_TOWER,
} from './aes-field';
import { ROUND_KEYS } from './layout';
import { highNibbles, lowNibbles } from './nibbles';

const ROUNDS: usize = 14;
const SBOX_CONSTANT: u8 = 0x63;

/** ShiftRows (§5.1.2), followed by a turn of every column by 0 to 3 rows: what MixColumns adds up. */
const SHIFT_ROWS = i8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
const SHIFT_ROWS_1 = i8x16(5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8, 1, 6, 11, 12);
const SHIFT_ROWS_2 = i8x16(10, 15, 0, 5, 14, 3, 4, 9, 2, 7, 8, 13, 6, 11, 12, 1);
const SHIFT_ROWS_3 = i8x16(15, 0, 5, 10, 3, 4, 9, 14, 7, 8, 13, 2, 11, 12, 1, 6);
const INVERSE_SHIFT_ROWS = i8x16(0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3);
/** Turns of columns alone. */
const TURN_1 = i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
const TURN_2 = i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
const TURN_3 = i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);

@inline
function lookUp(table: usize, indices: v128): v128 {
  return i8x16.swizzle(v128.load(table), indices);
}

/** With a constant permutation a shuffle is one instruction. */
@inline
function permuted(state: v128, permutation: v128): v128 {
  return i8x16.swizzle(state, permutation);
}

/** The image of every byte under a linear map, given as table of `aes-field.ts`. */
@inline
function mapped(map: usize, bytes: v128): v128 {
  return v128.xor(lookUp(map, lowNibbles(bytes)), lookUp(map + 16, highNibbles(bytes)));
}

/** u of `aes-field.ts`, given i, j and a/k. v is the same with i and j exchanged. */
@inline
function inversePart(inverses: v128, i: v128, j: v128, aOverK: v128): v128 {
  return v128.xor(i8x16.swizzle(inverses, v128.xor(i8x16.swizzle(inverses, i), aOverK)), j);
}

/** Inverses of all bytes in tower form, followed by what the two tables do. */
@inline
function inverted(state: v128, tableU: usize, tableV: usize): v128 {
  const i = highNibbles(state);
  const j = lowNibbles(state);
  const aOverK = lookUp(A_INVERSES, v128.xor(i, j));
  const inverses = v128.load(INVERSES);
  return v128.xor(
    lookUp(tableU, inversePart(inverses, i, j, aOverK)),
    lookUp(tableV, inversePart(inverses, j, i, aOverK)),
  );
}

/**
 * SubBytes, ShiftRows, MixColumns and AddRoundKey (§5.1): twice the next row's sum with this one, and the two rows after. The tables are
 * given as values, which whoever does many rounds loads once.
 */
@inline
function round(
  state: v128,
  roundKey: v128,
  inverses: v128,
  aInverses: v128,
  singleU: v128,
  singleV: v128,
  doubleU: v128,
  doubleV: v128,
): v128 {
  const i = highNibbles(state);
  const j = lowNibbles(state);
  const aOverK = i8x16.swizzle(aInverses, v128.xor(i, j));
  const u = inversePart(inverses, i, j, aOverK);
  const v = inversePart(inverses, j, i, aOverK);
  const single = v128.xor(i8x16.swizzle(singleU, u), i8x16.swizzle(singleV, v));
  const double = v128.xor(i8x16.swizzle(doubleU, u), i8x16.swizzle(doubleV, v));
  return v128.xor(
    v128.xor(v128.xor(permuted(double, SHIFT_ROWS), roundKey), permuted(v128.xor(single, double), SHIFT_ROWS_1)),
    v128.xor(permuted(single, SHIFT_ROWS_2), permuted(single, SHIFT_ROWS_3)),
  );
}

/** The last round has no MixColumns; its result is back in the usual form. */
@inline
function lastRound(state: v128, roundKey: v128): v128 {
  const shifted = permuted(inverted(state, SBOX_U, SBOX_V), SHIFT_ROWS);
  return mapped(FROM_TOWER, v128.xor(shifted, roundKey));
}

/** SubBytes of one state without what follows, for the key schedule. */
function substituted(state: v128): v128 {
  return v128.xor(inverted(state, SBOX_U, SBOX_V), sboxConstant());
}

@inline
function sboxConstant(): v128 {
  return mapped(TO_TOWER, i8x16.splat(SBOX_CONSTANT));
}

/** Each word plus all words before it, which is what the key schedule does to a group of four. */
@inline
function prefixSums(words: v128): v128 {
  const zero = i64x2.splat(0);
  const pairs = v128.xor(words, v128.shuffle<u32>(zero, words, 0, 4, 5, 6));
  return v128.xor(pairs, v128.shuffle<u64>(zero, pairs, 0, 2));
}

/** The next round key of even index: `even` is the one before it, `odd` that between the two. */
@inline
function nextEven(even: v128, odd: v128, rcon: v128): v128 {
  const rotated = permuted(v128.shuffle<u32>(odd, odd, 3, 3, 3, 3), TURN_1);
  return v128.xor(v128.xor(prefixSums(even), substituted(rotated)), rcon);
}
/** The same of odd index. */
@inline
function nextOdd(odd: v128, even: v128): v128 {
  return v128.xor(prefixSums(odd), substituted(v128.shuffle<u32>(even, even, 3, 3, 3, 3)));
}

/** Key expansion (§5.2) of the 32 bytes at `key` into ROUND_KEYS. */
export function expandKey(key: usize): void {
  const constant = sboxConstant();
  let even = mapped(TO_TOWER, v128.load(key));
  let odd = mapped(TO_TOWER, v128.load(key, 16));
  v128.store(ROUND_KEYS, even);
  v128.store(ROUND_KEYS, v128.xor(odd, constant), 16);
  // RCON: a power of x in the first byte of a word.
  let rcon = mapped(TO_TOWER, i32x4.splat(1));
  for (let index: usize = 2; ; index += 2) {
    even = nextEven(even, odd, rcon);
    v128.store(ROUND_KEYS + index * 16, v128.xor(even, constant));
    if (index == ROUNDS) break;
    rcon = mapped(TIMES_X, rcon);
    odd = nextOdd(odd, even);
    v128.store(ROUND_KEYS + index * 16, v128.xor(odd, constant), 16);
  }
}

/**
 * Key expansion as {@link expandKey}, which is a chain of look-ups, and in its shadow the encryption of the six blocks at `blocks` in place
 * under that key.
 */
export function expandKeyAndEncryptSix(key: usize, blocks: usize): void {
  const inverses = v128.load(INVERSES);
  const aInverses = v128.load(A_INVERSES);
  const singleU = v128.load(SBOX_U);
  const singleV = v128.load(SBOX_V);
  const doubleU = v128.load(DOUBLE_SBOX_U);
  const doubleV = v128.load(DOUBLE_SBOX_V);
  const constant = sboxConstant();
  let even = mapped(TO_TOWER, v128.load(key));
  let odd = mapped(TO_TOWER, v128.load(key, 16));
  let rcon = mapped(TO_TOWER, i32x4.splat(1));
  let a = v128.xor(mapped(TO_TOWER, v128.load(blocks)), even);
  let b = v128.xor(mapped(TO_TOWER, v128.load(blocks, 16)), even);
  let c = v128.xor(mapped(TO_TOWER, v128.load(blocks, 32)), even);
  let d = v128.xor(mapped(TO_TOWER, v128.load(blocks, 48)), even);
  let e = v128.xor(mapped(TO_TOWER, v128.load(blocks, 64)), even);
  let f = v128.xor(mapped(TO_TOWER, v128.load(blocks, 80)), even);
  v128.store(ROUND_KEYS, even);
  let roundKey = v128.xor(odd, constant);
  for (let index: usize = 1; ; index++) {
    v128.store(ROUND_KEYS + index * 16, roundKey);
    if (index == ROUNDS) break;
    a = round(a, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    b = round(b, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    c = round(c, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    d = round(d, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    e = round(e, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    f = round(f, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    if (index & 1) {
      even = nextEven(even, odd, rcon);
      rcon = mapped(TIMES_X, rcon);
      roundKey = v128.xor(even, constant);
    } else {
      odd = nextOdd(odd, even);
      roundKey = v128.xor(odd, constant);
    }
  }
  v128.store(blocks, lastRound(a, roundKey));
  v128.store(blocks, lastRound(b, roundKey), 16);
  v128.store(blocks, lastRound(c, roundKey), 32);
  v128.store(blocks, lastRound(d, roundKey), 48);
  v128.store(blocks, lastRound(e, roundKey), 64);
  v128.store(blocks, lastRound(f, roundKey), 80);
}

/** Encrypts one block (§5.1). */
export function encryptBlock(block: v128): v128 {
  const inverses = v128.load(INVERSES);
  const aInverses = v128.load(A_INVERSES);
  const singleU = v128.load(SBOX_U);
  const singleV = v128.load(SBOX_V);
  const doubleU = v128.load(DOUBLE_SBOX_U);
  const doubleV = v128.load(DOUBLE_SBOX_V);
  let state = v128.xor(mapped(TO_TOWER, block), v128.load(ROUND_KEYS));
  const last = ROUND_KEYS + ROUNDS * 16;
  for (let key = ROUND_KEYS + 16; key < last; key += 16) {
    state = round(state, v128.load(key), inverses, aInverses, singleU, singleV, doubleU, doubleV);
  }
  return lastRound(state, v128.load(last));
}

/** Decrypts one block (§5.3). */
export function decryptBlock(block: v128): v128 {
  const last = ROUND_KEYS + ROUNDS * 16;
  let state = v128.xor(mapped(TO_TOWER, block), v128.load(last));
  for (let key = last - 16; key >= ROUND_KEYS; key -= 16) {
    state = permuted(state, INVERSE_SHIFT_ROWS);
    state = inverted(mapped(SBOX_LINEAR_INVERSE, state), INVERSE_U, INVERSE_V);
    state = v128.xor(state, v128.load(key));
    if (key == ROUND_KEYS) break;
    // InvMixColumns is MixColumns after adding x^2 times the sum with the byte two rows on.
    state = v128.xor(state, mapped(TIMES_X2, v128.xor(state, permuted(state, TURN_2))));
    const double = mapped(TIMES_X, state);
    state = v128.xor(
      v128.xor(double, permuted(v128.xor(state, double), TURN_1)),
      v128.xor(permuted(state, TURN_2), permuted(state, TURN_3)),
    );
  }
  return mapped(FROM_TOWER, state);
}

/** Encrypts two blocks in place. */
function encryptTwo(blocks: usize): void {
  const inverses = v128.load(INVERSES);
  const aInverses = v128.load(A_INVERSES);
  const singleU = v128.load(SBOX_U);
  const singleV = v128.load(SBOX_V);
  const doubleU = v128.load(DOUBLE_SBOX_U);
  const doubleV = v128.load(DOUBLE_SBOX_V);
  const first = v128.load(ROUND_KEYS);
  let a = v128.xor(mapped(TO_TOWER, v128.load(blocks)), first);
  let b = v128.xor(mapped(TO_TOWER, v128.load(blocks, 16)), first);
  const last = ROUND_KEYS + ROUNDS * 16;
  for (let key = ROUND_KEYS + 16; key < last; key += 16) {
    const roundKey = v128.load(key);
    a = round(a, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    b = round(b, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
  }
  const lastKey = v128.load(last);
  v128.store(blocks, lastRound(a, lastKey));
  v128.store(blocks, lastRound(b, lastKey), 16);
}

/** Encrypts eight blocks in place. */
function encryptEight(blocks: usize): void {
  const inverses = v128.load(INVERSES);
  const aInverses = v128.load(A_INVERSES);
  const singleU = v128.load(SBOX_U);
  const singleV = v128.load(SBOX_V);
  const doubleU = v128.load(DOUBLE_SBOX_U);
  const doubleV = v128.load(DOUBLE_SBOX_V);
  const first = v128.load(ROUND_KEYS);
  let a = v128.xor(mapped(TO_TOWER, v128.load(blocks)), first);
  let b = v128.xor(mapped(TO_TOWER, v128.load(blocks, 16)), first);
  let c = v128.xor(mapped(TO_TOWER, v128.load(blocks, 32)), first);
  let d = v128.xor(mapped(TO_TOWER, v128.load(blocks, 48)), first);
  let e = v128.xor(mapped(TO_TOWER, v128.load(blocks, 64)), first);
  let f = v128.xor(mapped(TO_TOWER, v128.load(blocks, 80)), first);
  let g = v128.xor(mapped(TO_TOWER, v128.load(blocks, 96)), first);
  let h = v128.xor(mapped(TO_TOWER, v128.load(blocks, 112)), first);
  const last = ROUND_KEYS + ROUNDS * 16;
  for (let key = ROUND_KEYS + 16; key < last; key += 16) {
    const roundKey = v128.load(key);
    a = round(a, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    b = round(b, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    c = round(c, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    d = round(d, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    e = round(e, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    f = round(f, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    g = round(g, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
    h = round(h, roundKey, inverses, aInverses, singleU, singleV, doubleU, doubleV);
  }
  const lastKey = v128.load(last);
  v128.store(blocks, lastRound(a, lastKey));
  v128.store(blocks, lastRound(b, lastKey), 16);
  v128.store(blocks, lastRound(c, lastKey), 32);
  v128.store(blocks, lastRound(d, lastKey), 48);
  v128.store(blocks, lastRound(e, lastKey), 64);
  v128.store(blocks, lastRound(f, lastKey), 80);
  v128.store(blocks, lastRound(g, lastKey), 96);
  v128.store(blocks, lastRound(h, lastKey), 112);
}

/**
 * Encrypts `count` blocks in place, and what follows up to a multiple of eight blocks: several at a time hide the latency of the look-ups,
 * so that two take no longer than one, and eight less than twice as long as four.
 */
export function encryptBlocks(blocks: usize, count: usize): void {
  const end = blocks + count * 16;
  let at = blocks;
  for (; at + 32 < end; at += 128) encryptEight(at);
  if (at < end) encryptTwo(at);
}
