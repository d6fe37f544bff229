/**
 * Room for stock readers. They read up to some thousand bytes beyond a blob, so that sizes of reads tell less, and fail where the file ends
 * before. What stands behind the last long blob is enough nearly always; where it might not be, a blob of padding is added.
 * Source: specification "Compatibility".
 */
import type { BlobIndex } from './blob-index.ts';
import { TRAILER_LENGTH } from './container.ts';
import { FOOTER_LENGTH_LENGTH } from './packfile.ts';
import { WRAPPED_MAC_LENGTH, WRAPPED_OVERHEAD } from './wrapped-object.ts';

/** Bytes that each blob adds behind all blobs at the least: its id in the state, which compresses to nothing less. */
const BEHIND_PER_BLOB = 32;
/** Bytes behind all blobs and their index at the least. */
const BEHIND_LEAST = FOOTER_LENGTH_LENGTH + WRAPPED_MAC_LENGTH + WRAPPED_OVERHEAD + TRAILER_LENGTH;

/** Bytes that stock readers may read beyond a blob of `length` stored bytes. */
export function readBeyondMax(length: number): number {
  return 2 ** Math.floor((32 - Math.clz32(length)) / 2) - 1;
}

/**
 * Bytes of padding that have to follow the blobs.
 * @param dataLength bytes of all blobs, each of which has its place
 */
export function paddingLength(blobs: BlobIndex, dataLength: number): number {
  let end = 0;
  for (let index = 0; index < blobs.count; index++) {
    const length = blobs.length(index);
    end = Math.max(end, blobs.offset(index) + length + readBeyondMax(length));
  }
  return Math.max(0, end - dataLength - BEHIND_LEAST - BEHIND_PER_BLOB * blobs.count);
}
