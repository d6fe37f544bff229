/**
 * What stands where in a parity sidecar, and which bytes of the file belong together.
 *
 * The file is cut into blocks; block i belongs to stripe i mod S as its column ⌊i / S⌋, so that neighbours lie in different
 * stripes and a long burst costs each stripe little. Where the file ends, blocks are thought of as continued with zeros.
 * Stripes that stand side by side form a group, whose blocks of one column are contiguous in the file.
 *
 * | sidecar | bytes |
 * |---|---|
 * | header | 128, see `parity-header.ts` |
 * | for each group: table | hashes of its blocks |
 * | – parity | row by row, in each the group's stripes |
 * | – table again | the same bytes |
 * | header again | the same bytes |
 *
 * Source: specification "Parity".
 */
import { FormatError, UsageError } from '../errors.ts';
import { COLUMNS_MAX, ROWS_MAX } from './reed-solomon.ts';

const BLOCK_SIZE_MIN = 64;
/** Bytes of a block of a large file. */
const BLOCK_SIZE_MAX = 64 * 1024;
/** Bytes that a group has in a column and a row: what is read and held at once is a multiple of it. */
const RUN_LENGTH = 1024 * 1024;
/** Bytes of a file at most: 16 TiB. */
const FILE_LENGTH_MAX = 2 ** 44;
/** Bytes of the header. */
export const HEADER_LENGTH = 128;
/** Bytes of a block's hash. */
export const HASH_LENGTH = 16;
/** Hashes of a sector of a table. */
export const SECTOR_HASHES_MAX = 255;
/** Share of parity in percent where none is asked for. */
export const PERCENT_DEFAULT = 5;
/** Share of the parity's size that a burst may have wherever it is. */
const BURST_SHARE = 0.8;
/** Largest share in percent. */
export const PERCENT_MAX = 20;

/** How a file is cut up. All other numbers follow from these. */
export interface ParityGeometry {
  /** Bytes of the file. */
  readonly fileLength: number;
  /** Bytes of a block. */
  readonly blockSize: number;
  readonly stripes: number;
  /** Data blocks of a stripe. */
  readonly columns: number;
  /** Parity blocks of a stripe. */
  readonly rows: number;
  /** Stripes of a group; the last group may have fewer. */
  readonly groupStripes: number;
}

/** Some stripes side by side. */
export interface ParityGroup {
  readonly index: number;
  readonly firstStripe: number;
  readonly stripes: number;
  /** Of its first table in the sidecar, bytes. */
  readonly offset: number;
}

/**
 * The geometry that protects `fileLength` bytes with `percent` parity: any burst of four fifths of it can be repaired, wherever it is.
 * @throws UsageError for a share outside 1 to 20 or an empty file
 */
export function planParity(fileLength: number, percent = PERCENT_DEFAULT): ParityGeometry {
  if (!(percent >= 1 && percent <= PERCENT_MAX)) {
    throw new UsageError(`a parity of ${percent} % makes no sense: use 1 to ${PERCENT_MAX}`);
  }
  if (fileLength > FILE_LENGTH_MAX) {
    throw new UsageError('a file of more than 16 TiB: protect it where it is stored');
  }
  if (fileLength === 0) throw new UsageError('an empty file has nothing to protect');
  const blockSizeWanted = Math.ceil(fileLength / COLUMNS_MAX / BLOCK_SIZE_MIN) * BLOCK_SIZE_MIN;
  const blockSize = Math.min(BLOCK_SIZE_MAX, Math.max(BLOCK_SIZE_MIN, blockSizeWanted));
  const blocks = Math.ceil(fileLength / blockSize);
  const stripes = Math.ceil(blocks / COLUMNS_MAX);
  const columns = Math.ceil(blocks / stripes);
  // A burst of so many blocks rarely begins where a block does, so it touches one more.
  const burstBlocks = ((BURST_SHARE * percent) / 100) * (fileLength / blockSize) + 1;
  const rows = Math.max(Math.ceil((columns * percent) / 100), Math.ceil(burstBlocks / stripes));
  const groupStripes = Math.max(1, Math.min(stripes, Math.floor(RUN_LENGTH / blockSize)));
  return { fileLength, blockSize, stripes, columns, rows, groupStripes };
}

/** @throws FormatError FORMAT_LIMIT, FORMAT_LAYOUT where the numbers are out of bounds or contradict each other */
export function checkGeometry(geometry: ParityGeometry): void {
  const { fileLength, blockSize, stripes, columns, rows, groupStripes } = geometry;
  const isWithin =
    fileLength > 0 &&
    fileLength <= FILE_LENGTH_MAX &&
    blockSize >= BLOCK_SIZE_MIN &&
    blockSize <= BLOCK_SIZE_MAX &&
    // Small blocks of a large file would be too many.
    (stripes === 1 || blockSize === BLOCK_SIZE_MAX) &&
    columns <= COLUMNS_MAX &&
    rows >= 1 &&
    rows <= ROWS_MAX &&
    groupStripes >= 1 &&
    groupStripes * blockSize <= RUN_LENGTH;
  if (!isWithin) throw new FormatError('FORMAT_LIMIT', 'parity: sizes out of bounds', { section: 'Parity' });
  const blocks = Math.ceil(fileLength / blockSize);
  if (stripes < 1 || stripes > blocks || columns !== Math.ceil(blocks / stripes)) {
    throw new FormatError('FORMAT_LAYOUT', 'parity: stripes and columns do not give the file', {
      section: 'Parity',
    });
  }
}

/** The groups, in the order of the sidecar. */
export function* groupsOf(geometry: ParityGeometry): Generator<ParityGroup> {
  let offset = HEADER_LENGTH;
  for (let firstStripe = 0, index = 0; firstStripe < geometry.stripes; index++) {
    const stripes = Math.min(geometry.groupStripes, geometry.stripes - firstStripe);
    const group = { index, firstStripe, stripes, offset };
    yield group;
    offset += 2 * tableLength(geometry, group) + geometry.rows * stripes * geometry.blockSize;
    firstStripe += stripes;
  }
}

/** Blocks of a group: of the columns, then of the rows, in each stripe by stripe. This is the order of its table. */
export function groupBlocks({ columns, rows }: ParityGeometry, { stripes }: ParityGroup): number {
  return (columns + rows) * stripes;
}

/** Bytes of the table of a group. */
export function tableLength(geometry: ParityGeometry, group: ParityGroup): number {
  const hashes = groupBlocks(geometry, group);
  return (hashes + Math.ceil(hashes / SECTOR_HASHES_MAX)) * HASH_LENGTH;
}

/** Bytes of the whole sidecar. */
export function sidecarLength(geometry: ParityGeometry): number {
  const { stripes, groupStripes, blockSize, rows } = geometry;
  const lengthOf = (stripesOfGroup: number): number =>
    2 * tableLength(geometry, { index: 0, firstStripe: 0, stripes: stripesOfGroup, offset: 0 });
  const rest = stripes % groupStripes;
  const tables =
    Math.floor(stripes / groupStripes) * lengthOf(groupStripes) + (rest > 0 ? lengthOf(rest) : 0);
  return 2 * HEADER_LENGTH + tables + stripes * rows * blockSize;
}

/** The bytes of the file that are a group's blocks of one column; none behind the file's end. */
export function runOf(
  { fileLength, blockSize, stripes }: ParityGeometry,
  group: ParityGroup,
  column: number,
): { readonly offset: number; readonly length: number } {
  const offset = Math.min(fileLength, (column * stripes + group.firstStripe) * blockSize);
  return { offset, length: Math.min(fileLength - offset, group.stripes * blockSize) };
}

/** Bytes of the longest burst that can be repaired wherever it is. */
export function burstLengthMax({ fileLength, blockSize, stripes, rows }: ParityGeometry): number {
  return Math.min(fileLength, (rows * stripes - 1) * blockSize);
}
