/**
 * Finds the parts of a damaged archive: where the trailer says, where they must be, or where a header of theirs stands. What is
 * found is a guess until something in it authenticates.
 */
import { throwIfCancelled } from '../errors.ts';
import { equalBytes, viewOf } from './bytes.ts';
import { type Configuration, decodeConfiguration } from './configuration.ts';
import {
  type ContainerLayout,
  type Extent,
  PROLOGUE_LENGTH,
  readContainer,
  TRAILER_LENGTH,
} from './container.ts';
import { findingOf } from './finding.ts';
import { CONFIGURATION_LENGTH_MAX } from './limits.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import type { ByteSource } from './ports.ts';
import { ResourceType, STATE_VERSIONS, VERSION_1_0_0 } from './resource-type.ts';
import { MAGICS, WRAPPED_HEADER_LENGTH, WRAPPED_OVERHEAD } from './wrapped-object.ts';

/** A wrapped object's header that was found. */
export interface FoundHeader {
  readonly offset: number;
  readonly type: number;
}

/** Where the parts of an archive may be. */
export interface FoundParts {
  /** As the trailer says; undefined where it contradicts itself. */
  readonly layout: ContainerLayout | undefined;
  /** Why the file is not like that, one line; undefined where it is. */
  readonly layoutProblem: string | undefined;
  readonly headers: readonly FoundHeader[];
}

/** A configuration that can be read. */
export interface FoundConfiguration {
  readonly configuration: Configuration;
  /** The whole wrapped object. */
  readonly wrapped: Uint8Array;
  readonly offset: number;
}

const SCAN_LENGTH = 4 * 1024 * 1024;
/** Headers that are kept: contents may be full of archives. */
const HEADERS_MAX = 10_000;
const UNDERSCORE = 0x5f;

/** Looks for the parts, through the whole file where the trailer does not lead to them. @throws CancelledError; ConnectorError */
export async function findParts(source: ByteSource, signal: AbortSignal | undefined): Promise<FoundParts> {
  let layout: ContainerLayout | undefined;
  let layoutProblem: string | undefined;
  try {
    layout = await readContainer(source);
    if (!(await headersStand(source, layout))) {
      layoutProblem = 'a part does not begin where the trailer says';
    }
  } catch (error) {
    layoutProblem = findingOf(error).message;
    layout = await claimedLayout(source);
  }
  if (layout !== undefined && layoutProblem === undefined) return { layout, layoutProblem, headers: [] };
  return { layout, layoutProblem, headers: await scanHeaders(source, signal) };
}

/** What the trailer says, though the file has another length: how far things have moved. */
async function claimedLayout(source: ByteSource): Promise<ContainerLayout | undefined> {
  if (source.size < TRAILER_LENGTH) return undefined;
  const view = viewOf(await source.read(source.size - TRAILER_LENGTH, TRAILER_LENGTH));
  let end = BigInt(PROLOGUE_LENGTH);
  const extents: Extent[] = [];
  for (let part = 0; part < 3; part++) {
    const [offset, length] = [view.getBigInt64(part * 16, true), view.getBigInt64(part * 16 + 8, true)];
    if (offset !== end || length < BigInt(WRAPPED_OVERHEAD) || length > BigInt(Number.MAX_SAFE_INTEGER)) {
      return undefined;
    }
    extents.push({ offset: Number(offset), length: Number(length) });
    end += length;
  }
  const [configuration, packfile, state] = extents as [Extent, Extent, Extent];
  return { configuration, packfile, state };
}

async function headersStand(source: ByteSource, layout: ContainerLayout): Promise<boolean> {
  for (const [type, { offset }] of [
    [ResourceType.configuration, layout.configuration],
    [ResourceType.packfile, layout.packfile],
    [ResourceType.state, layout.state],
  ] as const) {
    if (headerType(await source.read(offset, WRAPPED_HEADER_LENGTH), 0) !== type) return false;
  }
  return true;
}

async function scanHeaders(source: ByteSource, signal: AbortSignal | undefined): Promise<FoundHeader[]> {
  const headers: FoundHeader[] = [];
  const overlap = WRAPPED_HEADER_LENGTH - 1;
  for (let start = 0; start < source.size; start += SCAN_LENGTH) {
    throwIfCancelled(signal);
    const bytes = await source.read(start, Math.min(SCAN_LENGTH + overlap, source.size - start));
    for (let at = bytes.indexOf(UNDERSCORE); at >= 0; at = bytes.indexOf(UNDERSCORE, at + 1)) {
      const type = at < SCAN_LENGTH ? headerType(bytes, at) : undefined;
      if (type === undefined) continue;
      headers.push({ offset: start + at, type });
      // The first ones are the container's, and the last one is its state.
      if (headers.length > HEADERS_MAX) headers.splice(HEADERS_MAX / 2, 1);
    }
  }
  return headers;
}

/** The type in a header of a part at `at`; undefined where there is none. */
function headerType(bytes: Uint8Array, at: number): number | undefined {
  if (at + WRAPPED_HEADER_LENGTH > bytes.length) return undefined;
  const magic = bytes.subarray(at, at + 8);
  if (!MAGICS.some((known) => equalBytes(known, magic))) return undefined;
  const view = viewOf(bytes);
  const type = view.getUint32(at + 8, true);
  const version = view.getUint32(at + 12, true);
  const isPart =
    type === ResourceType.state
      ? STATE_VERSIONS.includes(version)
      : (type === ResourceType.configuration || type === ResourceType.packfile) && version === VERSION_1_0_0;
  return isPart ? type : undefined;
}

/**
 * Configurations that can be read, the likeliest first: the one at the beginning, then others in the order of the file. Whether one
 * is the archive's shows when something authenticates under it.
 */
export async function* findConfigurations(
  source: ByteSource,
  { headers }: FoundParts,
): AsyncGenerator<FoundConfiguration> {
  const offsets = headers
    .filter(({ type }) => type === ResourceType.configuration)
    .map(({ offset }) => offset);
  for (const offset of new Set([PROLOGUE_LENGTH, ...offsets.slice(0, CONFIGURATIONS_MAX)])) {
    if (offset >= source.size) continue;
    const bytes = await source.read(offset, Math.min(CONFIGURATION_LENGTH_MAX, source.size - offset));
    const found = readConfigurationAt(bytes);
    if (found !== undefined) yield { ...found, offset };
  }
}

/** The configuration at the beginning of `bytes`. Nothing there tells its length but the record itself. */
function readConfigurationAt(bytes: Uint8Array): Omit<FoundConfiguration, 'offset'> | undefined {
  const data = bytes.subarray(WRAPPED_HEADER_LENGTH);
  try {
    const reader = new MsgpackReader(data, 'configuration');
    reader.skip();
    const configuration = decodeConfiguration(data.subarray(0, reader.offset));
    return { configuration, wrapped: bytes.subarray(0, WRAPPED_OVERHEAD + reader.offset) };
  } catch (error) {
    findingOf(error);
    return undefined;
  }
}

/** Each one may take a key derivation. */
const CONFIGURATIONS_MAX = 16;

/** Offsets in the file that may be the begin of the packfile's data; the likeliest first. */
export function dataOffsets(parts: FoundParts, configuration: FoundConfiguration): number[] {
  const { layout, headers } = parts;
  const offsets = [configuration.offset + configuration.wrapped.length + WRAPPED_HEADER_LENGTH];
  if (layout !== undefined) offsets.push(layout.packfile.offset + WRAPPED_HEADER_LENGTH);
  for (const { offset, type } of headers) {
    if (type === ResourceType.packfile) offsets.push(offset + WRAPPED_HEADER_LENGTH);
    // Bytes were lost or put in somewhere before the state: what is behind that place is as far off as the state is.
    if (type === ResourceType.state && layout !== undefined) {
      offsets.push(layout.packfile.offset + WRAPPED_HEADER_LENGTH + offset - layout.state.offset);
    }
  }
  return [...new Set(offsets)].filter((offset) => offset >= 0).slice(0, DATA_OFFSETS_MAX);
}

/** Every one is tried for every blob that is not where it should be. */
const DATA_OFFSETS_MAX = 8;

/** Bytes of a state that is looked at: 10 million blobs. What begins further from the end is no state. */
const STATE_LENGTH_MAX = 1024 * 1024 * 1024;

/** Where states may begin and end, the likeliest first. */
export function stateExtents(
  source: ByteSource,
  { layout, headers }: FoundParts,
): { readonly offset: number; readonly end: number }[] {
  const offsets = headers.filter(({ type }) => type === ResourceType.state).map(({ offset }) => offset);
  const begins = [...(layout === undefined ? [] : [layout.state.offset]), ...offsets.reverse().slice(0, 8)];
  const ends = [source.size - TRAILER_LENGTH, source.size];
  return [...new Set(begins)].flatMap((offset) =>
    ends
      .filter((end) => end > offset + WRAPPED_OVERHEAD && end - offset <= STATE_LENGTH_MAX)
      .map((end) => ({ offset, end })),
  );
}
