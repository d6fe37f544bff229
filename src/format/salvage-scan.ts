/**
 * Finds blobs without any index, by what they begin with: LZ4 frames in a plaintext archive, wrapped subkeys in an encrypted one. Blobs
 * of other plaintext archives begin with nothing that tells.
 *
 * A frame tells its own end. A sealed blob does not: it ends where the next one begins, so the last blob before damage cannot be
 * opened.
 */
import { throwIfCancelled } from '../errors.ts';
import { viewOf } from './bytes.ts';
import { ENCODED_BLOB_LENGTH_MAX } from './limits.ts';
import type { ByteSource } from './ports.ts';
import { SUBKEY_BLOCK_LENGTH } from './sealing.ts';

/** Bytes of the file from `start` to before `end`. */
export interface ScannedRange {
  readonly start: number;
  readonly end: number;
}

/** Offsets in `bytes` at which 40 bytes unwrap under the archive key (RFC 3394); by chance once in 2^64. */
export type SubkeyFinder = (bytes: Uint8Array) => readonly number[];

const SCAN_LENGTH = 1024 * 1024;
const LZ4_MAGIC = 0x184d2204;
const LZ4_MAGIC_FIRST = LZ4_MAGIC & 0xff;
const LZ4_HEADER_LENGTH = 7;
const LZ4_STORED = 0x8000_0000;

/** Ranges that are LZ4 frames, in order; also inside other frames, whose contents may be damaged or happen to hold some. */
export async function* scanFrames(
  source: ByteSource,
  range: ScannedRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedRange> {
  for (let start = range.start; start < range.end; start += SCAN_LENGTH) {
    throwIfCancelled(signal);
    const bytes = await source.read(start, Math.min(SCAN_LENGTH + LZ4_HEADER_LENGTH, range.end - start));
    const view = viewOf(bytes);
    for (let at = bytes.indexOf(LZ4_MAGIC_FIRST); at >= 0; at = bytes.indexOf(LZ4_MAGIC_FIRST, at + 1)) {
      if (at >= SCAN_LENGTH || at + LZ4_HEADER_LENGTH > bytes.length) break;
      if (view.getUint32(at, true) !== LZ4_MAGIC) continue;
      const end = await frameEnd(source, start + at, range.end);
      if (end !== undefined) yield { start: start + at, end };
    }
  }
}

/** Where the frame at `start` ends, by its block sizes. LZ4 Frame Format Description 1.6.x. */
async function frameEnd(source: ByteSource, start: number, limit: number): Promise<number | undefined> {
  const descriptor = await source.read(start + 4, 2);
  const flags = descriptor[0] ?? 0;
  const blockSizeMax = 1 << (8 + 2 * (((descriptor[1] ?? 0) >>> 4) & 7));
  if (flags >>> 6 !== 1) return undefined;
  let at = start + LZ4_HEADER_LENGTH + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
  const lengthMax = Math.min(limit, start + ENCODED_BLOB_LENGTH_MAX);
  for (;;) {
    if (at + 4 > lengthMax) return undefined;
    const size = viewOf(await source.read(at, 4)).getUint32(0, true);
    at += 4;
    if (size === 0) {
      const end = at + ((flags & 0x04) === 0 ? 0 : 4);
      return end <= lengthMax ? end : undefined;
    }
    const length = size >= LZ4_STORED ? size - LZ4_STORED : size;
    if (length > blockSizeMax) return undefined;
    at += length + ((flags & 0x10) === 0 ? 0 : 4);
  }
}

/** Ranges from one wrapped subkey to the next. */
export async function* scanSealed(
  source: ByteSource,
  range: ScannedRange,
  find: SubkeyFinder,
  signal: AbortSignal | undefined,
  onProgress: (done: number) => void,
): AsyncGenerator<ScannedRange> {
  let previous: number | undefined;
  for (let start = range.start; start < range.end; start += SCAN_LENGTH) {
    throwIfCancelled(signal);
    const bytes = await source.read(
      start,
      Math.min(SCAN_LENGTH + SUBKEY_BLOCK_LENGTH - 1, range.end - start),
    );
    for (const at of find(bytes)) {
      if (previous !== undefined) yield { start: previous, end: start + at };
      previous = start + at;
    }
    onProgress(Math.min(range.end, start + SCAN_LENGTH) - range.start);
  }
  if (previous !== undefined) yield { start: previous, end: range.end };
}
