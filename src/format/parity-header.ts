/**
 * Header and tables of a parity sidecar. All integers little-endian; hashes are BLAKE3.
 *
 * | header | bytes | content |
 * |---|---|---|
 * | 0 | 8 | `_PTARPAR` |
 * | 8 | 4 | version 1.0.0 |
 * | 12 | 4 | bytes of a block |
 * | 16 | 8 | bytes of the file |
 * | 24 | 8 | stripes |
 * | 32 | 4 | stripes of a group |
 * | 36 | 2 | columns: data blocks of a stripe |
 * | 38 | 2 | rows: parity blocks of a stripe |
 * | 40 | 16 | random, binds tables to this header |
 * | 56 | 40 | 0 |
 * | 96 | 32 | hash of the 96 bytes before |
 *
 * A table is the 16-byte hashes (the first half of BLAKE3) of a group's blocks, each continued with zeros to its full size, in
 * sectors: up to 255 hashes, then the first 16 bytes of the hash of the header's random bytes, u64 group, u64 sector and these hashes.
 * The hashes find damage; they do not prove who made the file, the archive's own MACs do. Source: specification "Parity".
 */
import { FormatError } from '../errors.ts';
import { concatBytes, encodeUtf8, equalBytes, viewOf } from './bytes.ts';
import {
  checkGeometry,
  HASH_LENGTH,
  HEADER_LENGTH,
  type ParityGeometry,
  type ParityGroup,
  SECTOR_HASHES_MAX,
} from './parity-layout.ts';
import type { Primitives } from './ports.ts';
import { formatVersion, VERSION_1_0_0 } from './resource-type.ts';

const MAGIC = encodeUtf8('_PTARPAR');
const ID_OFFSET = 40;
const ID_LENGTH = 16;
const HASHED_LENGTH = 96;

/** What the header says. */
export interface ParityHeader {
  readonly geometry: ParityGeometry;
  /** 16 random bytes. */
  readonly id: Uint8Array;
}

/** The header's 128 bytes. */
export function encodeParityHeader({ geometry, id }: ParityHeader, primitives: Primitives): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION_1_0_0, true);
  view.setUint32(12, geometry.blockSize, true);
  view.setBigUint64(16, BigInt(geometry.fileLength), true);
  view.setBigUint64(24, BigInt(geometry.stripes), true);
  view.setUint32(32, geometry.groupStripes, true);
  view.setUint16(36, geometry.columns, true);
  view.setUint16(38, geometry.rows, true);
  bytes.set(id, ID_OFFSET);
  bytes.set(hash(primitives, bytes.subarray(0, HASHED_LENGTH)), HASHED_LENGTH);
  return bytes;
}

/**
 * Reads a header.
 * @returns undefined where these 128 bytes are no undamaged header
 * @throws FormatError FORMAT_VERSION, FORMAT_LIMIT, FORMAT_LAYOUT
 */
export function decodeParityHeader(bytes: Uint8Array, primitives: Primitives): ParityHeader | undefined {
  const isHeader = bytes.length === HEADER_LENGTH && equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
  if (!isHeader) return undefined;
  const expected = hash(primitives, bytes.subarray(0, HASHED_LENGTH));
  if (!equalBytes(expected, bytes.subarray(HASHED_LENGTH))) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint32(8, true);
  if (version !== VERSION_1_0_0) {
    throw new FormatError(
      'FORMAT_VERSION',
      `the parity file has version ${formatVersion(version)}, this ptar reads ${formatVersion(VERSION_1_0_0)}: use a newer ptar`,
      { offset: 8, section: 'Parity' },
    );
  }
  const geometry = {
    blockSize: view.getUint32(12, true),
    fileLength: Number(view.getBigUint64(16, true)),
    stripes: Number(view.getBigUint64(24, true)),
    groupStripes: view.getUint32(32, true),
    columns: view.getUint16(36, true),
    rows: view.getUint16(38, true),
  };
  checkGeometry(geometry);
  return { geometry, id: bytes.slice(ID_OFFSET, ID_OFFSET + ID_LENGTH) };
}

/** The hash of a block as tables hold it; `block` has its full size. */
export function blockHash(primitives: Primitives, block: Uint8Array): Uint8Array {
  return hash(primitives, block).subarray(0, HASH_LENGTH);
}

/** The table of a group. `hashes`: of all its blocks, back to back. */
export function encodeTable(
  { id }: ParityHeader,
  group: ParityGroup,
  hashes: Uint8Array,
  primitives: Primitives,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let start = 0, sector = 0; start < hashes.length; start += SECTOR_HASHES_MAX * HASH_LENGTH, sector++) {
    const part = hashes.subarray(start, start + SECTOR_HASHES_MAX * HASH_LENGTH);
    parts.push(part, sectorHash(primitives, id, group, sector, part));
  }
  return concatBytes(parts);
}

/**
 * Reads the hashes of a group from the copies of its table.
 * @param count blocks of the group
 * @param known set to 1 for each block whose hash is in an undamaged sector of either copy
 * @returns the hashes, back to back; zeros where not known
 */
export function decodeTable(
  { id }: ParityHeader,
  group: ParityGroup,
  count: number,
  copies: readonly Uint8Array[],
  known: Uint8Array,
  primitives: Primitives,
): Uint8Array {
  const hashes = new Uint8Array(count * HASH_LENGTH);
  for (let first = 0, sector = 0; first < count; first += SECTOR_HASHES_MAX, sector++) {
    const length = Math.min(SECTOR_HASHES_MAX, count - first) * HASH_LENGTH;
    const start = (first + sector) * HASH_LENGTH;
    const part = copies
      .map((copy) => copy.subarray(start, start + length + HASH_LENGTH))
      .find((bytes) => {
        const expected = sectorHash(primitives, id, group, sector, bytes.subarray(0, length));
        return equalBytes(expected, bytes.subarray(length));
      });
    if (part === undefined) continue;
    hashes.set(part.subarray(0, length), first * HASH_LENGTH);
    known.fill(1, first, first + length / HASH_LENGTH);
  }
  return hashes;
}

function sectorHash(
  primitives: Primitives,
  id: Uint8Array,
  group: ParityGroup,
  sector: number,
  hashes: Uint8Array,
): Uint8Array {
  const place = new Uint8Array(16);
  viewOf(place).setBigUint64(0, BigInt(group.index), true);
  viewOf(place).setBigUint64(8, BigInt(sector), true);
  return hash(primitives, id, place, hashes).subarray(0, HASH_LENGTH);
}

function hash(primitives: Primitives, ...parts: readonly Uint8Array[]): Uint8Array {
  const hasher = primitives.hash('BLAKE3');
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}
