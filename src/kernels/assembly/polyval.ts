/**
 * POLYVAL (RFC 8452 §3) in constant time, with byte shuffles instead of table look-ups by address.
 *
 * For a key H there are two tables of sixteen vectors. Vector j of the first holds byte j of n·H for the sixteen values n of a low
 * nibble; the second does so for the high nibble. A shuffle by the nibbles of a block thus gives byte j of sixteen products, of
 * which product i belongs at byte i + j of the 256-bit result, which is reduced at the end, once for three blocks.
 */
import { POLYVAL_TABLES } from './layout';
import { highNibbles, lowNibbles } from './nibbles';

/** Bytes of a row: for each byte of the elements, vectors of low and high nibbles of H, then of H^2 and H^3. */
const ROW_LENGTH: usize = 6 * 16;
const SECOND: usize = 2 * 16;
const THIRD: usize = 4 * 16;

/** Every byte of one of the four words of a vector four times. */
const BYTES_OF_WORD_0 = i8x16(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
const BYTES_OF_WORD_1 = i8x16(4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7);
const BYTES_OF_WORD_2 = i8x16(8, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11);
const BYTES_OF_WORD_3 = i8x16(12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15);

/** `element` times x in POLYVAL's field: x^128 = x^127 + x^126 + x^121 + 1. */
@inline
function timesX(element: v128): v128 {
  const zero = i64x2.splat(0);
  const carried = v128.shuffle<u64>(zero, i64x2.shr_u(element, 63), 0, 2);
  const top = i32x4.shr_s(v128.shuffle<u32>(element, element, 3, 3, 3, 3), 31);
  const folded = v128.and(top, i64x2(1, 0xc200000000000000));
  return v128.xor(v128.xor(i64x2.shl(element, 1), carried), folded);
}

/**
 * Four vectors of the tables, from on `row`. `low`: for each of four bytes of the element a word with that byte of 0 to 3 times the
 * element; `high`: of 0, 4, 8 and 12 times.
 */
@inline
function storeRows(row: usize, low: v128, high: v128): void {
  v128.store(row, v128.xor(v128.shuffle<u32>(low, low, 0, 0, 0, 0), i8x16.swizzle(high, BYTES_OF_WORD_0)));
  v128.store(row, v128.xor(v128.shuffle<u32>(low, low, 1, 1, 1, 1), i8x16.swizzle(high, BYTES_OF_WORD_1)), ROW_LENGTH);
  v128.store(row, v128.xor(v128.shuffle<u32>(low, low, 2, 2, 2, 2), i8x16.swizzle(high, BYTES_OF_WORD_2)), 2 * ROW_LENGTH);
  v128.store(row, v128.xor(v128.shuffle<u32>(low, low, 3, 3, 3, 3), i8x16.swizzle(high, BYTES_OF_WORD_3)), 3 * ROW_LENGTH);
}

/** The even bytes of the result are those of `a`, the odd ones those of `b`: of the first halves, and of the second ones. */
@inline
function pairsLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
@inline
function pairsHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
/** The same of half words. */
@inline
function wordsLow(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
@inline
function wordsHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** The table at `table` of the products n·`element`; returns `element` times x^4. */
function storeProducts(table: usize, element: v128): v128 {
  const zero = i64x2.splat(0);
  const two = timesX(element);
  const three = v128.xor(two, element);
  const four = timesX(two);
  const eight = timesX(four);
  const twelve = v128.xor(eight, four);
  const units = pairsLow(zero, element);
  const twos = pairsLow(two, three);
  const fours = pairsLow(zero, four);
  const eights = pairsLow(eight, twelve);
  storeRows(table, wordsLow(units, twos), wordsLow(fours, eights));
  storeRows(table + 4 * ROW_LENGTH, wordsHigh(units, twos), wordsHigh(fours, eights));
  const unitsHigh = pairsHigh(zero, element);
  const twosHigh = pairsHigh(two, three);
  const foursHigh = pairsHigh(zero, four);
  const eightsHigh = pairsHigh(eight, twelve);
  storeRows(table + 8 * ROW_LENGTH, wordsLow(unitsHigh, twosHigh), wordsLow(foursHigh, eightsHigh));
  storeRows(table + 12 * ROW_LENGTH, wordsHigh(unitsHigh, twosHigh), wordsHigh(foursHigh, eightsHigh));
  return timesX(eight);
}

function buildTables(table: usize, element: v128): void {
  storeProducts(table + 16, storeProducts(table, element));
}

/** Bytes of (high, low) one place up: into `high`, and into `low`. */
@inline
function shiftedHigh(low: v128, high: v128): v128 {
  return v128.shuffle<u8>(low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
@inline
function shiftedLow(low: v128): v128 {
  return shiftedHigh(i64x2.splat(0), low);
}

/** What the two vectors at `row` have for sixteen bytes, given as nibbles. */
@inline
function products(row: usize, low: v128, high: v128): v128 {
  return v128.xor(i8x16.swizzle(v128.load(row), low), i8x16.swizzle(v128.load(row, 16), high));
}

/** Both words, each times x^63 + x^62 + x^57, without what leaves the word. */
@inline
function foldedUp(words: v128): v128 {
  return v128.xor(v128.xor(i64x2.shl(words, 63), i64x2.shl(words, 62)), i64x2.shl(words, 57));
}

/** (high, low) · x^-128, two folds of 64 bits. */
@inline
function reduced(low: v128, high: v128): v128 {
  const zero = i64x2.splat(0);
  const once = v128.xor(low, v128.shuffle<u64>(zero, foldedUp(low), 0, 2));
  const down = v128.xor(v128.xor(once, i64x2.shr_u(once, 1)), v128.xor(i64x2.shr_u(once, 2), i64x2.shr_u(once, 7)));
  return v128.xor(v128.xor(high, down), v128.shuffle<u64>(foldedUp(once), zero, 1, 2));
}

/** dot(x, H^3) + dot(y, H^2) + dot(z, H), where all are given as nibbles: as arguments, for so they stay in registers. */
function dotOfThree(xLow: v128, xHigh: v128, yLow: v128, yHigh: v128, zLow: v128, zHigh: v128): v128 {
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  for (let row = POLYVAL_TABLES + 15 * ROW_LENGTH; row >= POLYVAL_TABLES; row -= ROW_LENGTH) {
    high = shiftedHigh(low, high);
    const sum = v128.xor(products(row + SECOND, yLow, yHigh), products(row, zLow, zHigh));
    low = v128.xor(shiftedLow(low), v128.xor(products(row + THIRD, xLow, xHigh), sum));
  }
  return reduced(low, high);
}

/** dot(`element`, H) of RFC 8452 §3. Multiples of zero are zero in any table. */
@inline
function timesH(element: v128): v128 {
  const zero = i64x2.splat(0);
  return dotOfThree(zero, zero, zero, zero, lowNibbles(element), highNibbles(element));
}

/** POLYVAL of `count` blocks, one or more, at `blocks` under the 16-byte key at `key`. */
export function polyval(key: usize, blocks: usize, count: usize): v128 {
  const h = v128.load(key);
  buildTables(POLYVAL_TABLES, h);
  const square = timesH(h);
  buildTables(POLYVAL_TABLES + SECOND, square);
  buildTables(POLYVAL_TABLES + THIRD, timesH(square));
  const end = blocks + count * 16;
  // Zeros in front do not change the sum: the first group has what is over.
  const over = count % 3;
  let x = i64x2.splat(0);
  let y = i64x2.splat(0);
  let z: v128;
  let at = blocks;
  if (over == 1) {
    z = v128.load(at);
  } else if (over == 2) {
    y = v128.load(at);
    z = v128.load(at, 16);
  } else {
    x = v128.load(at);
    y = v128.load(at, 16);
    z = v128.load(at, 32);
  }
  at += over == 0 ? 48 : over * 16;
  while (true) {
    const s = dotOfThree(
      lowNibbles(x),
      highNibbles(x),
      lowNibbles(y),
      highNibbles(y),
      lowNibbles(z),
      highNibbles(z),
    );
    if (at >= end) return s;
    x = v128.xor(s, v128.load(at));
    y = v128.load(at, 16);
    z = v128.load(at, 32);
    at += 48;
  }
}
