/**
 * AES-256 (FIPS 197), both directions, in constant time: the S-box is looked up with sixteen byte shuffles, so that neither an
 * address nor a branch depends on a key or a message.
 *
 * Round keys lie at ROUND_KEYS. A state is one vector, byte i being row i mod 4 of column i / 4.
 */
import { ROUND_KEYS } from './layout';

const ROUNDS: usize = 14;

/** S-box and inverse S-box (§5.1.1, §5.3.2), computed when the module starts. */
const SBOX = memory.data(256, 16);
const INVERSE_SBOX = memory.data(256, 16);

function computeSboxes(): void {
  // Every non-zero element is a power of 3; its inverse is the power of the negated exponent.
  const powers = memory.data(256);
  let element: u32 = 1;
  for (let exponent: usize = 0; exponent < 255; exponent++) {
    store<u8>(powers + exponent, <u8>element);
    element ^= (element << 1) ^ (element & 0x80 ? 0x11b : 0);
  }
  for (let exponent: usize = 0; exponent < 255; exponent++) {
    storeSbox(load<u8>(powers + exponent), load<u8>(powers + ((255 - exponent) % 255)));
  }
  storeSbox(0, 0);
}

function storeSbox(value: u8, inverse: u8): void {
  const substituted: u8 =
    inverse ^ rotl<u8>(inverse, 1) ^ rotl<u8>(inverse, 2) ^ rotl<u8>(inverse, 3) ^ rotl<u8>(inverse, 4) ^ 0x63;
  store<u8>(SBOX + <usize>value, substituted);
  store<u8>(INVERSE_SBOX + <usize>substituted, value);
}

computeSboxes();

/** Looks all bytes of `state` up in the 256-byte `table`. A shuffle gives 0 for indices from 16 on, so one of sixteen finds each. */
@inline
function substitute(state: v128, table: usize): v128 {
  const step = i8x16.splat(16);
  let index = state;
  let found = i8x16.swizzle(v128.load(table), index);
  for (let row = table + 16; row < table + 256; row += 16) {
    index = i8x16.sub(index, step);
    found = v128.or(found, i8x16.swizzle(v128.load(row), index));
  }
  return found;
}

/** SubBytes of one state. */
function substituteOne(state: v128): v128 {
  return substitute(state, SBOX);
}

@inline
function shiftRows(state: v128): v128 {
  return i8x16.shuffle(state, state, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
}

@inline
function inverseShiftRows(state: v128): v128 {
  return i8x16.shuffle(state, state, 0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3);
}

/** Each byte takes the place of its neighbour `1` or `2` rows up. */
@inline
function rotateColumns1(state: v128): v128 {
  return i8x16.shuffle(state, state, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}
@inline
function rotateColumns2(state: v128): v128 {
  return i8x16.shuffle(state, state, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** Multiplication of every byte by x (§4.2.1). */
@inline
function xtime(state: v128): v128 {
  const carries = i8x16.lt_s(state, i8x16.splat(0));
  return v128.xor(i8x16.add(state, state), v128.and(carries, i8x16.splat(0x1b)));
}

@inline
function mixColumns(state: v128): v128 {
  const next = rotateColumns1(state);
  const sum = v128.xor(state, next);
  return v128.xor(v128.xor(xtime(sum), next), rotateColumns2(sum));
}

/** InvMixColumns = MixColumns after adding x^2 times the byte itself and the one two rows on. */
@inline
function inverseMixColumns(state: v128): v128 {
  return mixColumns(v128.xor(state, xtime(xtime(v128.xor(state, rotateColumns2(state))))));
}

/** Each word plus all words before it, which is what the key schedule does to a group of four. */
@inline
function prefixSums(words: v128): v128 {
  const zero = i64x2.splat(0);
  const pairs = v128.xor(
    words,
    i8x16.shuffle(zero, words, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),
  );
  return v128.xor(pairs, i8x16.shuffle(zero, pairs, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
}

/** Key expansion (§5.2) of the 32 bytes at `key` into ROUND_KEYS. */
export function expandKey(key: usize): void {
  let even = v128.load(key);
  let odd = v128.load(key, 16);
  v128.store(ROUND_KEYS, even);
  v128.store(ROUND_KEYS, odd, 16);
  let constant: u32 = 1;
  for (let round: usize = 2; ; round += 2) {
    const rotated = rotr<u32>(<u32>i32x4.extract_lane(substituteOne(odd), 3), 8) ^ constant;
    constant <<= 1;
    even = v128.xor(prefixSums(even), i32x4.splat(rotated));
    v128.store(ROUND_KEYS + round * 16, even);
    if (round == ROUNDS) break;
    odd = v128.xor(prefixSums(odd), i32x4.splat(i32x4.extract_lane(substituteOne(even), 3)));
    v128.store(ROUND_KEYS + round * 16, odd, 16);
  }
}

/** Encrypts one block (§5.1). */
export function encryptBlock(block: v128): v128 {
  let state = v128.xor(block, v128.load(ROUND_KEYS));
  const last = ROUND_KEYS + ROUNDS * 16;
  for (let key = ROUND_KEYS + 16; key < last; key += 16) {
    state = v128.xor(mixColumns(shiftRows(substituteOne(state))), v128.load(key));
  }
  return v128.xor(shiftRows(substituteOne(state)), v128.load(last));
}

/** Decrypts one block (§5.3). */
export function decryptBlock(block: v128): v128 {
  const last = ROUND_KEYS + ROUNDS * 16;
  let state = inverseShiftRows(v128.xor(block, v128.load(last)));
  for (let key = last - 16; key > ROUND_KEYS; key -= 16) {
    state = v128.xor(substitute(state, INVERSE_SBOX), v128.load(key));
    state = inverseShiftRows(inverseMixColumns(state));
  }
  return v128.xor(substitute(state, INVERSE_SBOX), v128.load(ROUND_KEYS));
}

/** Encrypts `count` blocks in place. Four at a time hide the latency of the shuffles. */
export function encryptBlocks(blocks: usize, count: usize): void {
  const step = i8x16.splat(16);
  const last = ROUND_KEYS + ROUNDS * 16;
  let at = blocks;
  const end = blocks + count * 16;
  for (; at + 64 <= end; at += 64) {
    const first = v128.load(ROUND_KEYS);
    let a = v128.xor(v128.load(at), first);
    let b = v128.xor(v128.load(at, 16), first);
    let c = v128.xor(v128.load(at, 32), first);
    let d = v128.xor(v128.load(at, 48), first);
    for (let key = ROUND_KEYS + 16; key <= last; key += 16) {
      let row = v128.load(SBOX);
      let foundA = i8x16.swizzle(row, a);
      let foundB = i8x16.swizzle(row, b);
      let foundC = i8x16.swizzle(row, c);
      let foundD = i8x16.swizzle(row, d);
      for (let table = SBOX + 16; table < SBOX + 256; table += 16) {
        row = v128.load(table);
        a = i8x16.sub(a, step);
        b = i8x16.sub(b, step);
        c = i8x16.sub(c, step);
        d = i8x16.sub(d, step);
        foundA = v128.or(foundA, i8x16.swizzle(row, a));
        foundB = v128.or(foundB, i8x16.swizzle(row, b));
        foundC = v128.or(foundC, i8x16.swizzle(row, c));
        foundD = v128.or(foundD, i8x16.swizzle(row, d));
      }
      a = shiftRows(foundA);
      b = shiftRows(foundB);
      c = shiftRows(foundC);
      d = shiftRows(foundD);
      if (key < last) {
        a = mixColumns(a);
        b = mixColumns(b);
        c = mixColumns(c);
        d = mixColumns(d);
      }
      const roundKey = v128.load(key);
      a = v128.xor(a, roundKey);
      b = v128.xor(b, roundKey);
      c = v128.xor(c, roundKey);
      d = v128.xor(d, roundKey);
    }
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
  }
  for (; at < end; at += 16) v128.store(at, encryptBlock(v128.load(at)));
}
