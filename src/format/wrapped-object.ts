/**
 * Wrapped objects: configuration, packfile and state in their authenticated envelope.
 *
 * | offset | bytes | content |
 * |---|---|---|
 * | 0 | 8 | `_KLOSET_` (older: `_PLAKAR_`) |
 * | 8 | 4 | resource type, u32 |
 * | 12 | 4 | version, u32 |
 * | 16 | n | data |
 * | 16 + n | 32 | MAC over everything before |
 *
 * The key depends on the part: see `keys.ts`. Source: specification "Wrapped object".
 */
import { FormatError, IntegrityError } from '../errors.ts';
import { encodeUtf8, equalBytes, viewOf } from './bytes.ts';
import type { Hasher } from './ports.ts';
import { formatVersion, resourceTypeName } from './resource-type.ts';

/** Bytes before the data. */
export const WRAPPED_HEADER_LENGTH = 16;
/** Bytes after the data. */
export const WRAPPED_MAC_LENGTH = 32;
/** Bytes around the data. */
export const WRAPPED_OVERHEAD = WRAPPED_HEADER_LENGTH + WRAPPED_MAC_LENGTH;
/** What a wrapped object begins with: now, and in the past. */
export const MAGICS = [encodeUtf8('_KLOSET_'), encodeUtf8('_PLAKAR_')] as const;
const SECTION = 'Wrapped object';

/** The 16 bytes before the data. */
export function encodeWrappedHeader(type: number, version: number): Uint8Array {
  const bytes = new Uint8Array(WRAPPED_HEADER_LENGTH);
  bytes.set(MAGICS[0]);
  const view = viewOf(bytes);
  view.setUint32(8, type, true);
  view.setUint32(12, version, true);
  return bytes;
}

/** Data in its envelope; `hasher` is fresh. */
export function wrapObject(type: number, version: number, data: Uint8Array, hasher: Hasher): Uint8Array {
  const bytes = new Uint8Array(WRAPPED_OVERHEAD + data.length);
  bytes.set(encodeWrappedHeader(type, version));
  bytes.set(data, WRAPPED_HEADER_LENGTH);
  hasher.update(bytes.subarray(0, WRAPPED_HEADER_LENGTH + data.length));
  bytes.set(hasher.digest(), WRAPPED_HEADER_LENGTH + data.length);
  return bytes;
}

/** What a wrapped header must say. */
export interface WrappedExpectation {
  readonly type: number;
  /** Known versions, newest last. */
  readonly versions: readonly number[];
  /** Offset of the object in the file, for errors. */
  readonly offset: number;
}

/**
 * The version in a wrapped header.
 * @throws FormatError FORMAT_LAYOUT (magic, type), FORMAT_VERSION
 */
export function decodeWrappedHeader(header: Uint8Array, expected: WrappedExpectation): number {
  const what = resourceTypeName(expected.type);
  if (!MAGICS.some((magic) => equalBytes(magic, header.subarray(0, 8)))) {
    throw new FormatError('FORMAT_LAYOUT', `no ${what} where the trailer says: the file is damaged`, {
      offset: expected.offset,
      section: SECTION,
    });
  }
  const view = viewOf(header);
  const type = view.getUint32(8, true);
  if (type !== expected.type) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `${resourceTypeName(type)} where the ${what} should be: the file is damaged`,
      {
        offset: expected.offset + 8,
        section: SECTION,
      },
    );
  }
  const version = view.getUint32(12, true);
  if (!expected.versions.includes(version)) {
    const newest = expected.versions.at(-1) ?? 0;
    throw new FormatError(
      'FORMAT_VERSION',
      `the ${what} has version ${formatVersion(version)}, this ptar reads up to ${formatVersion(newest)}: use a newer ptar`,
      { offset: expected.offset + 12, section: SECTION },
    );
  }
  return version;
}

/**
 * The data of a wrapped object whose bytes are in memory, after its MAC.
 * @returns data as a view into `bytes`, and the version
 * @throws FormatError FORMAT_LAYOUT, FORMAT_VERSION, FORMAT_TRUNCATED; IntegrityError INTEGRITY_MAC
 */
export function unwrapObject(
  bytes: Uint8Array,
  expected: WrappedExpectation,
  hasher: Hasher,
): { data: Uint8Array; version: number } {
  if (bytes.length < WRAPPED_OVERHEAD) {
    throw new FormatError(
      'FORMAT_TRUNCATED',
      `the ${resourceTypeName(expected.type)} has only ${bytes.length} bytes`,
      {
        offset: expected.offset,
        section: SECTION,
      },
    );
  }
  const version = decodeWrappedHeader(bytes.subarray(0, WRAPPED_HEADER_LENGTH), expected);
  const end = bytes.length - WRAPPED_MAC_LENGTH;
  hasher.update(bytes.subarray(0, end));
  checkWrappedMac(hasher.digest(), bytes.subarray(end), expected);
  return { data: bytes.subarray(WRAPPED_HEADER_LENGTH, end), version };
}

/** @throws IntegrityError INTEGRITY_MAC where the MACs differ */
export function checkWrappedMac(
  computed: Uint8Array,
  stored: Uint8Array,
  expected: WrappedExpectation,
): void {
  if (equalBytes(computed, stored)) return;
  throw new IntegrityError(
    'INTEGRITY_MAC',
    `the ${resourceTypeName(expected.type)} does not match its MAC: the archive was changed or is damaged`,
    { offset: expected.offset, section: SECTION },
  );
}
