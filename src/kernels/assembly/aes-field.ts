/**
 * The field of AES as a tower, and the tables that the cipher needs, computed from their definitions when the module starts.
 *
 * A byte y of GF(2^8) (FIPS 197 §4) is y = i + j·THETA with i, j in the subfield GF(2^4), THETA^17 = 1 and a = THETA + THETA^16.
 * The *tower form* of y is the byte with i as high and j as low nibble, both as coordinates to a basis 1, g, g^2, g^3 of the subfield.
 *
 * The inverse needs look-ups of nibbles only, which a byte shuffle does without an address that depends on the data
 * (M. Hamburg, "Accelerating AES with Vector Permute Instructions", CHES 2009, §3). With k = i + j:
 *
 *     p = 1/i + a/k,  q = 1/j + a/k,  u = 1/p + j,  v = 1/q + i
 *     1/y = ((1 + THETA)·(1/u) + (1 + a + a^2 + (1 + a)·THETA)·(1/v)) / a^2
 *
 * where 1/0 is "infinite": a byte with its top bit set, so that a shuffle by it, or by its sum with a nibble, gives 0.
 */

/** 1/n and a/n for n in the subfield. */
export const INVERSES: usize = memory.data(16, 16);
export const A_INVERSES: usize = memory.data(16, 16);

/** For each of u and v what it adds to the result, in tower form: to the S-box's linear part, to twice that, and to the inverse. */
export const SBOX_U: usize = memory.data(16, 16);
export const SBOX_V: usize = memory.data(16, 16);
export const DOUBLE_SBOX_U: usize = memory.data(16, 16);
export const DOUBLE_SBOX_V: usize = memory.data(16, 16);
export const INVERSE_U: usize = memory.data(16, 16);
export const INVERSE_V: usize = memory.data(16, 16);

/** Linear maps of bytes: images of the sixteen low nibbles, then of the sixteen high ones. */
export const TO_TOWER: usize = memory.data(32, 16);
export const FROM_TOWER: usize = memory.data(32, 16);
/** In tower form: inverse of the S-box's linear part; multiplication by x and by x^2. */
export const SBOX_LINEAR_INVERSE: usize = memory.data(32, 16);
export const TIMES_X: usize = memory.data(32, 16);
export const TIMES_X2: usize = memory.data(32, 16);

const INFINITE: u8 = 0x80;
/** Tower form of every byte. */
const TOWER = memory.data(256);
/** The byte of every tower form. */
const BYTE = memory.data(256);

function times(a: u8, b: u8): u8 {
  let product: u32 = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0);
    if ((b >> <u8>bit) & 1) product ^= a;
  }
  return <u8>product;
}

function power(base: u8, exponent: u32): u8 {
  let result: u8 = 1;
  for (let step: u32 = 0; step < exponent; step++) result = times(result, base);
  return result;
}

function inverse(element: u8): u8 {
  return power(element, 254);
}

/** Linear part of the S-box (FIPS 197 §5.1.1) and its inverse. */
function sboxLinear(byte: u8): u8 {
  return byte ^ rotl<u8>(byte, 1) ^ rotl<u8>(byte, 2) ^ rotl<u8>(byte, 3) ^ rotl<u8>(byte, 4);
}
function sboxLinearInverse(byte: u8): u8 {
  return rotl<u8>(byte, 1) ^ rotl<u8>(byte, 3) ^ rotl<u8>(byte, 6);
}

@inline
function tower(byte: u8): u8 {
  return load<u8>(TOWER + <usize>byte);
}
@inline
function byteOf(form: usize): u8 {
  return load<u8>(BYTE + form);
}

function computeTables(): void {
  // 3 generates all elements: its 17th power those of the subfield, its 15th power one whose 17th power is 1.
  const g = power(3, 17);
  const theta = power(3, 15);
  const a = theta ^ power(theta, 16);
  // Each bit of a form doubles what is known: the forms below it, and those plus what the bit stands for.
  store<u8>(BYTE, 0);
  for (let bit: usize = 0; bit < 8; bit++) {
    const basis = power(g, <u32>bit & 3);
    const added = bit < 4 ? times(basis, theta) : basis;
    for (let form: usize = 0; form < <usize>1 << bit; form++) {
      store<u8>(BYTE + form + (<usize>1 << bit), load<u8>(BYTE + form) ^ added);
    }
  }
  for (let form: usize = 0; form < 256; form++) store<u8>(TOWER + <usize>load<u8>(BYTE + form), <u8>form);

  // Of an element of the subfield the tower form has the nibble on top.
  store<u8>(INVERSES, INFINITE);
  store<u8>(A_INVERSES, INFINITE);
  const scale = inverse(times(a, a));
  const ofU = times(1 ^ theta, scale);
  const ofV = times(1 ^ a ^ times(a, a) ^ times(1 ^ a, theta), scale);
  for (let n: usize = 1; n < 16; n++) {
    const reciprocal = inverse(byteOf(n << 4));
    store<u8>(INVERSES + n, tower(reciprocal) >> 4);
    store<u8>(A_INVERSES + n, tower(times(a, reciprocal)) >> 4);
    const u = times(ofU, reciprocal);
    const v = times(ofV, reciprocal);
    store<u8>(INVERSE_U + n, tower(u));
    store<u8>(INVERSE_V + n, tower(v));
    store<u8>(SBOX_U + n, tower(sboxLinear(u)));
    store<u8>(SBOX_V + n, tower(sboxLinear(v)));
    store<u8>(DOUBLE_SBOX_U + n, tower(times(2, sboxLinear(u))));
    store<u8>(DOUBLE_SBOX_V + n, tower(times(2, sboxLinear(v))));
  }

  for (let n: usize = 0; n < 32; n++) {
    const argument: usize = n < 16 ? n : (n - 16) << 4;
    const byte = byteOf(argument);
    store<u8>(TO_TOWER + n, tower(<u8>argument));
    store<u8>(FROM_TOWER + n, byte);
    store<u8>(SBOX_LINEAR_INVERSE + n, tower(sboxLinearInverse(byte)));
    store<u8>(TIMES_X + n, tower(times(2, byte)));
    store<u8>(TIMES_X2 + n, tower(times(4, byte)));
  }
}

computeTables();
