/**
 * The state: a log that tells where every blob stands. Version 1.1.0:
 *
 * | part | bytes |
 * |---|---|
 * | parent | MAC of the state before this one; zero in a .ptar |
 * | entries | u8 type, u32 length, data |
 * | metadata | u8 1, u32 version, u64 timestamp (ns), serial 16 |
 *
 * | entry | type | data |
 * |---|---|---|
 * | DELETE | 6 | u8 entry type, u8 resource type, id 32, packfile 32 |
 * | LOCATIONS | 2 | u8 resource type, u32 version, id 32, packfile 32, u64 offset, u32 length, u32 flags |
 * | COLOURED | 3 | u8 resource type, id 32, u64 when (ns): marked as deleted |
 * | PACKFILE | 4 | packfile 32, state 32, u64 timestamp (ns) |
 * | CONFIGURATION | 5 | u8 key length, key, u16 value length, value, u64 created (ns) |
 *
 * All little-endian. Version 1.0.0 has neither parent nor DELETE. DELETE entries speak of states before this one, of which an
 * archive has none. Source: specification "State".
 */
import { FormatError } from '../errors.ts';
import { BlobIndex } from './blob-index.ts';
import { setUint64, toHex, uint64At, viewOf } from './bytes.ts';
import { gatherPieces, Piece } from './piece.ts';
import { BLOB_COUNT_MAX } from './limits.ts';
import { resourceTypeName, STATE_VERSION, VERSION_1_0_0 } from './resource-type.ts';

const METADATA = 1;
const LOCATIONS = 2;
const COLOURED = 3;
const PACKFILE = 4;
const CONFIGURATION = 5;
const DELETE = 6;
const HEAD_LENGTH = 5;
const LOCATIONS_LENGTH = 85;
const PACKFILE_LENGTH = 72;
/** By type. */
const DATA_LENGTHS: readonly (number | undefined)[] = Object.assign([], {
  [LOCATIONS]: LOCATIONS_LENGTH,
  [COLOURED]: 41,
  [PACKFILE]: PACKFILE_LENGTH,
  [DELETE]: 66,
});
const PARENT_LENGTH = 32;
const METADATA_LENGTH = 1 + 4 + 8 + 16;
const SECTION = 'State';

/** What a state tells. */
export interface State {
  /** As they are listed: a blob that is listed twice is there twice, see `BlobIndex.distinct`. */
  readonly blobs: BlobIndex;
  /** `type:hex id` of resources that are marked as deleted. */
  readonly coloured: ReadonlySet<string>;
  readonly timestampNs: bigint;
  readonly serial: Uint8Array;
}

/** The key of {@link State.coloured}. */
export function colouredKey(type: number, id: Uint8Array): string {
  return `${type}:${toHex(id)}`;
}

/** What the writer knows besides the blobs. */
export interface StateFacts {
  /** Any 32 bytes: readers do not use it in a .ptar. */
  readonly packfileId: Uint8Array;
  readonly stateId: Uint8Array;
  readonly timestampNs: bigint;
  /** The RepositoryID. */
  readonly serial: Uint8Array;
}

/** The plaintext of the state of a new archive. */
export function encodeState(blobs: BlobIndex, facts: StateFacts): Uint8Array {
  return gatherPieces(statePieces(blobs, facts));
}

/** The same in pieces for `compressedStream`, each valid until the next. */
export function* statePieces(blobs: BlobIndex, facts: StateFacts): Generator<Uint8Array> {
  const entryLength = HEAD_LENGTH + LOCATIONS_LENGTH;
  const endLength = HEAD_LENGTH + PACKFILE_LENGTH + METADATA_LENGTH;
  const piece = new Piece(PARENT_LENGTH + blobs.count * entryLength + endLength, endLength);
  const { bytes, view } = piece;
  piece.add(PARENT_LENGTH);
  for (let index = 0; index < blobs.count; index++) {
    if (piece.isFull) yield piece.take();
    const at = piece.add(entryLength);
    bytes[at] = LOCATIONS;
    view.setUint32(at + 1, LOCATIONS_LENGTH, true);
    bytes[at + 5] = blobs.type(index);
    view.setUint32(at + 6, VERSION_1_0_0, true);
    blobs.copyId(index, bytes, at + 10);
    bytes.set(facts.packfileId, at + 42);
    setUint64(view, at + 74, blobs.offset(index));
    view.setUint32(at + 82, blobs.length(index), true);
    view.setUint32(at + 86, 0, true);
  }
  if (piece.isFull) yield piece.take();
  let at = piece.add(endLength);
  bytes[at] = PACKFILE;
  view.setUint32(at + 1, PACKFILE_LENGTH, true);
  bytes.set(facts.packfileId, at + 5);
  bytes.set(facts.stateId, at + 37);
  view.setBigUint64(at + 69, facts.timestampNs, true);
  at += HEAD_LENGTH + PACKFILE_LENGTH;
  bytes[at] = METADATA;
  view.setUint32(at + 1, STATE_VERSION, true);
  view.setBigUint64(at + 5, facts.timestampNs, true);
  bytes.set(facts.serial, at + 13);
  yield piece.take();
}

/** What a state is read against. */
export interface StateExpectation {
  /** Of the wrapped object: 1.0.0 or 1.1.0. */
  readonly version: number;
  /** Bytes that blobs can occupy: no location may reach beyond. */
  readonly dataLength: number;
  /** 32 random bits for the index. */
  readonly seed: number;
}

/**
 * Reads a state.
 * @throws FormatError FORMAT_TRUNCATED, FORMAT_LAYOUT, FORMAT_ENCODING, FORMAT_LIMIT
 */
export function decodeState(bytes: Uint8Array, version: number, dataLength: number, seed: number): State {
  const decoder = new StateDecoder(
    { version, dataLength, seed },
    Math.floor(bytes.length / (HEAD_LENGTH + LOCATIONS_LENGTH)),
  );
  return decoder.end(bytes, decoder.takeEntries(bytes, true));
}

/** Reads a state that comes in pieces. Offsets in errors count from the begin of the piece. */
export class StateDecoder {
  readonly #expected: StateExpectation;
  readonly #blobs: BlobIndex;
  readonly #coloured = new Set<string>();
  #parentLength: number;

  /** `capacity`: blobs that are expected. */
  constructor(expected: StateExpectation, capacity: number) {
    this.#expected = expected;
    this.#blobs = new BlobIndex(capacity, expected.seed);
    this.#parentLength = expected.version === STATE_VERSION ? PARENT_LENGTH : 0;
  }

  /**
   * Takes the entries at the begin of `bytes`.
   * @param isLast nothing comes behind `bytes`, so that they have metadata behind the entries
   * @returns bytes that were taken: where the metadata begins or, of what is not the last, an entry that is not whole: the next `bytes` begin there
   * @throws FormatError as {@link decodeState}
   */
  takeEntries(bytes: Uint8Array, isLast: boolean): number {
    const view = viewOf(bytes);
    const blobs = this.#blobs;
    const coloured = this.#coloured;
    const { dataLength } = this.#expected;
    if (!isLast && bytes.length < this.#parentLength) return 0;
    let at = this.#parentLength;
    if (isLast) need(bytes, at, METADATA_LENGTH);
    this.#parentLength = 0;
    while (bytes[at] !== METADATA) {
      if (!isLast && !hasWholeEntry(bytes, view, at)) return at;
      need(bytes, at, HEAD_LENGTH);
      const type = bytes[at] ?? 0;
      const length = view.getUint32(at + 1, true);
      const expected = DATA_LENGTHS[type];
      at += HEAD_LENGTH;
      need(bytes, at, length);
      if (expected !== undefined && expected !== length) {
        fail('FORMAT_ENCODING', `an entry of type ${type} has ${length} bytes, not ${expected}`, at);
      }
      if (type === LOCATIONS) readLocation(view, at, dataLength, blobs);
      else if (type === COLOURED) coloured.add(colouredKey(bytes[at] ?? 0, bytes.subarray(at + 1, at + 33)));
      else if (type === DELETE && blobs.count + coloured.size > 0) {
        fail('FORMAT_LAYOUT', 'DELETE behind what it deletes', at);
      } else if (type === CONFIGURATION) checkConfigurationEntry(view, at, length);
      at += length;
      if (isLast) need(bytes, at, 1);
    }
    return at;
  }

  /** The state, after all entries: `bytes` has nothing but the metadata from `at` on. @throws FormatError FORMAT_LAYOUT */
  end(bytes: Uint8Array, at: number): State {
    if (bytes.length - at !== METADATA_LENGTH) {
      fail('FORMAT_LAYOUT', `${bytes.length - at} bytes of metadata, not ${METADATA_LENGTH}`, at);
    }
    return {
      blobs: this.#blobs,
      coloured: this.#coloured,
      timestampNs: viewOf(bytes).getBigUint64(at + 5, true),
      // A copy, and not slice(), which a Buffer understands as a view.
      serial: new Uint8Array(bytes.subarray(at + 13, at + 29)),
    };
  }
}

/** True where all bytes of the entry at `at` are there. */
function hasWholeEntry(bytes: Uint8Array, view: DataView, at: number): boolean {
  const left = bytes.length - at - HEAD_LENGTH;
  return left >= 0 && left >= view.getUint32(at + 1, true);
}

function readLocation(view: DataView, at: number, dataLength: number, blobs: BlobIndex): void {
  const type = view.getUint8(at);
  const offset = uint64At(view, at + 69);
  const length = view.getUint32(at + 77, true);
  if (offset + length > dataLength) {
    fail(
      'FORMAT_LAYOUT',
      `a ${resourceTypeName(type)} at ${offset} + ${length} reaches beyond the packfile`,
      at,
    );
  }
  if (blobs.count >= BLOB_COUNT_MAX) fail('FORMAT_LIMIT', `more than ${BLOB_COUNT_MAX} blobs`, at);
  // A blob may be listed twice (equal content packed twice by a store): either place serves.
  blobs.append(view, at + 5, type, offset, length);
}

function checkConfigurationEntry(view: DataView, at: number, length: number): void {
  const keyLength = length >= 11 ? view.getUint8(at) : 0;
  const valueAt = 1 + keyLength;
  if (
    length < 11 ||
    valueAt + 10 > length ||
    valueAt + 2 + view.getUint16(at + valueAt, true) + 8 !== length
  ) {
    fail('FORMAT_ENCODING', 'a configuration entry contradicts its length', at);
  }
}

function need(bytes: Uint8Array, at: number, length: number): void {
  if (length > bytes.length - at) {
    fail('FORMAT_TRUNCATED', `${length} bytes expected, ${bytes.length - at} left`, at);
  }
}

function fail(
  code: 'FORMAT_TRUNCATED' | 'FORMAT_LAYOUT' | 'FORMAT_ENCODING' | 'FORMAT_LIMIT',
  problem: string,
  at: number,
): never {
  throw new FormatError(code, `state: ${problem} (at byte ${at} of the state)`, { section: SECTION });
}
