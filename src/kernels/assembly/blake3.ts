/**
 * The tree of BLAKE3 (specification §2.1), hash and keyed hash.
 *
 * The caller cuts its input into subtrees of 64 chunks (64 KiB) and joins their chaining values; here, one subtree at any place or one
 * parent at BLAKE3_BLOCK. The key, or the initial value of the plain hash, lies at KEY; the 32-byte result at RESULT.
 */
import { BLOCK_LENGTH, compress, compressFour, VALUE_LENGTH } from './blake3-compression';
import { BLAKE3_BLOCK, BLAKE3_VALUES, KEY, RESULT } from './layout';

const CHUNK_LENGTH: usize = 1024;

/** Flags (§2.1, table 3). The caller adds KEYED_HASH (16). */
const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;

/** Chaining value of one chunk of 0 to 1024 bytes, to `target`. `last`: ROOT or nothing. */
function chunk(
  source: usize,
  length: usize,
  counterLow: u32,
  counterHigh: u32,
  flags: u32,
  last: u32,
  target: usize,
): void {
  memory.copy(target, KEY, VALUE_LENGTH);
  let start = CHUNK_START;
  let at = source;
  let rest = length;
  for (; rest > BLOCK_LENGTH; rest -= BLOCK_LENGTH, at += BLOCK_LENGTH) {
    compress(target, at, <u32>BLOCK_LENGTH, counterLow, counterHigh, flags | start);
    start = 0;
  }
  if (rest < BLOCK_LENGTH) {
    memory.fill(BLAKE3_BLOCK, 0, BLOCK_LENGTH);
    memory.copy(BLAKE3_BLOCK, at, rest);
    at = BLAKE3_BLOCK;
  }
  compress(target, at, <u32>rest, counterLow, counterHigh, flags | start | CHUNK_END | last);
}

/** Chaining value of the parent of the two at `values`, to `target`. `last`: ROOT or nothing. */
function parent(values: usize, flags: u32, last: u32, target: usize): void {
  memory.copy(BLAKE3_BLOCK, values, BLOCK_LENGTH);
  memory.copy(target, KEY, VALUE_LENGTH);
  compress(target, BLAKE3_BLOCK, <u32>BLOCK_LENGTH, 0, 0, flags | PARENT | last);
}

/**
 * Chaining value of the subtree over the `length` bytes at `source`, at most 64 chunks, to RESULT.
 *
 * `counterLow`, `counterHigh`: index of its first chunk, a multiple of 64. `root`: this is the whole input, and the result its hash.
 */
export function blake3Subtree(source: usize, length: u32, counterLow: u32, counterHigh: u32, flags: u32, root: bool): void {
  const last = root ? ROOT : 0;
  if (<usize>length <= CHUNK_LENGTH) {
    chunk(source, length, counterLow, counterHigh, flags, last, RESULT);
    return;
  }
  const whole = length / <u32>CHUNK_LENGTH;
  let count: u32 = 0;
  // Two or three chunks are faster four at a time, too; what the other lanes give is written over.
  while (count + 2 <= whole) {
    compressFour(
      source + <usize>count * CHUNK_LENGTH,
      CHUNK_LENGTH,
      16,
      counterLow + count,
      counterHigh,
      1,
      flags,
      CHUNK_START,
      CHUNK_END,
      BLAKE3_VALUES + <usize>count * VALUE_LENGTH,
    );
    count = min<u32>(count + 4, whole);
  }
  for (; <usize>count * CHUNK_LENGTH < <usize>length; count++) {
    const start = <usize>count * CHUNK_LENGTH;
    chunk(
      source + start,
      min<usize>(CHUNK_LENGTH, <usize>length - start),
      counterLow + count,
      counterHigh,
      flags,
      0,
      BLAKE3_VALUES + <usize>count * VALUE_LENGTH,
    );
  }
  while (count > 2) count = joinLevel(count, flags);
  parent(BLAKE3_VALUES, flags, last, RESULT);
}

/** Replaces `count` chaining values by those of their parents, an odd one out by itself; returns how many that are. */
function joinLevel(count: u32, flags: u32): u32 {
  const pairs = count >> 1;
  let done: u32 = 0;
  while (done + 2 <= pairs) {
    const source = BLAKE3_VALUES + <usize>done * BLOCK_LENGTH;
    compressFour(source, BLOCK_LENGTH, 1, 0, 0, 0, flags | PARENT, 0, 0, BLAKE3_VALUES + <usize>done * VALUE_LENGTH);
    done = min<u32>(done + 4, pairs);
  }
  if (done < pairs) {
    parent(BLAKE3_VALUES + <usize>done * BLOCK_LENGTH, flags, 0, BLAKE3_VALUES + <usize>done * VALUE_LENGTH);
  }
  if ((count & 1) == 0) return pairs;
  memory.copy(
    BLAKE3_VALUES + <usize>pairs * VALUE_LENGTH,
    BLAKE3_VALUES + <usize>(count - 1) * VALUE_LENGTH,
    VALUE_LENGTH,
  );
  return pairs + 1;
}

/** Chaining value of the parent of the two at BLAKE3_BLOCK, to RESULT. `root`: the result is the hash of the whole input. */
export function blake3Parent(flags: u32, root: bool): void {
  parent(BLAKE3_BLOCK, flags, root ? ROOT : 0, RESULT);
}
