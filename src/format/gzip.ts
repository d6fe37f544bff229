/**
 * GZIP (RFC 1952) in portable JavaScript on fflate. Beyond what fflate does, decoding holds the checksum and the size against the
 * content, and stops at a limit.
 */
import { FormatError } from '../errors.ts';
import { gzipSync, Gunzip } from 'fflate';
import { concatBytes, viewOf } from './bytes.ts';

/** CRC-32 and size behind a member's data. */
export const GZIP_TRAILER_LENGTH = 8;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb8_8320;
  return crc;
});

/** One member; equal content gives equal bytes. */
export function encodeGzip(plain: Uint8Array): Uint8Array {
  return gzipSync(plain, { mtime: 0 });
}

/**
 * The content of one member.
 * @throws FormatError FORMAT_COMPRESSION, FORMAT_LIMIT above `sizeMax` bytes
 */
export function decodeGzip(compressed: Uint8Array, sizeMax: number): Uint8Array {
  const plain = inflate(compressed, sizeMax);
  if (compressed.length < GZIP_TRAILER_LENGTH) throw damaged();
  const trailer = viewOf(compressed.subarray(compressed.length - GZIP_TRAILER_LENGTH));
  if (trailer.getUint32(0, true) !== crc32(plain) || trailer.getUint32(4, true) !== plain.length >>> 0) {
    throw damaged();
  }
  return plain;
}

function inflate(compressed: Uint8Array, sizeMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Gunzip((part) => {
    size += part.length;
    if (size > sizeMax) {
      throw new FormatError('FORMAT_LIMIT', `GZIP data of more than ${sizeMax} bytes`, {
        section: 'Encoding',
      });
    }
    parts.push(part);
  });
  try {
    // In pieces, because the decoder hands over its output piece by piece: the limit then stops it early.
    for (let start = 0; start < compressed.length; start += PIECE_LENGTH) {
      const end = Math.min(compressed.length, start + PIECE_LENGTH);
      stream.push(compressed.subarray(start, end), end === compressed.length);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw damaged(error);
  }
  return concatBytes(parts);
}

/** Bytes given to the decoder at once; deflate makes at most about 1030 times as many of them. */
const PIECE_LENGTH = 16 * 1024;

/** CRC-32 (RFC 1952 §8) of `bytes`, or of what gave `before` and then `bytes`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function damaged(cause?: unknown): FormatError {
  return new FormatError('FORMAT_COMPRESSION', 'GZIP data is damaged', { section: 'Encoding', cause });
}
