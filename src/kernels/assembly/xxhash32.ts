/**
 * XXH32 (xxHash specification 0.1.1), seed 0: the checksum of LZ4 frames; of one place, or of INPUT, going on from call to call.
 *
 * State: four accumulators and the count of bytes so far. Every call but the last takes a multiple of 16 bytes.
 */
import { INPUT } from './layout';

const PRIME_1: u32 = 0x9e3779b1;
const PRIME_2: u32 = 0x85ebca77;
const PRIME_3: u32 = 0xc2b2ae3d;
const PRIME_4: u32 = 0x27d4eb2f;
const PRIME_5: u32 = 0x165667b1;

let accumulator1: u32 = 0;
let accumulator2: u32 = 0;
let accumulator3: u32 = 0;
let accumulator4: u32 = 0;
let total: u32 = 0;
let striped = false;

@inline
function round(accumulator: u32, lane: u32): u32 {
  return rotl<u32>(accumulator + lane * PRIME_2, 13) * PRIME_1;
}

/** Starts another hash. */
export function xxhash32Begin(): void {
  accumulator1 = PRIME_1 + PRIME_2;
  accumulator2 = PRIME_2;
  accumulator3 = 0;
  accumulator4 = 0 - PRIME_1;
  total = 0;
  striped = false;
}

/** Takes the whole stripes of the `length` bytes at `source`. */
function update(source: usize, length: u32): void {
  const end = source + <usize>(length & ~15);
  let a = accumulator1;
  let b = accumulator2;
  let c = accumulator3;
  let d = accumulator4;
  for (let at = source; at < end; at += 16) {
    a = round(a, load<u32>(at));
    b = round(b, load<u32>(at, 4));
    c = round(c, load<u32>(at, 8));
    d = round(d, load<u32>(at, 12));
  }
  accumulator1 = a;
  accumulator2 = b;
  accumulator3 = c;
  accumulator4 = d;
  if (end > source) striped = true;
  total += length & ~15;
}

/** The hash, after the last `length` bytes at `source`. */
function finish(source: usize, length: u32): u32 {
  update(source, length);
  let at = source + <usize>(length & ~15);
  const end = source + <usize>length;
  let hash = striped
    ? rotl<u32>(accumulator1, 1) + rotl<u32>(accumulator2, 7) + rotl<u32>(accumulator3, 12) + rotl<u32>(accumulator4, 18)
    : PRIME_5;
  hash += total + (length & 15);
  for (; at + 4 <= end; at += 4) hash = rotl<u32>(hash + load<u32>(at) * PRIME_3, 17) * PRIME_4;
  for (; at < end; at++) hash = rotl<u32>(hash + <u32>load<u8>(at) * PRIME_5, 11) * PRIME_1;
  hash = (hash ^ (hash >> 15)) * PRIME_2;
  hash = (hash ^ (hash >> 13)) * PRIME_3;
  return hash ^ (hash >> 16);
}

/** Takes the whole stripes of INPUT[0, length). */
export function xxhash32Update(length: u32): void {
  update(INPUT, length);
}

/** The hash, after the last INPUT[0, length). */
export function xxhash32Finish(length: u32): u32 {
  return finish(INPUT, length);
}

/** The hash of the `length` bytes at `source`. */
export function xxhash32(source: usize, length: usize): u32 {
  xxhash32Begin();
  return finish(source, <u32>length);
}
