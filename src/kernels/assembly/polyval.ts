/**
 * POLYVAL (RFC 8452 §3) in constant time, with byte shuffles instead of table look-ups by address.
 *
 * For a key H there are two tables of sixteen vectors. Vector j of the first holds byte j of n·H for the sixteen values n of a low
 * nibble; the second does so for the high nibble. A shuffle by the nibbles of a block thus gives byte j of sixteen products, of
 * which product i belongs at byte i + j of the 256-bit result, which is reduced at the end, once for up to three blocks.
 */
import { POLYVAL_MATRIX, POLYVAL_TABLE_LENGTH, POLYVAL_TABLES } from './layout';

/** The sum so far, S of RFC 8452 §3. */
let sum: v128 = i64x2(0, 0);
/** Powers of H that there are tables for: 1 to 3. */
let powers: u32 = 0;

@inline
function vector(low: u64, high: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/** `element` times x in POLYVAL's field: x^128 = x^127 + x^126 + x^121 + 1. */
@inline
function timesX(element: v128): v128 {
  const low = <u64>i64x2.extract_lane(element, 0);
  const high = <u64>i64x2.extract_lane(element, 1);
  const carry = high >> 63;
  return vector((low << 1) ^ carry, (high << 1) ^ (low >> 63) ^ ((0 - carry) & 0xc200000000000000));
}

/** Sixteen products n·`element` to `matrix`; returns `element` times x^4. */
function storeMultiples(matrix: usize, element: v128): v128 {
  const two = timesX(element);
  const four = timesX(two);
  const eight = timesX(four);
  v128.store(matrix, i64x2.splat(0));
  v128.store(matrix, element, 16);
  v128.store(matrix, two, 32);
  v128.store(matrix, v128.xor(two, element), 48);
  for (let n: usize = 0; n < 64; n += 16) {
    const multiple = v128.load(matrix + n);
    v128.store(matrix + n, v128.xor(multiple, four), 64);
    v128.store(matrix + n, v128.xor(multiple, eight), 128);
    v128.store(matrix + n, v128.xor(v128.xor(multiple, four), eight), 192);
  }
  return timesX(eight);
}

/** One of the four perfect shuffles that transpose a 16 x 16 byte matrix. */
@inline
function interleave(source: usize, target: usize): void {
  for (let row: usize = 0; row < 8; row++) {
    const upper = v128.load(source + row * 16);
    const lower = v128.load(source + row * 16, 128);
    v128.store(
      target + row * 32,
      i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    );
    v128.store(
      target + row * 32,
      i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
      16,
    );
  }
}

function transpose(matrix: usize): void {
  interleave(matrix, POLYVAL_MATRIX);
  interleave(POLYVAL_MATRIX, matrix);
  interleave(matrix, POLYVAL_MATRIX);
  interleave(POLYVAL_MATRIX, matrix);
}

function buildTable(table: usize, element: v128): void {
  const shifted = storeMultiples(table, element);
  transpose(table);
  storeMultiples(table + 256, shifted);
  transpose(table + 256);
}

/** Bytes of (high, low) one place up: into `high`, and into `low`. */
@inline
function shiftedHigh(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
@inline
function shiftedLow(low: v128): v128 {
  return i8x16.shuffle(i64x2.splat(0), low, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** Byte j of the products of sixteen bytes, given as nibbles, with the element whose tables are at `row`, at vector j. */
@inline
function products(row: usize, lowNibbles: v128, highNibbles: v128): v128 {
  return v128.xor(i8x16.swizzle(v128.load(row), lowNibbles), i8x16.swizzle(v128.load(row, 256), highNibbles));
}

/** (high, low) · x^-128, two folds of 64 bits. */
@inline
function reduced(low: v128, high: v128): v128 {
  const a = <u64>i64x2.extract_lane(low, 0);
  const b = <u64>i64x2.extract_lane(low, 1) ^ (a << 63) ^ (a << 62) ^ (a << 57);
  const c = <u64>i64x2.extract_lane(high, 0) ^ a ^ (a >> 1) ^ (a >> 2) ^ (a >> 7);
  const d = <u64>i64x2.extract_lane(high, 1) ^ b ^ (b >> 1) ^ (b >> 2) ^ (b >> 7);
  return vector(c ^ (b << 63) ^ (b << 62) ^ (b << 57), d);
}

/** dot(`block`, element of `table`) of RFC 8452 §3. */
function dot(block: v128, table: usize): v128 {
  const lowNibbles = v128.and(block, i8x16.splat(15));
  const highNibbles = i8x16.shr_u(block, 4);
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  for (let row = table + 240; row >= table; row -= 16) {
    high = shiftedHigh(low, high);
    low = v128.xor(shiftedLow(low), products(row, lowNibbles, highNibbles));
  }
  return reduced(low, high);
}

/** Starts a sum under the 16-byte key at `key`. `count`: powers of H to prepare, more for longer messages, 1 to 3. */
export function polyvalBegin(key: usize, count: u32): void {
  let power = v128.load(key);
  buildTable(POLYVAL_TABLES, power);
  for (let index: u32 = 1; index < count; index++) {
    power = dot(power, POLYVAL_TABLES);
    buildTable(POLYVAL_TABLES + <usize>index * POLYVAL_TABLE_LENGTH, power);
  }
  powers = count;
  sum = i64x2.splat(0);
}

/** Adds `length` bytes at `blocks`, a multiple of 16. */
export function polyvalUpdate(blocks: usize, length: usize): void {
  const TABLE_1 = POLYVAL_TABLES;
  const TABLE_2 = POLYVAL_TABLES + POLYVAL_TABLE_LENGTH;
  const TABLE_3 = POLYVAL_TABLES + 2 * POLYVAL_TABLE_LENGTH;
  const mask = i8x16.splat(15);
  const end = blocks + length;
  let at = blocks;
  let s = sum;
  if (powers >= 3) {
    for (; at + 48 <= end; at += 48) {
      const x = v128.xor(s, v128.load(at));
      const y = v128.load(at, 16);
      const z = v128.load(at, 32);
      const xLow = v128.and(x, mask);
      const xHigh = i8x16.shr_u(x, 4);
      const yLow = v128.and(y, mask);
      const yHigh = i8x16.shr_u(y, 4);
      const zLow = v128.and(z, mask);
      const zHigh = i8x16.shr_u(z, 4);
      let low = i64x2.splat(0);
      let high = i64x2.splat(0);
      for (let row: usize = 256; row != 0; row -= 16) {
        high = shiftedHigh(low, high);
        low = v128.xor(shiftedLow(low), products(TABLE_3 - 16 + row, xLow, xHigh));
        low = v128.xor(low, products(TABLE_2 - 16 + row, yLow, yHigh));
        low = v128.xor(low, products(TABLE_1 - 16 + row, zLow, zHigh));
      }
      s = reduced(low, high);
    }
  } else if (powers == 2) {
    for (; at + 32 <= end; at += 32) {
      const x = v128.xor(s, v128.load(at));
      const y = v128.load(at, 16);
      const xLow = v128.and(x, mask);
      const xHigh = i8x16.shr_u(x, 4);
      const yLow = v128.and(y, mask);
      const yHigh = i8x16.shr_u(y, 4);
      let low = i64x2.splat(0);
      let high = i64x2.splat(0);
      for (let row: usize = 256; row != 0; row -= 16) {
        high = shiftedHigh(low, high);
        low = v128.xor(shiftedLow(low), products(TABLE_2 - 16 + row, xLow, xHigh));
        low = v128.xor(low, products(TABLE_1 - 16 + row, yLow, yHigh));
      }
      s = reduced(low, high);
    }
  }
  for (; at < end; at += 16) s = dot(v128.xor(s, v128.load(at)), TABLE_1);
  sum = s;
}

/** The sum. */
export function polyvalSum(): v128 {
  return sum;
}
