/** The halves of sixteen bytes, each as an index into the sixteen bytes of a table: `i8x16.swizzle` looks all up at once, in constant time. */

@inline
export function lowNibbles(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

/** Bits that come from the byte beside it are masked. */
@inline
export function highNibbles(bytes: v128): v128 {
  return v128.and(i64x2.shr_u(bytes, 4), i8x16.splat(15));
}
