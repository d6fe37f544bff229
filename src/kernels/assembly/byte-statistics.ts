/**
 * What bytes a content has: its entropy, rounded as `src/format/entropy.ts` rounds it, and which classes of bytes occur.
 *
 * Four tables at COUNTS are used in turn, so that a byte that repeats does not wait for its own count. Terms of rare bytes, which most of
 * a small content are, are kept by their count.
 */
import { COUNTS, COUNTS_LENGTH, ENTROPY_TERMS } from './layout';

const TABLE_LENGTH: usize = 256 * 4;
/** Counts up to which a term is kept. */
const KEPT_COUNT_MAX: u32 = 63;

const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const LOG2_E: f64 = 1.4426950408889634;
const SQRT_HALF: f64 = 0.7071067811865476;
// Coefficients of the polynomial that approximates log(1 + f): FreeBSD msun, e_log.c.
const L1: f64 = 6.66666666666673513e-1;
const L2: f64 = 3.999999999940941908e-1;
const L3: f64 = 2.857142874366239149e-1;
const L4: f64 = 2.222219843214978396e-1;
const L5: f64 = 1.818357216161805012e-1;
const L6: f64 = 1.531383769920937332e-1;
const L7: f64 = 1.479819860511658591e-1;

@inline
function count(table: usize, byte: u32): void {
  const place = COUNTS + table * TABLE_LENGTH + (<usize>byte << 2);
  store<u32>(place, load<u32>(place) + 1);
}

/** Starts counting. */
export function byteCountsBegin(): void {
  memory.fill(COUNTS, 0, COUNTS_LENGTH);
}

/** Counts the `length` bytes at `source`. */
export function byteCountsUpdate(source: usize, length: u32): void {
  const end = source + <usize>length;
  let at = source;
  for (; at + 8 <= end; at += 8) {
    const low = load<u32>(at);
    const high = load<u32>(at, 4);
    count(0, low & 0xff);
    count(1, (low >> 8) & 0xff);
    count(2, (low >> 16) & 0xff);
    count(3, low >> 24);
    count(0, high & 0xff);
    count(1, (high >> 8) & 0xff);
    count(2, (high >> 16) & 0xff);
    count(3, high >> 24);
  }
  for (; at < end; at++) count(0, load<u8>(at));
}

/** Natural logarithm of a number in (0.5, 1). */
@inline
function naturalLog(fraction: f64): f64 {
  const below = fraction < SQRT_HALF;
  const k: f64 = below ? -1 : 0;
  const f: f64 = (below ? fraction * 2 : fraction) - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const t1 = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
  const t2 = s4 * (L2 + s4 * (L4 + s4 * L6));
  const halfSquare = 0.5 * f * f;
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + t1 + t2) + k * LN2_LOW) - f);
}

/** log2 of a positive normal number. */
@inline
function log2(value: f64): f64 {
  const bits = reinterpret<u64>(value);
  const exponent = <f64>(<i32>(bits >> 52) - 1022);
  const fraction = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3fe0_0000_0000_0000);
  if (fraction == 0.5) return exponent - 1;
  return naturalLog(fraction) * LOG2_E + exponent;
}

/** Entropy of the `total` bytes that were counted, in bits per byte. */
export function byteEntropy(total: f64): f64 {
  memory.fill(ENTROPY_TERMS, 0, (KEPT_COUNT_MAX + 1) * 8);
  let entropy: f64 = 0;
  for (let word: usize = 0; word < TABLE_LENGTH; word += 16) {
    const place = COUNTS + word;
    const odd = i32x4.add(v128.load(place, 1024), v128.load(place, 3072));
    const sums = i32x4.add(i32x4.add(v128.load(place), v128.load(place, 2048)), odd);
    if (!v128.any_true(sums)) continue;
    v128.store(place, sums);
    for (let at = place; at < place + 16; at += 4) {
      const found = load<u32>(at);
      if (found == 0) continue;
      const kept = ENTROPY_TERMS + (<usize>min<u32>(found, KEPT_COUNT_MAX) << 3);
      let term: f64 = found <= KEPT_COUNT_MAX ? load<f64>(kept) : 0;
      if (term == 0) {
        const share = <f64>found / total;
        term = share * log2(share);
        if (found <= KEPT_COUNT_MAX) store<f64>(kept, term);
      }
      entropy -= term;
    }
  }
  return entropy;
}

/** Classes of a byte, as `src/format/content-type.ts` has them. */
const CONTROL: u32 = 1;
const HIGH: u32 = 2;

/** Lanes whose bytes are controls that no text has: below 0x20, but none of 09, 0a, 0c, 0d, 1b. */
@inline
function controls(bytes: v128): v128 {
  const below = i8x16.lt_u(bytes, i8x16.splat(0x20));
  const lines = v128.or(i8x16.eq(bytes, i8x16.splat(0x09)), i8x16.eq(bytes, i8x16.splat(0x0a)));
  const feeds = v128.or(i8x16.eq(bytes, i8x16.splat(0x0c)), i8x16.eq(bytes, i8x16.splat(0x0d)));
  const texts = v128.or(v128.or(lines, feeds), i8x16.eq(bytes, i8x16.splat(0x1b)));
  return v128.andnot(below, texts);
}

/** The classes of the `length` bytes at `source`, behind which 16 bytes may be overwritten. */
export function byteClasses(source: usize, length: u32): u32 {
  const end = source + <usize>length;
  // Spaces, which have no class.
  v128.store(end, i8x16.splat(0x20));
  let control = i8x16.splat(0);
  let high = i8x16.splat(0);
  for (let at = source; at < end; at += 16) {
    const bytes = v128.load(at);
    control = v128.or(control, controls(bytes));
    high = v128.or(high, bytes);
  }
  return (v128.any_true(control) ? CONTROL : 0) | (i8x16.bitmask(high) != 0 ? HIGH : 0);
}
