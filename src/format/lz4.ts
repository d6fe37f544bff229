/**
 * LZ4 frames (LZ4 Frame Format Description 1.6.x), as the archive's compression `LZ4` uses them.
 *
 * Encoding writes one frame with independent blocks and the smallest block-size code that fits; no content size and no checksums,
 * since the id of every blob is a MAC of its plaintext. The reference reader (github.com/pierrec/lz4 v4) reads that.
 * Decoding reads every frame of the format except those that need a dictionary. Stricter than the reference: the end mark must be
 * there, content sizes must hold, reserved bits must be zero, and legacy frames, which it never writes, are refused.
 */
import { FormatError } from '../errors.ts';
import { concatBytes, viewOf } from './bytes.ts';
import { PieceInput } from './piece-input.ts';
import { type Lz4Blocks, measureBlock, portableBlocks } from './lz4-block.ts';
import { xxhash32 } from './xxhash32.ts';

const MAGIC = 0x184d2204;
const MAGIC_LEGACY = 0x184c2102;
/** The magic numbers of skippable frames are these sixteen: 0x184D2A50 to 0x184D2A5F. */
const MAGIC_SKIPPABLE = 0x184d2a50;

/** FLG byte ("Frame Descriptor"): version 01 in the top bits. */
const FLAG_VERSION = 0x40;
const FLAG_VERSION_MASK = 0xc0;
const FLAG_INDEPENDENT = 0x20;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_RESERVED = 0x02;
const FLAG_DICTIONARY = 0x01;

/** The top bit of a block's size: its data is not compressed. */
const BLOCK_STORED = 0x8000_0000;

/** Block-size codes of the BD byte: code 4 is 64 KiB, each further one four times that. */
const BLOCK_SIZE_CODE_LEAST = 4;
const BLOCK_SIZE_CODE_MOST = 7;

const HEADER_LENGTH = 7;
const BLOCK_HEADER_LENGTH = 4;

function blockSizeOfCode(code: number): number {
  return 1 << (8 + 2 * code);
}

function headerChecksum(descriptor: Uint8Array): number {
  return (xxhash32(descriptor) >>> 8) & 0xff;
}

/**
 * Encodes `plain` as one LZ4 frame of at most `plain.length + 4 * blocks + 11` bytes.
 * @param room where the frame is made if there is enough of it
 */
export function encodeLz4Frame(
  plain: Uint8Array,
  blocks: Lz4Blocks = portableBlocks,
  room?: Uint8Array,
): Uint8Array {
  let code = BLOCK_SIZE_CODE_LEAST;
  while (code < BLOCK_SIZE_CODE_MOST && blockSizeOfCode(code) < plain.length) code++;
  const blockSize = blockSizeOfCode(code);
  const blockCount = Math.ceil(plain.length / blockSize);
  const lengthMax = HEADER_LENGTH + blockCount * BLOCK_HEADER_LENGTH + plain.length + BLOCK_HEADER_LENGTH;
  const isRoom = room !== undefined && room.length >= lengthMax;
  const frame = isRoom ? room : new Uint8Array(lengthMax);
  const view = viewOf(frame);
  view.setUint32(0, MAGIC, true);
  frame[4] = FLAG_VERSION | FLAG_INDEPENDENT;
  frame[5] = code << 4;
  frame[6] = headerChecksum(frame.subarray(4, 6));
  let output = HEADER_LENGTH;
  for (let start = 0; start < plain.length; start += blockSize) {
    const end = Math.min(plain.length, start + blockSize);
    const data = output + BLOCK_HEADER_LENGTH;
    let length = blocks.compress(plain, start, end, frame, data);
    let size = length;
    if (length === 0) {
      length = end - start;
      size = (length | BLOCK_STORED) >>> 0;
      frame.set(plain.subarray(start, end), data);
    }
    view.setUint32(output, size, true);
    output = data + length;
  }
  view.setUint32(output, 0); // the end mark
  output += BLOCK_HEADER_LENGTH;
  return isRoom || output === frame.length ? frame.subarray(0, output) : frame.slice(0, output);
}

/**
 * One frame, piece by piece, of frames that {@link encodeLz4Frame} made of a piece each.
 * @param frames the plaintext of the first may not be shorter than what a block of any of the others holds
 */
export function* joinLz4Frames(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  let start = 0;
  for (const frame of frames) {
    yield frame.subarray(start, frame.length - BLOCK_HEADER_LENGTH);
    start = HEADER_LENGTH;
  }
  yield new Uint8Array(BLOCK_HEADER_LENGTH);
}

/**
 * The inverse of {@link joinLz4Frames}: frames of a block each, each valid until the next, of one frame with nothing but blocks that do
 * not refer to each other. They are neither measured nor decoded here. LZ4 Frame Format Description 1.6.x.
 * @throws FormatError FORMAT_COMPRESSION, FORMAT_UNSUPPORTED where it is something else, which {@link decodeLz4Frame} may read
 */
export async function* splitLz4Frame(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new PieceInput(pieces);
  const header = ((await input.take(HEADER_LENGTH)) ?? cutOff()).slice();
  const code = (header[5] ?? 0) >>> 4;
  if (
    viewOf(header).getUint32(0, true) !== MAGIC ||
    header[4] !== (FLAG_VERSION | FLAG_INDEPENDENT) ||
    ((header[5] ?? 0) & 0x8f) !== 0 ||
    code < BLOCK_SIZE_CODE_LEAST ||
    header[6] !== headerChecksum(header.subarray(4, 6))
  ) {
    throw unsupported('to be decoded as a whole', 0);
  }
  let room = new Uint8Array(0);
  for (;;) {
    const head = (await input.take(BLOCK_HEADER_LENGTH)) ?? cutOff();
    const block = viewOf(head).getUint32(0, true);
    if (block === 0) break;
    const length = block & ~BLOCK_STORED;
    if (length > blockSizeOfCode(code)) throw malformed('a block above its size', 0);
    const before = concatBytes([header, head]);
    const start = (await input.take(length, before)) ?? cutOff();
    const frameLength = start.length + BLOCK_HEADER_LENGTH;
    if (room.length < frameLength) room = new Uint8Array(2 * frameLength);
    room.set(start);
    room.fill(0, start.length, frameLength);
    yield room.subarray(0, frameLength);
  }
  if ((await input.take(1)) !== undefined) throw unsupported('to be decoded as a whole', 0);
}

function cutOff(): never {
  throw malformed('the end is missing', 0);
}

/**
 * Decodes LZ4 frames, one after another, to the concatenation of their contents. Skippable frames are skipped; no frame at all gives no
 * bytes, as in the reference.
 *
 * Two passes: the first measures, the second decodes into a buffer of exactly that size, so that nothing is allocated that
 * the input did not pay for.
 *
 * @param sizeMax the result may not be longer (bytes)
 * @throws FormatError FORMAT_COMPRESSION on malformed or truncated input and wrong checksums, FORMAT_LIMIT above `sizeMax`,
 *   FORMAT_UNSUPPORTED for a dictionary, a legacy frame or a later version of the format; `offset` is in `frame`
 */
export function decodeLz4Frame(
  frame: Uint8Array,
  sizeMax: number,
  blocks: Lz4Blocks = portableBlocks,
): Uint8Array {
  const input = new FrameInput(frame, blocks);
  const headers: FrameHeader[] = [];
  let size = 0;
  while (input.position < frame.length) {
    const header = readFrame(input, sizeMax - size);
    if (header === undefined) continue;
    headers.push(header);
    size += header.size;
  }
  const plain = new Uint8Array(size);
  let output = 0;
  for (const header of headers) output = decodeFrame(input, header, plain, output);
  return plain;
}

/** A frame that was measured. */
interface FrameHeader {
  readonly flags: number;
  readonly blocksStart: number;
  /** Bytes that its blocks decode to. */
  readonly size: number;
}

/** Reads a frame up to its end, checking all but match distances and checksums of contents; `undefined` for a skippable one. */
function readFrame(input: FrameInput, sizeMax: number): FrameHeader | undefined {
  const start = input.position;
  const magic = input.uint32('the magic number');
  if ((magic & ~0xf) === MAGIC_SKIPPABLE) {
    input.skip(input.uint32('the size of a skippable frame'), 'a skippable frame');
    return undefined;
  }
  if (magic === MAGIC_LEGACY) throw unsupported('the legacy frame format', start);
  if (magic !== MAGIC) throw malformed('no LZ4 frame starts', start);
  const descriptorStart = input.position;
  const flags = input.byte('the frame descriptor');
  const blockCode = (input.byte('the frame descriptor') >>> 4) & 0x7;
  if ((flags & FLAG_VERSION_MASK) !== FLAG_VERSION) {
    throw unsupported('a version other than 1', descriptorStart);
  }
  if ((flags & FLAG_DICTIONARY) !== 0) throw unsupported('a dictionary', descriptorStart);
  const reservedOfBlock = (input.bytes[descriptorStart + 1] ?? 0) & 0x8f;
  if ((flags & FLAG_RESERVED) !== 0 || reservedOfBlock !== 0) {
    throw malformed('a reserved bit is set', descriptorStart);
  }
  if (blockCode < BLOCK_SIZE_CODE_LEAST) throw malformed(`block-size code ${blockCode}`, descriptorStart);
  const contentSize = (flags & FLAG_CONTENT_SIZE) === 0 ? undefined : input.uint64('the content size');
  const checksum = headerChecksum(input.bytes.subarray(descriptorStart, input.position));
  if (input.byte('the header checksum') !== checksum) {
    throw malformed('a wrong header checksum', input.position - 1);
  }

  const blocksStart = input.position;
  const size = measureBlocks(input, flags, blockSizeOfCode(blockCode), sizeMax);
  if (contentSize !== undefined && contentSize !== size) {
    throw malformed(`content of ${size} bytes where ${contentSize} were announced`, start);
  }
  if ((flags & FLAG_CONTENT_CHECKSUM) !== 0) input.skip(4, 'the content checksum');
  return { flags, blocksStart, size };
}

/** Reads blocks up to and with the end mark; returns the length of what they decode to. */
function measureBlocks(input: FrameInput, flags: number, blockSizeMax: number, sizeMax: number): number {
  let size = 0;
  for (;;) {
    const at = input.position;
    const header = input.uint32('a block size');
    if (header === 0) return size;
    const length = header & ~BLOCK_STORED;
    if (length > blockSizeMax) {
      throw malformed(`a block of ${length} bytes, above the frame's ${blockSizeMax},`, at);
    }
    const start = input.position;
    input.skip(length, 'a block');
    const plainLength = header >= BLOCK_STORED ? length : measureBlock(input.bytes, start, start + length);
    if (plainLength > blockSizeMax) {
      throw malformed(`a block that decodes to more than ${blockSizeMax} bytes`, at);
    }
    size += plainLength;
    if (size > sizeMax) {
      throw new FormatError(
        'FORMAT_LIMIT',
        `LZ4 frame: decodes to more than the ${sizeMax} bytes allowed here`,
        { offset: at },
      );
    }
    if ((flags & FLAG_BLOCK_CHECKSUM) !== 0) {
      const checksum = input.uint32('a block checksum');
      if (checksum !== input.blocks.checksum(input.bytes.subarray(start, start + length))) {
        throw malformed('a wrong block checksum', at);
      }
    }
  }
}

/** Decodes a frame that {@link readFrame} has accepted, at `plain[at…]`; returns the index behind it. */
function decodeFrame(input: FrameInput, header: FrameHeader, plain: Uint8Array, at: number): number {
  const { flags } = header;
  input.position = header.blocksStart;
  let output = at;
  for (;;) {
    const block = input.uint32('a block size');
    if (block === 0) break;
    const start = input.position;
    const length = block & ~BLOCK_STORED;
    input.skip(length, 'a block');
    if (block >= BLOCK_STORED) {
      plain.set(input.bytes.subarray(start, start + length), output);
      output += length;
    } else {
      const reach = (flags & FLAG_INDEPENDENT) === 0 ? at : output;
      output = input.blocks.decompress(input.bytes, start, start + length, plain, output, reach);
    }
    if ((flags & FLAG_BLOCK_CHECKSUM) !== 0) input.skip(4, 'a block checksum');
  }
  if ((flags & FLAG_CONTENT_CHECKSUM) !== 0) {
    const where = input.position;
    if (input.uint32('the content checksum') !== input.blocks.checksum(plain.subarray(at, output))) {
      throw malformed('a wrong content checksum', where);
    }
  }
  return output;
}

/** Sequential little-endian reads that fail where the input ends. */
class FrameInput {
  readonly bytes: Uint8Array;
  /** Decodes and checks what was read. */
  readonly blocks: Lz4Blocks;
  position = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, blocks: Lz4Blocks) {
    this.bytes = bytes;
    this.blocks = blocks;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(what: string): number {
    const at = this.position;
    this.skip(1, what);
    return this.#view.getUint8(at);
  }

  uint32(what: string): number {
    const at = this.position;
    this.skip(4, what);
    return this.#view.getUint32(at, true);
  }

  /** As a double: a value that is not exact is far above every limit. */
  uint64(what: string): number {
    const low = this.uint32(what);
    return low + this.uint32(what) * 2 ** 32;
  }

  skip(length: number, what: string): void {
    if (length > this.bytes.length - this.position) throw malformed(`${what} is cut off`, this.position);
    this.position += length;
  }
}

function malformed(what: string, offset: number): FormatError {
  return new FormatError(
    'FORMAT_COMPRESSION',
    `LZ4 frame: ${what} at byte ${offset} of the compressed data`,
    { offset },
  );
}

function unsupported(what: string, offset: number): FormatError {
  return new FormatError('FORMAT_UNSUPPORTED', `LZ4 frame: it needs ${what}, which ptar does not read`, {
    offset,
  });
}
