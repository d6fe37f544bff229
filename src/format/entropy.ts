/**
 * Shannon entropy of bytes, to the last bit as the reference computes it: it is part of objects and entries and so of their ids.
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
// Coefficients of the polynomial that approximates log(1 + f): FreeBSD msun, e_log.c, which Go's math.Log follows.
const L1 = 6.66666666666673513e-1;
const L2 = 3.999999999940941908e-1;
const L3 = 2.857142874366239149e-1;
const L4 = 2.222219843214978396e-1;
const L5 = 1.818357216161805012e-1;
const L6 = 1.531383769920937332e-1;
const L7 = 1.479819860511658591e-1;

const bits = new DataView(new ArrayBuffer(8));

/** log2 of a positive normal number, rounded as Go's math.Log2. */
function log2(value: number): number {
  bits.setFloat64(0, value, true);
  const high = bits.getUint32(4, true);
  const exponent = (high >>> 20) - 1022;
  bits.setUint32(4, (high & 0x000f_ffff) | 0x3fe0_0000, true);
  const fraction = bits.getFloat64(0, true);
  if (fraction === 0.5) return exponent - 1;
  return naturalLog(fraction) * Math.LOG2E + exponent;
}

/** Natural logarithm of a number in (0.5, 1), rounded as Go's math.Log. */
function naturalLog(fraction: number): number {
  const below = fraction < Math.SQRT1_2;
  const k = below ? -1 : 0;
  const f = (below ? fraction * 2 : fraction) - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const t1 = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
  const t2 = s4 * (L2 + s4 * (L4 + s4 * L6));
  const halfSquare = 0.5 * f * f;
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + t1 + t2) + k * LN2_LOW) - f);
}

const counts = new Uint32Array(256);

/** Counts up to which a term is kept for the bytes that are as frequent: most of them in a small content. */
const KEPT_COUNT_MAX = 63;
const kept = new Float64Array(KEPT_COUNT_MAX + 1);

/** Entropy of `bytes` in bits per byte, 0 to 8; 0 for none. */
export function entropyOf(bytes: Uint8Array): number {
  countBytes(bytes);
  kept.fill(0);
  let entropy = 0;
  for (const count of counts) {
    if (count === 0) continue;
    let term = count <= KEPT_COUNT_MAX ? (kept[count] ?? 0) : 0;
    if (term === 0) {
      const share = count / bytes.length;
      term = share * log2(share);
      if (count <= KEPT_COUNT_MAX) kept[count] = term;
    }
    entropy -= term;
  }
  return entropy;
}

/** Four tables, used in turn: a byte that repeats does not wait for its own count. */
const tables = new Uint32Array(4 * 256);

/** Makes `counts[b]` how often byte b occurs in `bytes`. */
function countBytes(bytes: Uint8Array): void {
  tables.fill(0);
  const { length } = bytes;
  let at = 3;
  for (; at < length; at += 4) {
    const first = bytes[at - 3] ?? 0;
    const second = 256 + (bytes[at - 2] ?? 0);
    const third = 512 + (bytes[at - 1] ?? 0);
    const fourth = 768 + (bytes[at] ?? 0);
    tables[first] = (tables[first] ?? 0) + 1;
    tables[second] = (tables[second] ?? 0) + 1;
    tables[third] = (tables[third] ?? 0) + 1;
    tables[fourth] = (tables[fourth] ?? 0) + 1;
  }
  for (at -= 3; at < length; at++) {
    const byte = bytes[at] ?? 0;
    tables[byte] = (tables[byte] ?? 0) + 1;
  }
  for (let byte = 0; byte < 256; byte++) {
    const even = (tables[byte] ?? 0) + (tables[byte + 512] ?? 0);
    const odd = (tables[byte + 256] ?? 0) + (tables[byte + 768] ?? 0);
    counts[byte] = even + odd;
  }
}
