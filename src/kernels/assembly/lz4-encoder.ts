/**
 * LZ4 block encoder, fast: one candidate for every hash of five bytes, first match taken.
 *
 * INPUT[0, length) to OUTPUT, of which n + n/255 + 16 bytes may be written. Positions are stored above a base that rises from block to
 * block, so that the table is never cleared in between and a small block costs no more than its bytes.
 */
import { INPUT, LZ4_POSITIONS, LZ4_POSITIONS_LENGTH, OUTPUT } from './layout';
import {
  LITERALS_LAST,
  MATCH_DISTANCE_MOST,
  MATCH_LENGTH_LEAST,
  MATCH_START_MARGIN,
  matchLength,
  storeLiterals,
  storeSequence,
} from './lz4-sequence';

const HASH_BITS: u64 = 14;
/** After so many failures in a row the step grows by one: 2^6. */
const STEP_BITS: u32 = 6;
const BASE_MOST: u32 = 0xc000_0000;

/** Stored position of the first byte of the next block; 0 stands for "never seen". */
let base: u32 = 1;

@inline
function slotOf(at: usize): usize {
  return LZ4_POSITIONS + (<usize>(((load<u64>(at) << 24) * 889523592379) >> (64 - HASH_BITS)) << 2);
}

/** Encodes; returns the length of the block. */
export function lz4Encode(length: u32): u32 {
  const end = INPUT + <usize>length;
  if (<usize>length <= MATCH_START_MARGIN) return <u32>(storeLiterals(OUTPUT, INPUT, length) - OUTPUT);
  if (base > BASE_MOST) {
    memory.fill(LZ4_POSITIONS, 0, LZ4_POSITIONS_LENGTH);
    base = 1;
  }
  const first = base;
  const shift = INPUT - <usize>first;
  base += length;
  const matchStartLast = end - MATCH_START_MARGIN;
  const matchStop = end - LITERALS_LAST;

  let output = OUTPUT;
  let literals = INPUT;
  let at = INPUT;
  let slot = slotOf(at);
  while (true) {
    // The next position that starts like an earlier one.
    let from: usize = 0;
    let attempts: u32 = 1 << STEP_BITS;
    let next = at;
    while (true) {
      at = next;
      next += <usize>(attempts++ >> STEP_BITS);
      if (at > matchStartLast) break;
      const stored = load<u32>(slot);
      const position = <u32>(at - shift);
      store<u32>(slot, position);
      slot = slotOf(next);
      if (stored >= first && position - stored <= MATCH_DISTANCE_MOST) {
        from = shift + <usize>stored;
        if (load<u32>(from) == load<u32>(at)) break;
      }
    }
    if (at > matchStartLast) break;
    while (at > literals && from > INPUT && load<u8>(at - 1) == load<u8>(from - 1)) {
      at--;
      from--;
    }
    // Where one match ends another often starts.
    while (true) {
      const match = MATCH_LENGTH_LEAST + matchLength(at + MATCH_LENGTH_LEAST, from + MATCH_LENGTH_LEAST, matchStop);
      output = storeSequence(output, literals, at - literals, at - from, match);
      at += match;
      literals = at;
      if (at > matchStartLast) break;
      store<u32>(slotOf(at - 2), <u32>(at - 2 - shift));
      slot = slotOf(at);
      const stored = load<u32>(slot);
      const position = <u32>(at - shift);
      store<u32>(slot, position);
      from = shift + <usize>stored;
      if (stored < first || position - stored > MATCH_DISTANCE_MOST || load<u32>(from) != load<u32>(at)) {
        at++;
        slot = slotOf(at);
        break;
      }
    }
    if (at > matchStartLast) break;
  }
  return <u32>(storeLiterals(output, literals, end - literals) - OUTPUT);
}
