/**
 * Finds blobs without any index, by what they begin with: LZ4 frames and GZIP members in a plaintext archive, wrapped subkeys in an
 * encrypted one. Where blobs are neither compressed nor sealed, see `salvage-records.ts`.
 *
 * Frames and members tell their own end. A sealed blob does not: it ends where the next one begins, so the last blob before damage
 * cannot be opened.
 */
import { FormatError, throwIfCancelled } from '../errors.ts';
import { indexOfBytes, viewOf } from './bytes.ts';
import { GZIP_MAGIC, gzipMemberEnd } from './gzip-member.ts';
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

/**
 * A bound on the work of a scan: what looks like the beginning of a blob costs, and a file made for that purpose may be full of
 * beginnings.
 */
export class ScanBudget {
  #left: number;

  /** For a scan of `length` bytes. */
  constructor(length: number) {
    this.#left = BUDGET_BASE + BUDGET_PER_BYTE * length;
  }

  /** @throws FormatError FORMAT_LIMIT where more is spent than any damaged archive needs */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new FormatError('FORMAT_LIMIT', 'too much of the file looks like the beginning of a blob', {
      section: 'Salvage',
    });
  }
}

const BUDGET_BASE = 16 * 1024 * 1024;
const BUDGET_PER_BYTE = 4;
const SCAN_LENGTH = 1024 * 1024;
const MEMBER_SCAN_LENGTH = 64 * 1024;
const LZ4_MAGIC = 0x184d2204;
const LZ4_MAGIC_FIRST = LZ4_MAGIC & 0xff;
const LZ4_HEADER_LENGTH = 7;
const LZ4_STORED = 0x8000_0000;
/** What looking at a block's size counts for; a stock block has 64 KiB at the least, but the last. */
const BLOCK_COST = 64;

/** Ranges that are LZ4 frames, in order; also inside other frames, whose contents may be damaged or happen to hold some. */
export async function* scanFrames(
  source: ByteSource,
  range: ScannedRange,
  budget: ScanBudget,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedRange> {
  for (let start = range.start; start < range.end; start += SCAN_LENGTH) {
    throwIfCancelled(signal);
    const bytes = await source.read(start, Math.min(SCAN_LENGTH + LZ4_HEADER_LENGTH, range.end - start));
    const view = viewOf(bytes);
    for (let at = bytes.indexOf(LZ4_MAGIC_FIRST); at >= 0; at = bytes.indexOf(LZ4_MAGIC_FIRST, at + 1)) {
      if (at >= SCAN_LENGTH || at + LZ4_HEADER_LENGTH > bytes.length) break;
      if (view.getUint32(at, true) !== LZ4_MAGIC) continue;
      const end = await frameEnd(source, start + at, range.end, budget);
      if (end !== undefined) yield { start: start + at, end };
    }
  }
}

/** Where the frame at `start` ends, by its block sizes. LZ4 Frame Format Description 1.6.x. */
async function frameEnd(
  source: ByteSource,
  start: number,
  limit: number,
  budget: ScanBudget,
): Promise<number | undefined> {
  const descriptor = await source.read(start + 4, 2);
  const flags = descriptor[0] ?? 0;
  const blockSizeMax = 1 << (8 + 2 * (((descriptor[1] ?? 0) >>> 4) & 7));
  if (flags >>> 6 !== 1) return undefined;
  let at = start + LZ4_HEADER_LENGTH + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
  const lengthMax = Math.min(limit, start + ENCODED_BLOB_LENGTH_MAX);
  for (;;) {
    if (at + 4 > lengthMax) return undefined;
    budget.spend(BLOCK_COST);
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

/** What tells its own end, and vouches for it: nothing inside one is another. */
export interface SelfEnding {
  /** Where one begins in `bytes`, −1 where none does. */
  readonly indexIn: (bytes: Uint8Array) => number;
  /** Bytes that `indexIn` needs to see. */
  readonly beginningLength: number;
  /** Bytes looked at in one go: read again behind every one, most of which are small. */
  readonly scanLength: number;
  /** Where the one that seems to begin at `start` ends, undefined where there is none. */
  readonly endOf: (source: ByteSource, start: number, limit: number) => Promise<number | undefined>;
}

/** Ranges that are `kind`, in order; none inside another. */
export async function* scanSelfEnding(
  source: ByteSource,
  range: ScannedRange,
  kind: SelfEnding,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScannedRange> {
  for (let at = range.start; at < range.end;) {
    throwIfCancelled(signal);
    const length = Math.min(kind.scanLength + kind.beginningLength, range.end - at);
    const found = kind.indexIn(await source.read(at, length));
    if (found < 0) {
      at += kind.scanLength;
      continue;
    }
    const start = at + found;
    const end = await kind.endOf(source, start, range.end);
    if (end !== undefined) yield { start, end };
    at = end ?? start + 1;
  }
}

/** GZIP members: their checksums vouch for where they end. */
export function gzipMembers(budget: ScanBudget): SelfEnding {
  return {
    indexIn: (bytes) => indexOfBytes(bytes, GZIP_MAGIC),
    beginningLength: GZIP_MAGIC.length,
    scanLength: MEMBER_SCAN_LENGTH,
    endOf: (source, start, limit) => gzipMemberEnd(source, start, limit, budget),
  };
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
