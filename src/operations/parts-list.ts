/**
 * The list of the parts of a split archive: `NAME.parts`. It is a checksum file: `sha256sum -c` verifies the parts, and
 * `cat NAME.[0-9]* > NAME` puts them together, where ptar is not at hand.
 *
 *     # ptar parts 1
 *     # archive: prod.ptar
 *     # size: 9500000000
 *     # part-size: 4000000000
 *     # sha256: <of the whole archive>
 *     <sha256>  prod.ptar.001
 *     <sha256>  prod.ptar.002
 *     <sha256>  prod.ptar.003
 */
import { FormatError } from '../errors.ts';

/** What the list is called after the archive. */
export const PARTS_SUFFIX = '.parts';
/** Most parts of an archive. */
export const PARTS_MAX = 9999;
/** Longest list that is read (bytes): {@link PARTS_MAX} lines with names of 255 bytes. */
export const PARTS_LIST_SIZE_MAX = 4 << 20;
/** Bytes that are read and written at once. */
export const PIECE_SIZE = 4 << 20;

const FIRST_LINE = '# ptar parts 1';
const ANY_VERSION = /^# ptar parts (\d+)\s*$/m;
const DIGITS_MIN = 3;

/** A split archive. All parts have `partSize` bytes but the last, which has what is left. */
export interface PartsList {
  /** File name of the archive, without folder. */
  readonly archive: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly partSize: number;
  /** Of the archive, in hexadecimal. */
  readonly sha256: string;
  /** Of every part, in order, in hexadecimal. */
  readonly partHashes: readonly string[];
}

/** One part of {@link partsOf}. */
export interface Part {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** The parts that an archive of `size` bytes has. */
export function partsOf({
  archive,
  size,
  partSize,
}: Pick<PartsList, 'archive' | 'size' | 'partSize'>): Part[] {
  const count = Math.max(1, Math.ceil(size / partSize));
  const digits = Math.max(DIGITS_MIN, String(count).length);
  return Array.from({ length: count }, (_, index) => ({
    name: `${archive}.${String(index + 1).padStart(digits, '0')}`,
    offset: index * partSize,
    length: Math.min(partSize, size - index * partSize),
  }));
}

/** The list as text. */
export function encodePartsList(list: PartsList): string {
  const lines = partsOf(list).map(({ name }, index) => `${list.partHashes[index] ?? ''}  ${name}`);
  return `${[
    FIRST_LINE,
    `# archive: ${list.archive}`,
    `# size: ${list.size}`,
    `# part-size: ${list.partSize}`,
    `# sha256: ${list.sha256}`,
    ...lines,
  ].join('\n')}\n`;
}

/** True where `beginning`, the first bytes of a file, are those of a list of parts, of any version. */
export function isPartsList(beginning: Uint8Array): boolean {
  return Buffer.from(beginning).toString('latin1').startsWith('# ptar parts ');
}

/**
 * Inverse of {@link encodePartsList}. Line ends may have become those of Windows on the way.
 * @param file for messages
 * @throws FormatError FORMAT_VERSION, FORMAT_LAYOUT
 */
export function decodePartsList(text: string, file: string): PartsList {
  const version = ANY_VERSION.exec(text)?.[1];
  if (version !== undefined && version !== '1') {
    throw new FormatError('FORMAT_VERSION', `${file} was written by a newer version of ptar; use that one`);
  }
  const [first, ...lines] = text.split(/\r?\n/);
  const fail = (problem: string): never => {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `${file} is no list of parts: ${problem}; take it from another copy`,
    );
  };
  if (first !== FIRST_LINE) return fail('its first line is another');
  const field = (name: string): string =>
    lines.find((line) => line.startsWith(`# ${name}: `))?.slice(name.length + 4) ?? fail(`no ${name}`);
  const [archive, sha256] = [field('archive'), field('sha256')];
  const [size, partSize] = [Number(field('size')), Number(field('part-size'))];
  if (!isFileName(archive)) return fail('the archive has no plain file name');
  if (!isHash(sha256)) return fail('its sha256 is none');
  if (!isLength(size) || !isLength(partSize) || Math.ceil(size / partSize) > PARTS_MAX) {
    return fail('its sizes cannot be');
  }
  const listed = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const parts = partsOf({ archive, size, partSize });
  if (listed.length !== parts.length) return fail(`${listed.length} parts of ${parts.length}`);
  const partHashes = parts.map(({ name }, index) => {
    const [hash = '', ...rest] = (listed[index] ?? '').split('  ');
    return isHash(hash) && rest.join('  ') === name ? hash : fail(`no line for ${name}`);
  });
  return { archive, size, partSize, sha256, partHashes };
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function isLength(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/** Names a file in a folder, on every system. */
function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name);
}
