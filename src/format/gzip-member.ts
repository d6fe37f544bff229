/** Where a GZIP member ends (RFC 1952), which nothing in front of its end tells. */
import { Inflate } from 'fflate';
import { indexOfBytes, viewOf } from './bytes.ts';
import { crc32, GZIP_TRAILER_LENGTH } from './gzip.ts';
import { ENCODED_BLOB_LENGTH_MAX, METADATA_BLOB_SIZE_MAX } from './limits.ts';
import type { ByteSource } from './ports.ts';

/** What every member begins with: identification, and deflate as the method. */
export const GZIP_MAGIC: Uint8Array = Uint8Array.of(0x1f, 0x8b, 0x08);

const HEADER_LENGTH = 10;
const FLAG_HEADER_CHECKSUM = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;
/** Bytes of a header that are looked at: names and comments are short. */
const HEADER_LENGTH_MAX = 1024;
/** Bytes that are inflated at once: most blobs are small, some are not. */
const PIECE_LENGTH_FIRST = 512;
const PIECE_LENGTH_MAX = 16 * 1024;

/**
 * Where the member at `start` ends: behind the first eight bytes that are checksum and size of all that was inflated before. Other
 * data has them there by chance once in 2^64.
 * @param limit where the data ends
 * @param budget told the bytes that were inflated for nothing
 * @returns undefined where there is no member
 */
export async function gzipMemberEnd(
  source: ByteSource,
  start: number,
  limit: number,
  budget: { spend(bytes: number): void },
): Promise<number | undefined> {
  const headerLength = headerLengthOf(await source.read(start, Math.min(HEADER_LENGTH_MAX, limit - start)));
  if (headerLength === undefined) return undefined;
  let crc = 0;
  let size = 0;
  const inflater = new Inflate((part) => {
    crc = crc32(part, crc);
    size += part.length;
  });
  const first = start + headerLength;
  const end = Math.min(limit, start + ENCODED_BLOB_LENGTH_MAX);
  let length = PIECE_LENGTH_FIRST;
  for (let at = first; at < end; at += length, length = Math.min(PIECE_LENGTH_MAX, length * 4)) {
    const piece = await source.read(at, Math.min(length, end - at));
    try {
      inflater.push(piece);
    } catch {
      budget.spend(at + piece.length - start);
      return undefined;
    }
    if (size > METADATA_BLOB_SIZE_MAX) break;
    const from = Math.max(first, at - GZIP_TRAILER_LENGTH);
    const found = indexOfBytes(await source.read(from, at + piece.length - from), trailerOf(crc, size));
    if (found >= 0) return from + found + GZIP_TRAILER_LENGTH;
  }
  budget.spend(end - start);
  return undefined;
}

/** RFC 1952 §2.3. */
function headerLengthOf(bytes: Uint8Array): number | undefined {
  const flags = bytes[3] ?? FLAGS_RESERVED;
  if ((flags & FLAGS_RESERVED) !== 0 || bytes.length < HEADER_LENGTH) return undefined;
  let at = HEADER_LENGTH;
  if ((flags & FLAG_EXTRA) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0) return undefined;
    at = zero + 1;
  }
  if ((flags & FLAG_HEADER_CHECKSUM) !== 0) at += 2;
  return at < bytes.length ? at : undefined;
}

function trailerOf(crc: number, size: number): Uint8Array {
  const trailer = new Uint8Array(GZIP_TRAILER_LENGTH);
  const view = viewOf(trailer);
  view.setUint32(0, crc, true);
  view.setUint32(4, size % 0x1_0000_0000, true);
  return trailer;
}
