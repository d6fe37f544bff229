/** What a damaged archive says about where its blobs are: its state and the packfile's own index, each as far as it can be read. */
import { FormatError } from '../errors.ts';
import { UNMACED } from './blob-batch.ts';
import type { BlobCodec } from './blob-codec.ts';
import { BlobIndex } from './blob-index.ts';
import type { BlobPlace } from './blob-places.ts';
import { equalBytes, viewOf } from './bytes.ts';
import { findingOf } from './finding.ts';
import { STATE_SIZE_MAX } from './limits.ts';
import {
  decodeFooter,
  FOOTER_LENGTH,
  FOOTER_LENGTH_LENGTH,
  INDEX_RECORD_LENGTH,
  indexedId,
} from './packfile.ts';
import type { ByteSource, MacKey } from './ports.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';
import { colouredKey } from './state.ts';
import { WRAPPED_HEADER_LENGTH, WRAPPED_MAC_LENGTH } from './wrapped-object.ts';

/** Places of blobs, in the packfile's data. */
export interface SalvagedIndex {
  readonly blobs: BlobIndex;
  /** Those whose ids are to be made of what stands there. */
  readonly unnamed: readonly BlobPlace[];
  /** As in `State`. */
  readonly coloured: ReadonlySet<string>;
  /** True where a MAC says that nothing is missing. */
  readonly isWhole: boolean;
}

/** What is needed to read an index. */
export interface IndexReading {
  readonly source: ByteSource;
  readonly codec: BlobCodec;
  readonly mac: MacKey;
  /** True where a seal vouches for what stands at a place; otherwise places without ids are passed over. */
  readonly isSealed: boolean;
  /** For {@link BlobIndex}. */
  readonly seed: number;
}

const STATE_RECORD_HEAD = 5;
const STATE_LOCATIONS = 2;
const STATE_LOCATIONS_LENGTH = 85;
const STATE_COLOURED = 3;
const STATE_COLOURED_LENGTH = 41;

/** The state between `offset` and `end` (behind its MAC); undefined where nothing of it can be read. @throws ConnectorError */
export async function salvageState(
  { source, codec, mac, seed }: IndexReading,
  offset: number,
  end: number,
): Promise<SalvagedIndex | undefined> {
  const macOffset = end - WRAPPED_MAC_LENGTH;
  const length = macOffset - offset - WRAPPED_HEADER_LENGTH;
  if (length < 0 || length > STATE_SIZE_MAX) return undefined;
  const wrapped = await source.read(offset, macOffset - offset);
  const plaintext = tryDecode(codec, wrapped.subarray(WRAPPED_HEADER_LENGTH));
  if (plaintext === undefined) return undefined;
  const hasher = mac.begin();
  hasher.update(wrapped);
  const isWhole = equalBytes(hasher.digest(), await source.read(macOffset, WRAPPED_MAC_LENGTH));
  return { ...readStateRecords(plaintext, seed), unnamed: [], isWhole };
}

/** The records of a state, wherever one begins: what is damaged between them is skipped. */
function readStateRecords(bytes: Uint8Array, seed: number): Omit<SalvagedIndex, 'isWhole' | 'unnamed'> {
  const view = viewOf(bytes);
  const blobs = new BlobIndex(Math.floor(bytes.length / (STATE_RECORD_HEAD + STATE_LOCATIONS_LENGTH)), seed);
  const coloured = new Set<string>();
  const isRecord = (at: number, type: number, length: number): boolean =>
    bytes[at] === type &&
    at + STATE_RECORD_HEAD + length <= bytes.length &&
    view.getUint32(at + 1, true) === length;
  for (let at = 0; at < bytes.length;) {
    const data = at + STATE_RECORD_HEAD;
    if (isRecord(at, STATE_LOCATIONS, STATE_LOCATIONS_LENGTH)) {
      const offset = view.getBigUint64(data + 69, true);
      const length = view.getUint32(data + 77, true);
      if (isBlobType(bytes[data] ?? 0) && offset <= BigInt(Number.MAX_SAFE_INTEGER)) {
        blobs.add(bytes[data] ?? 0, bytes.subarray(data + 5, data + 37), Number(offset), length);
      }
      at = data + STATE_LOCATIONS_LENGTH;
    } else if (isRecord(at, STATE_COLOURED, STATE_COLOURED_LENGTH)) {
      coloured.add(colouredKey(bytes[data] ?? 0, bytes.subarray(data + 1, data + 33)));
      at = data + STATE_COLOURED_LENGTH;
    } else at++;
  }
  return { blobs, coloured };
}

/**
 * The packfile's index.
 * @param dataOffset where the packfile's data may begin
 * @param end where the packfile's MAC begins
 * @returns undefined where nothing of it can be read
 * @throws ConnectorError
 */
export async function salvagePackfileIndex(
  { source, codec, mac, isSealed, seed }: IndexReading,
  dataOffset: number,
  end: number,
): Promise<SalvagedIndex | undefined> {
  const footerEnd = end - FOOTER_LENGTH_LENGTH;
  if (footerEnd < dataOffset || end > source.size) return undefined;
  const footerLength = viewOf(await source.read(footerEnd, FOOTER_LENGTH_LENGTH)).getUint32(0, true);
  const footerStart = footerEnd - footerLength;
  if (footerLength > FOOTER_LENGTH + 1024 || footerStart < dataOffset) return undefined;
  const footerPlain = tryDecode(codec, await source.read(footerStart, footerLength));
  if (footerPlain === undefined) return undefined;
  let indexStart: number;
  let indexMac: Uint8Array;
  try {
    const footer = decodeFooter(footerPlain, footerStart - dataOffset);
    indexStart = dataOffset + footer.indexOffset;
    indexMac = footer.indexMac;
  } catch (error) {
    findingOf(error);
    return undefined;
  }
  const index = tryDecode(codec, await source.read(indexStart, footerStart - indexStart));
  if (index === undefined) return undefined;
  const { blobs, unnamed } = readIndexRecords(index, seed);
  const tellsAll = isSealed || unnamed.length === 0;
  const isWhole = tellsAll && equalBytes(mac.mac(index), indexMac);
  return { blobs, unnamed: tellsAll ? unnamed : [], coloured: new Set(), isWhole };
}

function readIndexRecords(bytes: Uint8Array, seed: number): Pick<SalvagedIndex, 'blobs' | 'unnamed'> {
  const view = viewOf(bytes);
  const blobs = new BlobIndex(64, seed);
  const unnamed: BlobPlace[] = [];
  for (let at = 0; at + INDEX_RECORD_LENGTH <= bytes.length; at += INDEX_RECORD_LENGTH) {
    const type = view.getUint32(at, true);
    const offset = view.getBigUint64(at + 40, true);
    if (!isBlobType(type) || offset > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    const length = view.getUint32(at + 48, true);
    const id = indexedId(bytes, at);
    if (id !== undefined) blobs.add(type, id, Number(offset), length);
    else if (!UNMACED.includes(type)) unnamed.push({ type, offset: Number(offset), length });
  }
  return { blobs, unnamed };
}

function isBlobType(type: number): boolean {
  return type >= ResourceType.snapshot && type < 256 && resourceTypeName(type) !== `type ${type}`;
}

function tryDecode(codec: BlobCodec, stored: Uint8Array): Uint8Array | undefined {
  try {
    return codec.decode(stored, STATE_SIZE_MAX);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new FormatError('FORMAT_LIMIT', 'an index too large for this machine');
    }
    findingOf(error);
    return undefined;
  }
}
