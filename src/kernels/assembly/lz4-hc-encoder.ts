/**
 * LZ4 block encoder, high compression: chains of all positions with the same hash, up to `depth` candidates each, and a look at
 * the next two positions before a match is taken.
 *
 * INPUT[0, length) to OUTPUT, as in `lz4-encoder.ts`. Heads rise above a base from block to block; the chain is indexed by position modulo
 * 2^16 and holds the distance to the position before.
 */
import { INPUT, LZ4_HC_CHAIN, LZ4_HC_HEADS, LZ4_HC_HEADS_LENGTH, OUTPUT } from './layout';
import {
  LITERALS_LAST,
  MATCH_DISTANCE_MOST,
  MATCH_LENGTH_LEAST,
  MATCH_START_MARGIN,
  matchLength,
  storeLiterals,
  storeSequence,
} from './lz4-sequence';

const HASH_BITS: u32 = 15;
const BASE_MOST: u32 = 0xc000_0000;
/** Matches from this length on are taken at once. */
const MATCH_LENGTH_ENOUGH: usize = 512;

let base: u32 = 1;
/** What is added to a stored position to give an address, the block's first stored position, and the first address not inserted. */
let shift: usize = 0;
let first: u32 = 0;
let inserted: usize = 0;
/** Distance of the match that `longestMatch` has found. */
let distanceFound: usize = 0;

@inline
function headOf(at: usize): usize {
  return LZ4_HC_HEADS + (<usize>((load<u32>(at) * 2654435761) >> (32 - HASH_BITS)) << 2);
}

@inline
function linkOf(position: u32): usize {
  return LZ4_HC_CHAIN + ((<usize>position & 0xffff) << 1);
}

/** Puts the position at `at` into its chain; returns the one that was its head. */
@inline
function insert(at: usize, base: usize): u32 {
  const head = headOf(at);
  const before = load<u32>(head);
  const position = <u32>(at - base);
  store<u16>(linkOf(position), <u16>min<u32>(position - before, MATCH_DISTANCE_MOST));
  store<u32>(head, position);
  return before;
}

/** Puts every position up to `at`, which is not in its chain yet, into it; returns the head of the one at `at`. */
@inline
function insertUpTo(at: usize): u32 {
  for (; inserted < at; inserted++) insert(inserted, shift);
  inserted = at + 1;
  return insert(at, shift);
}

/** Length of the longest match at `at`, whose chain begins with `head`, that is longer than `known`, else `known`. */
function longestMatch(at: usize, head: u32, stop: usize, depth: u32, known: usize): usize {
  const position = <u32>(at - shift);
  const lowest = max<u32>(first, position > MATCH_DISTANCE_MOST ? position - MATCH_DISTANCE_MOST : 0);
  const start = load<u32>(at);
  let longest = known;
  let candidate = head;
  for (let left = depth; left > 0 && candidate >= lowest; left--) {
    const from = shift + <usize>candidate;
    if (load<u16>(from + longest - 1) == load<u16>(at + longest - 1) && load<u32>(from) == start) {
      const length = MATCH_LENGTH_LEAST + matchLength(at + MATCH_LENGTH_LEAST, from + MATCH_LENGTH_LEAST, stop);
      if (length > longest) {
        longest = length;
        distanceFound = at - from;
        if (at + length >= stop) break;
      }
    }
    const distance = <u32>load<u16>(linkOf(candidate));
    if (distance > candidate) break;
    candidate -= distance;
  }
  return longest;
}

/** Encodes, looking at `depth` candidates for each position; returns the length of the block. */
export function lz4HcEncode(length: u32, depth: u32): u32 {
  const end = INPUT + <usize>length;
  if (<usize>length <= MATCH_START_MARGIN) return <u32>(storeLiterals(OUTPUT, INPUT, length) - OUTPUT);
  if (base > BASE_MOST) {
    memory.fill(LZ4_HC_HEADS, 0, LZ4_HC_HEADS_LENGTH);
    base = 1;
  }
  first = base;
  shift = INPUT - <usize>first;
  inserted = INPUT;
  base += length;
  const matchStartLast = end - MATCH_START_MARGIN;
  const stop = end - LITERALS_LAST;

  let output = OUTPUT;
  let literals = INPUT;
  let at = INPUT;
  while (at <= matchStartLast) {
    const head = insertUpTo(at);
    // Of most positions no other has the hash.
    let match: usize = head < first ? 0 : longestMatch(at, head, stop, depth, MATCH_LENGTH_LEAST - 1);
    if (match < MATCH_LENGTH_LEAST) {
      at++;
      continue;
    }
    let distance = distanceFound;
    while (match < MATCH_LENGTH_ENOUGH && at + 1 <= matchStartLast) {
      const one = longestMatch(at + 1, insertUpTo(at + 1), stop, depth, match);
      if (one > match) {
        at++;
        match = one;
        distance = distanceFound;
        continue;
      }
      if (at + 2 > matchStartLast) break;
      const two = longestMatch(at + 2, insertUpTo(at + 2), stop, depth, match + 1);
      if (two <= match + 1) break;
      at += 2;
      match = two;
      distance = distanceFound;
    }
    while (at > literals && at - distance > INPUT && load<u8>(at - 1) == load<u8>(at - distance - 1)) {
      at--;
      match++;
    }
    output = storeSequence(output, literals, at - literals, distance, match);
    at += match;
    literals = at;
  }
  return <u32>(storeLiterals(output, literals, end - literals) - OUTPUT);
}
