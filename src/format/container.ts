/**
 * The container: what stands where in the file.
 *
 * | part | bytes |
 * |---|---|
 * | prologue | `_PLATAR_`, u32 version |
 * | configuration | wrapped object, at offset 12 |
 * | packfile | wrapped object |
 * | state | wrapped object |
 * | trailer | 6 × i64: offset and length of configuration, packfile, state |
 *
 * All integers are little-endian. The three parts follow each other without a gap and the trailer ends the file, so the
 * trailer holds nothing that could point elsewhere. Neither prologue nor trailer is authenticated: the parts are.
 * Source: specification "Container".
 */
import { FormatError } from '../errors.ts';
import { concatBytes, encodeUtf8, viewOf } from './bytes.ts';
import { CONFIGURATION_LENGTH_MAX } from './limits.ts';
import type { ByteSource } from './ports.ts';
import { formatVersion, VERSION_1_0_0 } from './resource-type.ts';
import { WRAPPED_OVERHEAD } from './wrapped-object.ts';

const MAGIC = encodeUtf8('_PLATAR_');
/** Bytes of the prologue. */
export const PROLOGUE_LENGTH = 12;
/** Bytes of the trailer. */
export const TRAILER_LENGTH = 48;
const CONTAINER_LENGTH_MIN = PROLOGUE_LENGTH + 3 * WRAPPED_OVERHEAD + TRAILER_LENGTH;
const SECTION = 'Container';

/** Where a part stands: offset and length in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Where the parts of an archive stand. */
export interface ContainerLayout {
  readonly configuration: Extent;
  readonly packfile: Extent;
  readonly state: Extent;
}

/** The first 12 bytes of an archive. */
export function encodePrologue(): Uint8Array {
  const bytes = new Uint8Array(PROLOGUE_LENGTH);
  bytes.set(MAGIC);
  viewOf(bytes).setUint32(8, VERSION_1_0_0, true);
  return bytes;
}

/** The last 48 bytes of an archive with these lengths. */
export function encodeTrailer(lengths: {
  configuration: number;
  packfile: number;
  state: number;
}): Uint8Array {
  const bytes = new Uint8Array(TRAILER_LENGTH);
  const view = viewOf(bytes);
  let offset = PROLOGUE_LENGTH;
  [lengths.configuration, lengths.packfile, lengths.state].forEach((length, index) => {
    view.setBigInt64(index * 16, BigInt(offset), true);
    view.setBigInt64(index * 16 + 8, BigInt(length), true);
    offset += length;
  });
  return bytes;
}

/**
 * Reads prologue and trailer.
 * @throws FormatError FORMAT_FOREIGN (not a .ptar), FORMAT_VERSION (newer), FORMAT_TRUNCATED, FORMAT_LAYOUT, FORMAT_LIMIT
 */
export async function readContainer(source: ByteSource): Promise<ContainerLayout> {
  if (source.size === 0) {
    throw new FormatError('FORMAT_TRUNCATED', `${source.name} is empty`, { offset: 0, section: SECTION });
  }
  const prologue = await source.read(0, Math.min(PROLOGUE_LENGTH, source.size));
  checkPrologue(prologue, source.name);
  if (source.size < CONTAINER_LENGTH_MIN) {
    throw new FormatError(
      'FORMAT_TRUNCATED',
      `${source.name} is cut short: only ${source.size} bytes are left`,
      {
        offset: source.size,
        section: SECTION,
      },
    );
  }
  const trailerOffset = source.size - TRAILER_LENGTH;
  return checkTrailer(await source.read(trailerOffset, TRAILER_LENGTH), trailerOffset, source.name);
}

function checkPrologue(prologue: Uint8Array, name: string): void {
  if (prologue.length < MAGIC.length || !MAGIC.every((byte, index) => prologue[index] === byte)) {
    throw new FormatError('FORMAT_FOREIGN', `${name} is not a .ptar archive`, {
      offset: 0,
      section: SECTION,
    });
  }
  if (prologue.length < PROLOGUE_LENGTH) return;
  const version = viewOf(prologue).getUint32(8, true);
  if (version > VERSION_1_0_0) {
    throw new FormatError(
      'FORMAT_VERSION',
      `${name} has container version ${formatVersion(version)}, this ptar reads up to ${formatVersion(VERSION_1_0_0)}: use a newer ptar`,
      { offset: 8, section: SECTION },
    );
  }
  if (version !== VERSION_1_0_0) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `${name} has the unknown container version ${formatVersion(version)}`,
      {
        offset: 8,
        section: SECTION,
      },
    );
  }
}

function checkTrailer(trailer: Uint8Array, trailerOffset: number, name: string): ContainerLayout {
  const view = viewOf(trailer);
  let end = PROLOGUE_LENGTH;
  const extents = ['configuration', 'packfile', 'state'].map((part, index): Extent => {
    const offset = view.getBigInt64(index * 16, true);
    const length = view.getBigInt64(index * 16 + 8, true);
    const at = trailerOffset + index * 16;
    if (offset !== BigInt(end)) {
      throw new FormatError(
        'FORMAT_LAYOUT',
        `${name}: the trailer puts the ${part} at ${offset}, not at ${end}; the file is damaged or cut short`,
        { offset: at, section: SECTION },
      );
    }
    if (length < BigInt(WRAPPED_OVERHEAD) || length > BigInt(trailerOffset - end)) {
      throw new FormatError(
        'FORMAT_LAYOUT',
        `${name}: the trailer gives the ${part} ${length} bytes, ${trailerOffset - end} are there; the file is damaged or cut short`,
        { offset: at + 8, section: SECTION },
      );
    }
    end += Number(length);
    return { offset: Number(offset), length: Number(length) };
  });
  if (end !== trailerOffset) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `${name}: ${trailerOffset - end} bytes between state and trailer belong to nothing`,
      {
        offset: end,
        section: SECTION,
      },
    );
  }
  const [configuration, packfile, state] = extents as [Extent, Extent, Extent];
  if (configuration.length > CONFIGURATION_LENGTH_MAX) {
    throw new FormatError('FORMAT_LIMIT', `${name}: a configuration of ${configuration.length} bytes`, {
      offset: trailerOffset + 8,
      section: 'Limits',
    });
  }
  return { configuration, packfile, state };
}

/** A whole archive of given parts; for tests and tools that have all of it in memory. */
export function joinContainer(
  configuration: Uint8Array,
  packfile: Uint8Array,
  state: Uint8Array,
): Uint8Array {
  const trailer = encodeTrailer({
    configuration: configuration.length,
    packfile: packfile.length,
    state: state.length,
  });
  return concatBytes([encodePrologue(), configuration, packfile, state, trailer]);
}
