/** Parts that the LZ4 encoders share (LZ4 Block Format Description, "Compressed block format"). */

/** The last match starts at least this many bytes before the end of a block, and the last five bytes are literals. */
export const MATCH_START_MARGIN: usize = 12;
export const LITERALS_LAST: usize = 5;
export const MATCH_LENGTH_LEAST: usize = 4;
export const MATCH_DISTANCE_MOST: u32 = 65535;

const LENGTH_ESCAPE: usize = 15;

/** Equal bytes at `here` and `there`, counted up to where `here` reaches `stop`. */
@inline
export function matchLength(here: usize, there: usize, stop: usize): usize {
  let at = here;
  let from = there;
  while (at + 8 <= stop) {
    const difference = load<u64>(at) ^ load<u64>(from);
    if (difference) return at - here + <usize>(ctz<u64>(difference) >> 3);
    at += 8;
    from += 8;
  }
  while (at < stop && load<u8>(at) == load<u8>(from)) {
    at++;
    from++;
  }
  return at - here;
}

/** Writes the rest of a length that does not fit into the token. */
@inline
function storeLength(output: usize, length: usize): usize {
  let rest = length - LENGTH_ESCAPE;
  for (; rest >= 255; rest -= 255) store<u8>(output++, 255);
  store<u8>(output++, <u8>rest);
  return output;
}

/** Appends a token with `length` literals from `literals` on, then a match; writes up to 16 bytes beyond. Returns the new end. */
@inline
export function storeSequence(output: usize, literals: usize, length: usize, distance: usize, match: usize): usize {
  const token = output++;
  const extra = match - MATCH_LENGTH_LEAST;
  store<u8>(token, <u8>((min<usize>(length, LENGTH_ESCAPE) << 4) | min<usize>(extra, LENGTH_ESCAPE)));
  if (length >= LENGTH_ESCAPE) output = storeLength(output, length);
  for (let done: usize = 0; done < length; done += 16) v128.store(output + done, v128.load(literals + done));
  output += length;
  store<u16>(output, <u16>distance);
  output += 2;
  return extra >= LENGTH_ESCAPE ? storeLength(output, extra) : output;
}

/** Appends the literals at the end of a block. Returns the new end. */
export function storeLiterals(output: usize, literals: usize, length: usize): usize {
  store<u8>(output++, <u8>(min<usize>(length, LENGTH_ESCAPE) << 4));
  if (length >= LENGTH_ESCAPE) output = storeLength(output, length);
  memory.copy(output, literals, length);
  return output + length;
}
