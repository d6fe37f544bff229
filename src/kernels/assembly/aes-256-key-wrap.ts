/**
 * AES key wrap of a 256-bit key under a 256-bit key (RFC 3394 §2.2.1 and §2.2.2, default initial value of §2.2.3.1).
 *
 * The key-encryption key is expanded into ROUND_KEYS first, see `useKey`. The 40 bytes at RESULT: integrity value, then four half
 * blocks.
 */
import { decryptBlock, encryptBlock } from './aes-256';
import { RESULT } from './layout';

const INITIAL_VALUE: u64 = 0xa6a6a6a6a6a6a6a6;
const HALF_BLOCKS: usize = 4;
const PASSES: u64 = 6;

@inline
function joined(left: u64, right: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(left), 1, right);
}

/** Wraps the 32 bytes at RESULT + 8 in place; all 40 bytes at RESULT are the result. */
export function keyWrap(): void {
  let integrity = INITIAL_VALUE;
  let step: u64 = 0;
  for (let pass: u64 = 0; pass < PASSES; pass++) {
    for (let half: usize = 1; half <= HALF_BLOCKS; half++) {
      const block = encryptBlock(joined(integrity, load<u64>(RESULT + half * 8)));
      integrity = i64x2.extract_lane(block, 0) ^ bswap<u64>(++step);
      store<u64>(RESULT + half * 8, i64x2.extract_lane(block, 1));
    }
  }
  store<u64>(RESULT, integrity);
}

/** Unwraps the 40 bytes at RESULT in place: the key is at RESULT + 8. Returns whether the integrity value was right. */
export function keyUnwrap(): bool {
  let integrity = load<u64>(RESULT);
  let step: u64 = PASSES * HALF_BLOCKS;
  for (let pass: u64 = 0; pass < PASSES; pass++) {
    for (let half: usize = HALF_BLOCKS; half >= 1; half--) {
      const block = decryptBlock(joined(integrity ^ bswap<u64>(step--), load<u64>(RESULT + half * 8)));
      integrity = i64x2.extract_lane(block, 0);
      store<u64>(RESULT + half * 8, i64x2.extract_lane(block, 1));
    }
  }
  return integrity == INITIAL_VALUE;
}
