/**
 * LZ4 blocks (LZ4 Block Format Description, 2022-07-31): sequences of a token, literals, and a match in what was decoded before.
 * Portable: plain JavaScript, no allocation per block.
 */
import { FormatError } from '../errors.ts';
import { xxhash32 } from './xxhash32.ts';

/** What frames are made of. {@link portableBlocks} is portable; kernels have a faster one. */
export interface Lz4Blocks {
  /** As {@link compressBlock}. */
  compress(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number;
  /** As {@link decompressBlock}. */
  decompress(
    source: Uint8Array,
    start: number,
    end: number,
    target: Uint8Array,
    at: number,
    reach: number,
  ): number;
  /** XXH32 with seed 0, as an unsigned number. */
  checksum(bytes: Uint8Array): number;
}

/** Bounds of the block format. */
const MATCH_LENGTH_LEAST = 4;
const MATCH_DISTANCE_MOST = 65_535;
/** The last match starts at least this many bytes before the end of a block, and the last five bytes are literals. */
const MATCH_START_MARGIN = 12;
const LITERALS_LAST = 5;
/** Values of a token's half that say that the length goes on in further bytes. */
const LENGTH_ESCAPE = 15;

/** Copies shorter than this are faster byte by byte than with a call. */
const COPY_CALL_LEAST = 48;

const HASH_BITS = 14;
/** Positions are stored above a base that rises from block to block, so that the table never needs to be cleared between blocks. */
const positions = new Int32Array(1 << HASH_BITS);
const BASE_MOST = 1 << 30;
let base = 1;

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
}

/** Bytes that a length beyond {@link LENGTH_ESCAPE} takes after the token. */
function extraLengthSize(length: number): number {
  return length < LENGTH_ESCAPE ? 0 : 1 + Math.floor((length - LENGTH_ESCAPE) / 255);
}

function writeExtraLength(target: Uint8Array, position: number, length: number): number {
  let rest = length - LENGTH_ESCAPE;
  if (rest < 0) return position;
  for (; rest >= 255; rest -= 255) target[position++] = 255;
  target[position++] = rest;
  return position;
}

function copyBytes(target: Uint8Array, at: number, source: Uint8Array, start: number, length: number): void {
  if (length >= COPY_CALL_LEAST) target.set(source.subarray(start, start + length), at);
  else for (let index = 0; index < length; index++) target[at + index] = source[start + index] ?? 0;
}

/**
 * Compresses `source[start, end)` into one block at `target[at…]`, greedily, with one candidate a position.
 *
 * @param end at most `start + 2^29`
 * @returns the block's length in bytes, or 0 when it would not be shorter than the source, which then belongs into the frame as it
 *   is; `target` must have room for `end - start` bytes
 */
function compressBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const limit = at + (end - start) - 1;
  const matchStartLast = end - MATCH_START_MARGIN;
  const matchEndLast = end - LITERALS_LAST;
  if (base > BASE_MOST) {
    positions.fill(0);
    base = 1;
  }
  const shift = base - start;
  const baseOfBlock = base;
  base += end - start;

  let output = at;
  let literals = start;
  let position = start;
  // Steps grow while nothing matches, so that incompressible data passes quickly.
  let attempts = 1 << 6;
  while (position <= matchStartLast) {
    const word = view.getInt32(position, true);
    const slot = hash(word);
    const stored = positions[slot] ?? 0;
    positions[slot] = position + shift;
    let candidate = stored - shift;
    if (
      stored < baseOfBlock ||
      position - candidate > MATCH_DISTANCE_MOST ||
      view.getInt32(candidate, true) !== word
    ) {
      position += attempts++ >>> 6;
      continue;
    }
    while (position > literals && candidate > start && source[position - 1] === source[candidate - 1]) {
      position--;
      candidate--;
    }
    const length = matchLength(view, position, candidate, matchEndLast);
    const literalLength = position - literals;
    const extra = length - MATCH_LENGTH_LEAST;
    if (output + 3 + extraLengthSize(literalLength) + literalLength + extraLengthSize(extra) > limit) {
      return 0;
    }
    target[output++] = (Math.min(literalLength, LENGTH_ESCAPE) << 4) | Math.min(extra, LENGTH_ESCAPE);
    output = writeExtraLength(target, output, literalLength);
    copyBytes(target, output, source, literals, literalLength);
    output += literalLength;
    const distance = position - candidate;
    target[output++] = distance & 0xff;
    target[output++] = distance >>> 8;
    output = writeExtraLength(target, output, extra);
    position += length;
    literals = position;
    attempts = 1 << 6;
    if (position <= matchStartLast) {
      positions[hash(view.getInt32(position - 2, true))] = position - 2 + shift;
    }
  }
  const literalLength = end - literals;
  if (output + 1 + extraLengthSize(literalLength) + literalLength > limit) return 0;
  target[output++] = Math.min(literalLength, LENGTH_ESCAPE) << 4;
  output = writeExtraLength(target, output, literalLength);
  copyBytes(target, output, source, literals, literalLength);
  return output + literalLength - at;
}

/** Equal bytes at `position` and `candidate`, at most up to `stop`. */
function matchLength(view: DataView, position: number, candidate: number, stop: number): number {
  let here = position;
  let there = candidate;
  while (here + 4 <= stop) {
    const difference = view.getInt32(here, true) ^ view.getInt32(there, true);
    if (difference !== 0) return here - position + ((31 - Math.clz32(difference & -difference)) >>> 3);
    here += 4;
    there += 4;
  }
  while (here < stop && view.getUint8(here) === view.getUint8(there)) {
    here++;
    there++;
  }
  return here - position;
}

function malformed(what: string, offset: number): FormatError {
  return new FormatError(
    'FORMAT_COMPRESSION',
    `LZ4 block: ${what} at byte ${offset} of the compressed data`,
    { offset },
  );
}

/** Where a length ended and what it was: a second result without an allocation. */
let lengthRead = 0;

/** Reads the bytes that continue a length of {@link LENGTH_ESCAPE}; returns the position behind them, sets `lengthRead`. */
function readExtraLength(source: Uint8Array, position: number, end: number): number {
  let length = LENGTH_ESCAPE;
  for (;;) {
    if (position >= end) throw malformed('a length is cut off', position);
    const more = source[position++] ?? 0;
    length += more;
    if (more !== 255) break;
  }
  lengthRead = length;
  return position;
}

/**
 * The length of what the block `source[start, end)` decodes to, without decoding it. Checks all but the match distances.
 * @throws FormatError FORMAT_COMPRESSION when a sequence is cut off; `offset` is the index into `source`
 */
export function measureBlock(source: Uint8Array, start: number, end: number): number {
  let size = 0;
  let position = start;
  while (position < end) {
    const token = source[position++] ?? 0;
    let length = token >>> 4;
    if (length === LENGTH_ESCAPE) {
      position = readExtraLength(source, position, end);
      length = lengthRead;
    }
    if (length > end - position) throw malformed('literals are cut off', position);
    position += length;
    size += length;
    length = token & LENGTH_ESCAPE;
    if (position === end && length === 0) break;
    if (end - position < 2) throw malformed('a match is cut off', position);
    position += 2;
    if (length === LENGTH_ESCAPE) {
      position = readExtraLength(source, position, end);
      length = lengthRead;
    }
    size += length + MATCH_LENGTH_LEAST;
  }
  return size;
}

/**
 * Decodes the block `source[start, end)` into `target` at `at`. The caller has made sure with {@link measureBlock} that its
 * sequences are whole and that `target` has the room.
 *
 * @param reach first index of `target` that a match may refer to: `at` for an independent block, less for a linked one
 * @returns the index of `target` behind what was decoded
 * @throws FormatError FORMAT_COMPRESSION when a match has distance 0 or starts before `reach`
 */
function decompressBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  reach: number,
): number {
  let output = at;
  let position = start;
  while (position < end) {
    const token = source[position++] ?? 0;
    let length = token >>> 4;
    if (length === LENGTH_ESCAPE) {
      position = readExtraLength(source, position, end);
      length = lengthRead;
    }
    copyBytes(target, output, source, position, length);
    position += length;
    output += length;
    if (position === end) break;
    const distance = (source[position] ?? 0) | ((source[position + 1] ?? 0) << 8);
    if (distance === 0 || distance > output - reach) {
      throw malformed(`a match of distance ${distance}`, position);
    }
    position += 2;
    length = token & LENGTH_ESCAPE;
    if (length === LENGTH_ESCAPE) {
      position = readExtraLength(source, position, end);
      length = lengthRead;
    }
    length += MATCH_LENGTH_LEAST;
    copyMatch(target, output, distance, length);
    output += length;
  }
  return output;
}

/** Repeats the `distance` bytes before `at` for `length` bytes. */
function copyMatch(target: Uint8Array, at: number, distance: number, length: number): void {
  if (length < COPY_CALL_LEAST) {
    for (let index = at; index < at + length; index++) target[index] = target[index - distance] ?? 0;
    return;
  }
  // What is there already is a whole number of periods, so each call may copy as much as was written before.
  const from = at - distance;
  for (let copied = 0; copied < length;) {
    const part = Math.min(length - copied, distance + copied);
    target.copyWithin(at + copied, from, from + part);
    copied += part;
  }
}

/** {@link Lz4Blocks} in portable JavaScript. */
export const portableBlocks: Lz4Blocks = {
  compress: compressBlock,
  decompress: decompressBlock,
  checksum: xxhash32,
};
