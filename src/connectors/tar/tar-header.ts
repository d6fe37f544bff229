/**
 * The 512-byte header of a tar member, as POSIX.1-2017 ("pax", Interchange Format), GNU tar and their forerunners write it.
 *
 * | offset | length | field |
 * |---|---|---|
 * | 0 | 100 | name |
 * | 100 | 8 | mode, octal |
 * | 108, 116 | 8 | uid, gid |
 * | 124 | 12 | size of the content in bytes |
 * | 136 | 12 | modification time in Unix seconds |
 * | 148 | 8 | checksum: sum of the header's bytes, its own field as blanks |
 * | 156 | 1 | type flag |
 * | 157 | 100 | target of a link |
 * | 257 | 8 | magic and version: `ustar` NUL `00`, or GNU's `ustar` blank blank NUL |
 * | 265, 297 | 32 | names of user and group |
 * | 345 | 155 | what comes before the name and a `/`; not in GNU's format |
 *
 * Numbers are octal digits between blanks and NULs, or, where the first bit is set, big-endian two's complement (GNU, star).
 */
import { concatBytes, decodeUtf8 } from '../../format/bytes.ts';

/** Bytes of a header, and what contents are padded to. */
export const BLOCK_SIZE = 512;

const SLASH = Uint8Array.of(0x2f);
const CHECKSUM_OFFSET = 148;
const CHECKSUM_LENGTH = 8;

/** A header's fields; text keeps its bytes as `decodeUtf8` does. A number is undefined where its field holds none. */
export interface TarHeader {
  readonly name: string;
  /** POSIX permission bits. */
  readonly mode: bigint | undefined;
  readonly uid: bigint | undefined;
  readonly gid: bigint | undefined;
  readonly size: bigint | undefined;
  readonly modTimeSeconds: bigint | undefined;
  /** One character; a NUL is given as `0`, its successor. */
  readonly type: string;
  readonly linkTarget: string;
  readonly userName: string;
  readonly groupName: string;
}

/** True for a block of zeros: two of them end a tar. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** The header in `block` (512 bytes), or undefined where the checksum says that it is none. */
export function decodeTarHeader(block: Uint8Array): TarHeader | undefined {
  if (!hasChecksum(block)) return undefined;
  const type = String.fromCharCode(block[156] ?? 0);
  const isUstar = textAt(block, 257, 8) === 'ustar';
  return {
    name: decodeUtf8(concatBytes(isUstar ? prefixedName(block) : [bytesAt(block, 0, 100)])),
    mode: numberAt(block, 100, 8),
    uid: numberAt(block, 108, 8),
    gid: numberAt(block, 116, 8),
    size: numberAt(block, 124, 12),
    modTimeSeconds: numberAt(block, 136, 12),
    type: type === '\0' ? '0' : type,
    linkTarget: textAt(block, 157, 100),
    userName: textAt(block, 265, 32),
    groupName: textAt(block, 297, 32),
  };
}

function prefixedName(block: Uint8Array): readonly Uint8Array[] {
  // star keeps times in the end of the prefix, and says so at the end of the block.
  const prefix = bytesAt(block, 345, textAt(block, 508, 4) === 'tar' ? 131 : 155);
  const name = bytesAt(block, 0, 100);
  return prefix.length === 0 ? [name] : [prefix, SLASH, name];
}

function hasChecksum(block: Uint8Array): boolean {
  const stored = numberAt(block, CHECKSUM_OFFSET, CHECKSUM_LENGTH);
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_SIZE; index++) {
    const inField = index >= CHECKSUM_OFFSET && index < CHECKSUM_OFFSET + CHECKSUM_LENGTH;
    const byte = inField ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 0x7f ? byte - 0x100 : byte;
  }
  // Some old programs added signed characters.
  return stored === BigInt(unsigned) || stored === BigInt(signed);
}

function bytesAt(block: Uint8Array, offset: number, length: number): Uint8Array {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function textAt(block: Uint8Array, offset: number, length: number): string {
  return decodeUtf8(bytesAt(block, offset, length));
}

function numberAt(block: Uint8Array, offset: number, length: number): bigint | undefined {
  const field = block.subarray(offset, offset + length);
  const first = field[0] ?? 0;
  if ((first & 0x80) === 0) return octal(String.fromCharCode(...field));
  // Seven bits of the first byte are of the number; the highest of them is the sign.
  let value = BigInt((first & 0x40) === 0 ? first & 0x3f : (first & 0x7f) - 0x80);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  return value;
}

function octal(text: string): bigint | undefined {
  const digits = text.replace(/^ +/, '').replace(/[ \0].*$/s, '');
  if (digits === '') return 0n;
  return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
}
