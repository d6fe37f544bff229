/**
 * AES-256-GCM-SIV (RFC 8452) without additional data, in constant time.
 *
 * The text lies at TEXT and is changed in place, at most 64 KiB of it, with its tag behind it; the key-generating key at KEY, the nonce at
 * NONCE.
 *
 * Where the platform has a fast AES, that one encrypts the blocks (key derivation, tag, counters), and the rest is here:
 * `gcmSivHash`, `gcmSivCounters`, `gcmSivXor`, with the tag at TAG.
 */
import { encryptBlock, encryptBlocks, expandKey, expandKeyAndEncryptSix } from './aes-256';
import {
  CIPHER_BLOCKS,
  CIPHER_BLOCKS_LENGTH,
  DERIVED_KEYS,
  KEY,
  KEYSTREAM,
  NONCE,
  SECRETS_END,
  TAG,
  TEXT,
} from './layout';
import { polyval } from './polyval';

/** Six blocks of a little-endian counter and the nonce, whose encryptions under the key at KEY give the derived keys (§4). */
function deriveKeys(): void {
  for (let index: usize = 0; index < 6; index++) {
    store<u32>(CIPHER_BLOCKS + index * 16, <u32>index);
    memory.copy(CIPHER_BLOCKS + index * 16 + 4, NONCE, 12);
  }
  expandKeyAndEncryptSix(KEY, CIPHER_BLOCKS);
  for (let index: usize = 0; index < 6; index++) {
    store<u64>(DERIVED_KEYS + index * 8, load<u64>(CIPHER_BLOCKS + index * 16));
  }
}

/** What is encrypted to give the tag: POLYVAL of text and lengths, with the nonce, top bit cleared (§4). */
function hash(length: usize): v128 {
  const padded = (length + 15) & ~15;
  memory.fill(TEXT + length, 0, padded - length);
  store<u64>(TEXT + padded, 0);
  store<u64>(TEXT + padded, <u64>length << 3, 8);
  const sum = polyval(DERIVED_KEYS, TEXT, (padded >> 4) + 1);
  const nonce = v128.and(v128.load(NONCE), i32x4(-1, -1, -1, 0));
  return v128.and(v128.xor(sum, nonce), i32x4(-1, -1, -1, 0x7fffffff));
}

/** The first counter block: the tag with the top bit set. */
@inline
function counterBlock(tag: v128): v128 {
  return v128.or(tag, i32x4(0, 0, 0, i32.MIN_VALUE));
}

/** Writes `count` counter blocks to `target`: the first 32 bits count up, modulo 2^32. */
@inline
function storeCounters(target: usize, block: v128, count: usize): void {
  const first = <u32>i32x4.extract_lane(block, 0);
  for (let index: usize = 0; index < count; index++) {
    v128.store(target + index * 16, i32x4.replace_lane(block, 0, first + <u32>index));
  }
}

/** The counter block `count` blocks on. */
@inline
function advanced(block: v128, count: usize): v128 {
  return i32x4.replace_lane(block, 0, i32x4.extract_lane(block, 0) + <i32>count);
}

/** Adds `length` bytes at `stream` to those at `text`. */
@inline
function addStream(text: usize, stream: usize, length: usize): void {
  let index: usize = 0;
  for (; index + 16 <= length; index += 16) {
    v128.store(text + index, v128.xor(v128.load(text + index), v128.load(stream + index)));
  }
  for (; index < length; index++) store<u8>(text + index, load<u8>(text + index) ^ load<u8>(stream + index));
}

/** AES-CTR of §4 over the text from `start` on, both directions. `block`: the counter block there. */
function crypt(start: usize, length: usize, first: v128): void {
  let block = first;
  for (let done = start; done < length; done += CIPHER_BLOCKS_LENGTH) {
    const part = min<usize>(CIPHER_BLOCKS_LENGTH, length - done);
    const count = (part + 15) >> 4;
    storeCounters(CIPHER_BLOCKS, block, count);
    encryptBlocks(CIPHER_BLOCKS, count);
    addStream(TEXT + done, CIPHER_BLOCKS, part);
    block = advanced(block, count);
  }
}

/** Encrypts TEXT[0, length) in place under the key at KEY; the tag follows it (§4). */
export function gcmSivSeal(length: u32): void {
  deriveKeys();
  expandKey(DERIVED_KEYS + 16);
  const tag = encryptBlock(hash(length));
  crypt(0, length, counterBlock(tag));
  v128.store(TEXT + <usize>length, tag);
}

/** Decrypts TEXT[0, length) in place under the key at KEY and returns whether the tag behind it is right (§5). Wipes the text if it is not. */
export function gcmSivOpen(length: u32): bool {
  deriveKeys();
  const tag = v128.load(TEXT + <usize>length);
  const block = counterBlock(tag);
  storeCounters(CIPHER_BLOCKS, block, 6);
  expandKeyAndEncryptSix(DERIVED_KEYS + 16, CIPHER_BLOCKS);
  addStream(TEXT, CIPHER_BLOCKS, min<usize>(6 * 16, length));
  crypt(6 * 16, length, advanced(block, 6));
  const wrong = v128.any_true(v128.xor(tag, encryptBlock(hash(length))));
  if (wrong) memory.fill(TEXT, 0, length);
  return !wrong;
}

/** With the message-authentication key at DERIVED_KEYS, what the platform's AES must encrypt to give the tag: at TAG. */
export function gcmSivHash(length: u32): void {
  v128.store(TAG, hash(length));
}

/** Counter blocks for `length` bytes of text under the tag at TAG: at KEYSTREAM. */
export function gcmSivCounters(length: u32): void {
  storeCounters(KEYSTREAM, counterBlock(v128.load(TAG)), (<usize>length + 15) >> 4);
}

/** Adds the encrypted counter blocks at KEYSTREAM to TEXT[0, length). */
export function gcmSivXor(length: u32): void {
  addStream(TEXT, KEYSTREAM, length);
}

/** Takes the 32 bytes at KEY as AES key for `keyWrap` and `keyUnwrap`. */
export function keyWrapUseKey(): void {
  expandKey(KEY);
}

/** Wipes every key and everything that was derived from one. */
export function wipeSecrets(): void {
  memory.fill(KEY, 0, SECRETS_END - KEY);
}
