/**
 * The compression function of BLAKE3 (specification §2.2), for one block, and for four chunks or parents at a time in 32-bit lanes.
 */
import { BLAKE3_MESSAGE, KEY } from './layout';

export const BLOCK_LENGTH: usize = 64;
export const VALUE_LENGTH: usize = 32;

const IV_0: i32 = 0x6a09e667;
const IV_1: i32 = 0xbb67ae85;
const IV_2: i32 = 0x3c6ef372;
const IV_3: i32 = 0xa54ff53a;

/** Message word used at each place of each round (§2.2, table 2 applied again and again), as byte. */
const ROUNDS: usize = 7;
const SCHEDULE = memory.data<u8>(
  [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8,
    3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1,
    10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6,
    12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4,
    9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7,
    11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13,
  ],
  16,
);

@inline
function rotate16(words: v128): v128 {
  return i8x16.swizzle(words, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}
@inline
function rotate12(words: v128): v128 {
  return v128.or(i32x4.shr_u(words, 12), i32x4.shl(words, 20));
}
@inline
function rotate8(words: v128): v128 {
  return i8x16.swizzle(words, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
}
@inline
function rotate7(words: v128): v128 {
  return v128.or(i32x4.shr_u(words, 7), i32x4.shl(words, 25));
}
@inline
function sum3(a: v128, b: v128, c: v128): v128 {
  return i32x4.add(i32x4.add(a, b), c);
}

/** Word of the message at `block` that the schedule names at `place`. */
@inline
function word(block: usize, schedule: usize, place: usize): u32 {
  return load<u32>(block + (<usize>load<u8>(schedule + place) << 2));
}

/** Compression function (§2.2) of one block. Chaining value in and out at `value`. One word at a time is faster than rows here. */
export function compress(value: usize, block: usize, length: u32, counterLow: u32, counterHigh: u32, flags: u32): void {
  let v0 = load<u32>(value, 0);
  let v1 = load<u32>(value, 4);
  let v2 = load<u32>(value, 8);
  let v3 = load<u32>(value, 12);
  let v4 = load<u32>(value, 16);
  let v5 = load<u32>(value, 20);
  let v6 = load<u32>(value, 24);
  let v7 = load<u32>(value, 28);
  let v8: u32 = IV_0;
  let v9: u32 = IV_1;
  let v10: u32 = IV_2;
  let v11: u32 = IV_3;
  let v12 = counterLow;
  let v13 = counterHigh;
  let v14 = length;
  let v15 = flags;
  for (let s = SCHEDULE; s < SCHEDULE + ROUNDS * 16; s += 16) {
    // Columns.
    v0 += v4 + word(block, s, 0);
    v12 = rotr<u32>(v12 ^ v0, 16);
    v8 += v12;
    v4 = rotr<u32>(v4 ^ v8, 12);
    v0 += v4 + word(block, s, 1);
    v12 = rotr<u32>(v12 ^ v0, 8);
    v8 += v12;
    v4 = rotr<u32>(v4 ^ v8, 7);
    v1 += v5 + word(block, s, 2);
    v13 = rotr<u32>(v13 ^ v1, 16);
    v9 += v13;
    v5 = rotr<u32>(v5 ^ v9, 12);
    v1 += v5 + word(block, s, 3);
    v13 = rotr<u32>(v13 ^ v1, 8);
    v9 += v13;
    v5 = rotr<u32>(v5 ^ v9, 7);
    v2 += v6 + word(block, s, 4);
    v14 = rotr<u32>(v14 ^ v2, 16);
    v10 += v14;
    v6 = rotr<u32>(v6 ^ v10, 12);
    v2 += v6 + word(block, s, 5);
    v14 = rotr<u32>(v14 ^ v2, 8);
    v10 += v14;
    v6 = rotr<u32>(v6 ^ v10, 7);
    v3 += v7 + word(block, s, 6);
    v15 = rotr<u32>(v15 ^ v3, 16);
    v11 += v15;
    v7 = rotr<u32>(v7 ^ v11, 12);
    v3 += v7 + word(block, s, 7);
    v15 = rotr<u32>(v15 ^ v3, 8);
    v11 += v15;
    v7 = rotr<u32>(v7 ^ v11, 7);
    // Diagonals.
    v0 += v5 + word(block, s, 8);
    v15 = rotr<u32>(v15 ^ v0, 16);
    v10 += v15;
    v5 = rotr<u32>(v5 ^ v10, 12);
    v0 += v5 + word(block, s, 9);
    v15 = rotr<u32>(v15 ^ v0, 8);
    v10 += v15;
    v5 = rotr<u32>(v5 ^ v10, 7);
    v1 += v6 + word(block, s, 10);
    v12 = rotr<u32>(v12 ^ v1, 16);
    v11 += v12;
    v6 = rotr<u32>(v6 ^ v11, 12);
    v1 += v6 + word(block, s, 11);
    v12 = rotr<u32>(v12 ^ v1, 8);
    v11 += v12;
    v6 = rotr<u32>(v6 ^ v11, 7);
    v2 += v7 + word(block, s, 12);
    v13 = rotr<u32>(v13 ^ v2, 16);
    v8 += v13;
    v7 = rotr<u32>(v7 ^ v8, 12);
    v2 += v7 + word(block, s, 13);
    v13 = rotr<u32>(v13 ^ v2, 8);
    v8 += v13;
    v7 = rotr<u32>(v7 ^ v8, 7);
    v3 += v4 + word(block, s, 14);
    v14 = rotr<u32>(v14 ^ v3, 16);
    v9 += v14;
    v4 = rotr<u32>(v4 ^ v9, 12);
    v3 += v4 + word(block, s, 15);
    v14 = rotr<u32>(v14 ^ v3, 8);
    v9 += v14;
    v4 = rotr<u32>(v4 ^ v9, 7);
  }
  store<u32>(value, v0 ^ v8, 0);
  store<u32>(value, v1 ^ v9, 4);
  store<u32>(value, v2 ^ v10, 8);
  store<u32>(value, v3 ^ v11, 12);
  store<u32>(value, v4 ^ v12, 16);
  store<u32>(value, v5 ^ v13, 20);
  store<u32>(value, v6 ^ v14, 24);
  store<u32>(value, v7 ^ v15, 28);
}

/** Four words of each of four messages, `stride` apart, to four vectors of one word each. */
@inline
function transposeWords(source: usize, stride: usize, target: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + stride);
  const c = v128.load(source + 2 * stride);
  const d = v128.load(source + 3 * stride);
  const abLow = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const abHigh = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const cdLow = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const cdHigh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(target, i8x16.shuffle(abLow, cdLow, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(target, i8x16.shuffle(abLow, cdLow, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
  v128.store(target, i8x16.shuffle(abHigh, cdHigh, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32);
  v128.store(target, i8x16.shuffle(abHigh, cdHigh, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48);
}

/** The message vector at `place` of the round's schedule. */
@inline
function message(schedule: usize, place: usize): v128 {
  return v128.load(BLAKE3_MESSAGE + (<usize>load<u8>(schedule + place) << 4));
}

/**
 * Four chaining values at once, to `target`: of four chunks, or of four parents (`blocks` = 1), `stride` apart from `source` on.
 * The counter rises by `increment` from lane to lane and stays below 2^32 within the four.
 */
export function compressFour(
  source: usize,
  stride: usize,
  blocks: u32,
  counterLow: u32,
  counterHigh: u32,
  increment: u32,
  flags: u32,
  flagsFirst: u32,
  flagsLast: u32,
  target: usize,
): void {
  let h0 = v128.load32_splat(KEY);
  let h1 = v128.load32_splat(KEY, 4);
  let h2 = v128.load32_splat(KEY, 8);
  let h3 = v128.load32_splat(KEY, 12);
  let h4 = v128.load32_splat(KEY, 16);
  let h5 = v128.load32_splat(KEY, 20);
  let h6 = v128.load32_splat(KEY, 24);
  let h7 = v128.load32_splat(KEY, 28);
  const counters = i32x4.add(i32x4.splat(counterLow), i32x4.mul(i32x4.splat(increment), i32x4(0, 1, 2, 3)));
  for (let block: u32 = 0; block < blocks; block++) {
    const at = source + <usize>block * BLOCK_LENGTH;
    transposeWords(at, stride, BLAKE3_MESSAGE);
    transposeWords(at + 16, stride, BLAKE3_MESSAGE + 64);
    transposeWords(at + 32, stride, BLAKE3_MESSAGE + 128);
    transposeWords(at + 48, stride, BLAKE3_MESSAGE + 192);
    const flagsHere = flags | (block == 0 ? flagsFirst : 0) | (block == blocks - 1 ? flagsLast : 0);
    let v0 = h0;
    let v1 = h1;
    let v2 = h2;
    let v3 = h3;
    let v4 = h4;
    let v5 = h5;
    let v6 = h6;
    let v7 = h7;
    let v8 = i32x4.splat(IV_0);
    let v9 = i32x4.splat(IV_1);
    let v10 = i32x4.splat(IV_2);
    let v11 = i32x4.splat(IV_3);
    let v12 = counters;
    let v13 = i32x4.splat(counterHigh);
    let v14 = i32x4.splat(<i32>BLOCK_LENGTH);
    let v15 = i32x4.splat(flagsHere);
    for (let s = SCHEDULE; s < SCHEDULE + ROUNDS * 16; s += 16) {
      // Columns.
      v0 = sum3(v0, v4, message(s, 0));
      v1 = sum3(v1, v5, message(s, 2));
      v2 = sum3(v2, v6, message(s, 4));
      v3 = sum3(v3, v7, message(s, 6));
      v12 = rotate16(v128.xor(v12, v0));
      v13 = rotate16(v128.xor(v13, v1));
      v14 = rotate16(v128.xor(v14, v2));
      v15 = rotate16(v128.xor(v15, v3));
      v8 = i32x4.add(v8, v12);
      v9 = i32x4.add(v9, v13);
      v10 = i32x4.add(v10, v14);
      v11 = i32x4.add(v11, v15);
      v4 = rotate12(v128.xor(v4, v8));
      v5 = rotate12(v128.xor(v5, v9));
      v6 = rotate12(v128.xor(v6, v10));
      v7 = rotate12(v128.xor(v7, v11));
      v0 = sum3(v0, v4, message(s, 1));
      v1 = sum3(v1, v5, message(s, 3));
      v2 = sum3(v2, v6, message(s, 5));
      v3 = sum3(v3, v7, message(s, 7));
      v12 = rotate8(v128.xor(v12, v0));
      v13 = rotate8(v128.xor(v13, v1));
      v14 = rotate8(v128.xor(v14, v2));
      v15 = rotate8(v128.xor(v15, v3));
      v8 = i32x4.add(v8, v12);
      v9 = i32x4.add(v9, v13);
      v10 = i32x4.add(v10, v14);
      v11 = i32x4.add(v11, v15);
      v4 = rotate7(v128.xor(v4, v8));
      v5 = rotate7(v128.xor(v5, v9));
      v6 = rotate7(v128.xor(v6, v10));
      v7 = rotate7(v128.xor(v7, v11));
      // Diagonals.
      v0 = sum3(v0, v5, message(s, 8));
      v1 = sum3(v1, v6, message(s, 10));
      v2 = sum3(v2, v7, message(s, 12));
      v3 = sum3(v3, v4, message(s, 14));
      v15 = rotate16(v128.xor(v15, v0));
      v12 = rotate16(v128.xor(v12, v1));
      v13 = rotate16(v128.xor(v13, v2));
      v14 = rotate16(v128.xor(v14, v3));
      v10 = i32x4.add(v10, v15);
      v11 = i32x4.add(v11, v12);
      v8 = i32x4.add(v8, v13);
      v9 = i32x4.add(v9, v14);
      v5 = rotate12(v128.xor(v5, v10));
      v6 = rotate12(v128.xor(v6, v11));
      v7 = rotate12(v128.xor(v7, v8));
      v4 = rotate12(v128.xor(v4, v9));
      v0 = sum3(v0, v5, message(s, 9));
      v1 = sum3(v1, v6, message(s, 11));
      v2 = sum3(v2, v7, message(s, 13));
      v3 = sum3(v3, v4, message(s, 15));
      v15 = rotate8(v128.xor(v15, v0));
      v12 = rotate8(v128.xor(v12, v1));
      v13 = rotate8(v128.xor(v13, v2));
      v14 = rotate8(v128.xor(v14, v3));
      v10 = i32x4.add(v10, v15);
      v11 = i32x4.add(v11, v12);
      v8 = i32x4.add(v8, v13);
      v9 = i32x4.add(v9, v14);
      v5 = rotate7(v128.xor(v5, v10));
      v6 = rotate7(v128.xor(v6, v11));
      v7 = rotate7(v128.xor(v7, v8));
      v4 = rotate7(v128.xor(v4, v9));
    }
    h0 = v128.xor(v0, v8);
    h1 = v128.xor(v1, v9);
    h2 = v128.xor(v2, v10);
    h3 = v128.xor(v3, v11);
    h4 = v128.xor(v4, v12);
    h5 = v128.xor(v5, v13);
    h6 = v128.xor(v6, v14);
    h7 = v128.xor(v7, v15);
  }
  storeValues(target, h0, h1, h2, h3);
  storeValues(target + 16, h4, h5, h6, h7);
}

/** Half of four chaining values: back from one word of four each to four words of one each. */
@inline
function storeValues(target: usize, h0: v128, h1: v128, h2: v128, h3: v128): void {
  v128.store(BLAKE3_MESSAGE, h0);
  v128.store(BLAKE3_MESSAGE, h1, 16);
  v128.store(BLAKE3_MESSAGE, h2, 32);
  v128.store(BLAKE3_MESSAGE, h3, 48);
  transposeWords(BLAKE3_MESSAGE, 16, BLAKE3_MESSAGE);
  v128.store(target, v128.load(BLAKE3_MESSAGE));
  v128.store(target, v128.load(BLAKE3_MESSAGE, 16), VALUE_LENGTH);
  v128.store(target, v128.load(BLAKE3_MESSAGE, 32), 2 * VALUE_LENGTH);
  v128.store(target, v128.load(BLAKE3_MESSAGE, 48), 3 * VALUE_LENGTH);
}
