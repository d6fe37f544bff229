/**
 * LZ4 frames as archives have them: one frame, one block (LZ4 Frame Format Description 1.6.x).
 *
 * | offset | bytes | content |
 * |---|---|---|
 * | 0 | 4 | magic number 0x184D2204 |
 * | 4 | 1 | FLG: version 01, independent or linked blocks, maybe a content size or checksum |
 * | 5 | 1 | BD: code of the largest block's size in bits 4 to 6 |
 * | 6 | 0 or 8 | content size |
 * | … | 1 | second byte of the XXH32 of FLG, BD and content size |
 * | … | 4 | size of the block; the top bit says that it is stored as it is. 0: there is none |
 * | … | n | the block |
 * | … | 4 | end mark: 0 |
 * | … | 0 or 4 | content checksum: XXH32 of the content |
 *
 * Everything else – several frames or blocks, dictionaries, block checksums – and everything that is malformed is left to the caller.
 */
import { INPUT, OUTPUT } from './layout';
import { lz4Decode } from './lz4-decoder';
import { lz4Encode } from './lz4-encoder';
import { lz4HcEncode } from './lz4-hc-encoder';
import { xxhash32 } from './xxhash32';

const MAGIC: u32 = 0x184d2204;
const FLAG_VERSION: u32 = 0x40;
const FLAG_INDEPENDENT: u32 = 0x20;
const FLAG_CONTENT_SIZE: u32 = 0x08;
const FLAG_CONTENT_CHECKSUM: u32 = 0x04;
const FLAGS_KNOWN: u32 = FLAG_VERSION | FLAG_INDEPENDENT | FLAG_CONTENT_SIZE | FLAG_CONTENT_CHECKSUM;
const BLOCK_STORED: u32 = 0x8000_0000;
const BLOCK_SIZE_CODE_LEAST: u32 = 4;
const BLOCK_SIZE_CODE_MOST: u32 = 7;

/** Bytes before the block, without a content size. */
const START_LENGTH: usize = 11;
const END_MARK_LENGTH: usize = 4;

/** Result: not a frame of this form. */
const OTHER: i32 = -1;

@inline
function headerChecksum(descriptor: usize, length: usize): u32 {
  return (xxhash32(descriptor, length) >> 8) & 0xff;
}

/**
 * Encodes INPUT[0, length), at most 4 MiB, as a frame that starts 11 bytes before OUTPUT; returns its length. `depth`: candidates for high
 * compression, 0 for fast. The smallest code that fits is the block's, which is stored as it is where that is shorter.
 */
export function lz4FrameEncode(length: u32, depth: u32): u32 {
  const frame = OUTPUT - START_LENGTH;
  let code = BLOCK_SIZE_CODE_LEAST;
  while (code < BLOCK_SIZE_CODE_MOST && (<u32>1 << (8 + 2 * code)) < length) code++;
  store<u32>(frame, MAGIC);
  store<u8>(frame, FLAG_VERSION | FLAG_INDEPENDENT, 4);
  store<u8>(frame, code << 4, 5);
  store<u8>(frame, headerChecksum(frame + 4, 2), 6);
  if (length == 0) {
    store<u32>(frame, 0, 7);
    return <u32>START_LENGTH;
  }
  let size = depth == 0 ? lz4Encode(length) : lz4HcEncode(length, depth);
  let header = size;
  if (size >= length) {
    memory.copy(OUTPUT, INPUT, length);
    size = length;
    header = size | BLOCK_STORED;
  }
  store<u32>(frame, header, 7);
  store<u32>(OUTPUT + <usize>size, 0);
  return <u32>(START_LENGTH + <usize>size + END_MARK_LENGTH);
}

/** Decodes the frame INPUT[0, length) to OUTPUT; returns the length of its content, or -1 if that is above `sizeMax` or the form another. */
export function lz4FrameDecode(length: u32, sizeMax: u32): i32 {
  const end = INPUT + <usize>length;
  if (<usize>length < START_LENGTH || load<u32>(INPUT) != MAGIC) return OTHER;
  const flags = <u32>load<u8>(INPUT, 4);
  const descriptor = <u32>load<u8>(INPUT, 5);
  const code = descriptor >> 4;
  if ((flags & ~FLAGS_KNOWN) != 0 || (flags & FLAG_VERSION) == 0) return OTHER;
  if ((descriptor & 15) != 0 || code < BLOCK_SIZE_CODE_LEAST || code > BLOCK_SIZE_CODE_MOST) return OTHER;
  let at = INPUT + 6;
  if (flags & FLAG_CONTENT_SIZE) at += 8;
  if (at + 5 > end) return OTHER;
  if (<u32>load<u8>(at) != headerChecksum(INPUT + 4, at - INPUT - 4)) return OTHER;
  const header = load<u32>(at, 1);
  at += 5;
  let size: u32 = 0;
  if (header != 0) {
    const block = header & ~BLOCK_STORED;
    const blockMost = <u32>1 << (8 + 2 * code);
    if (block > blockMost || <usize>block > <usize>(end - at)) return OTHER;
    if (header & BLOCK_STORED) {
      if (block > sizeMax) return OTHER;
      memory.copy(OUTPUT, at, block);
      size = block;
    } else {
      const decoded = lz4Decode(at, block, 0, min<u32>(sizeMax, blockMost));
      if (decoded < 0) return OTHER;
      size = decoded;
    }
    at += block;
    if (at + END_MARK_LENGTH > end || load<u32>(at) != 0) return OTHER;
    at += END_MARK_LENGTH;
  }
  if (flags & FLAG_CONTENT_SIZE && load<u64>(INPUT, 6) != <u64>size) return OTHER;
  if (flags & FLAG_CONTENT_CHECKSUM) {
    if (at + 4 > end || load<u32>(at) != xxhash32(OUTPUT, size)) return OTHER;
    at += 4;
  }
  return at == end ? <i32>size : OTHER;
}
