/**
 * How often each byte occurs. Four tables at COUNTS are used in turn, so that a byte that repeats does not wait for its own count; at the end
 * the first has the sums, 256 words.
 */
import { COUNTS, COUNTS_LENGTH, INPUT } from './layout';

const TABLE_LENGTH: usize = 256 * 4;

@inline
function count(table: usize, byte: u32): void {
  const place = COUNTS + table * TABLE_LENGTH + (<usize>byte << 2);
  store<u32>(place, load<u32>(place) + 1);
}

/** Counts the bytes of INPUT[0, length). */
export function byteCounts(length: u32): void {
  memory.fill(COUNTS, 0, COUNTS_LENGTH);
  const end = INPUT + <usize>length;
  let at = INPUT;
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
  for (let word: usize = 0; word < TABLE_LENGTH; word += 16) {
    const place = COUNTS + word;
    const odd = i32x4.add(v128.load(place, 1024), v128.load(place, 3072));
    v128.store(place, i32x4.add(i32x4.add(v128.load(place), v128.load(place, 2048)), odd));
  }
}
