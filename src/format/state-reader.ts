/**
 * Reads the state of an archive: authenticated, then opened, decompressed and decoded piece by piece, so that of a million blobs there is
 * never more in memory than their index. Of a short state the MAC is compared before anything is parsed. A long one is read once: what is
 * sealed is authentic segment by segment, and before anything of it is used, the MAC of the whole says that the segments are in order and that
 * none is missing. Without sealing the MAC has no key, and would keep nobody's bytes from the parser. Source: specification "State".
 */
import { FormatError, IntegrityError } from '../errors.ts';
import type { BlobCodec } from './blob-codec.ts';
import { concatBytes } from './bytes.ts';
import type { Extent } from './container.ts';
import { STATE_SIZE_MAX } from './limits.ts';
import type { ByteSource, Hasher, MacKey } from './ports.ts';
import { readInto } from './read-into.ts';
import { ResourceType, STATE_VERSIONS } from './resource-type.ts';
import { decodeState, type State, StateDecoder, type StateExpectation } from './state.ts';
import {
  checkWrappedMac,
  decodeWrappedHeader,
  unwrapObject,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
  type WrappedExpectation,
} from './wrapped-object.ts';

/** Stored bytes up to which a state is read once and kept until it is decoded. */
const KEPT_LENGTH_MAX = 16 * 1024 * 1024;
const PIECE_LENGTH = 1024 * 1024;
/** Bytes of an entry, above which the state is decoded as a whole. */
const ENTRY_LENGTH_MAX = PIECE_LENGTH;
/**
 * How much longer than what is stored a state may become piece by piece; ids do not compress. A longer one is decoded as a whole, which
 * measures before it decodes, so that gigabytes of zeros cost next to nothing.
 */
const GROWTH_MAX = 16;
/** Stored bytes that a blob takes at the least where they are compressed, of which its id is 32: so many are expected. */
const STORED_LENGTH_LEAST = 43;

/** What a state is read with. */
export interface StateReading extends Pick<StateExpectation, 'dataLength' | 'seed'> {
  readonly codec: BlobCodec;
  readonly mac: MacKey;
}

/**
 * The state at `extent`. Memory: its index, and at most 20 MiB meanwhile; where it is no LZ4 frame as ptar writes it, the whole of it.
 * @throws FormatError; IntegrityError INTEGRITY_MAC, INTEGRITY_SEAL; ConnectorError
 */
export async function readState(source: ByteSource, extent: Extent, reading: StateReading): Promise<State> {
  const { offset, length } = extent;
  const expected = { type: ResourceType.state, versions: STATE_VERSIONS, offset };
  if (length > KEPT_LENGTH_MAX) {
    // A copy: a source may use the memory of what it has given again.
    const header = new Uint8Array(await source.read(offset, WRAPPED_HEADER_LENGTH));
    const version = decodeWrappedHeader(header, expected);
    const pieces = new WrappedPieces(source, extent, header, reading.mac.begin(), expected);
    const state = await decodePieces(pieces, length, { ...reading, version });
    if (state !== undefined && pieces.isAuthentic) return state;
  }
  const wrapped = await source.read(offset, length);
  const { data, version } = unwrapObject(wrapped, expected, reading.mac.begin());
  const { codec, dataLength, seed } = reading;
  const state =
    length > KEPT_LENGTH_MAX ? undefined : await decodePieces(slices(data), length, { ...reading, version });
  return state ?? decodeState(codec.decode(data, STATE_SIZE_MAX), version, dataLength, seed);
}

/** Undefined where it has to be decoded as a whole, be it to learn what is wrong with it. */
async function decodePieces(
  stored: AsyncIterable<Uint8Array>,
  length: number,
  reading: StateReading & StateExpectation,
): Promise<State | undefined> {
  const pieces = reading.codec.decodeStream(stored, Math.min(STATE_SIZE_MAX, GROWTH_MAX * length));
  if (pieces === undefined) return undefined;
  try {
    const decoder = new StateDecoder(reading, Math.floor(length / STORED_LENGTH_LEAST));
    let room: Uint8Array = new Uint8Array(0);
    let rest = 0;
    for await (const piece of pieces) {
      const filled = rest + piece.length;
      if (room.length < filled) room = concatBytes([room.subarray(0, rest), new Uint8Array(2 * filled)]);
      room.set(piece, rest);
      const taken = decoder.takeEntries(room.subarray(0, filled), false);
      room.copyWithin(0, taken, filled);
      rest = filled - taken;
      if (rest > ENTRY_LENGTH_MAX) return undefined;
    }
    const bytes = room.subarray(0, rest);
    return decoder.end(bytes, decoder.takeEntries(bytes, true));
  } catch (error) {
    if (error instanceof FormatError || error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** The data of a wrapped object in pieces, each valid until the next. */
class WrappedPieces implements AsyncIterable<Uint8Array> {
  /** True from the last piece on, where the MAC is the one of what was read. */
  isAuthentic = false;
  readonly #source: ByteSource;
  readonly #extent: Extent;
  readonly #header: Uint8Array;
  readonly #hasher: Hasher;
  readonly #expected: WrappedExpectation;

  /** `header`: the bytes before the data, as they were read. `hasher` is fresh. */
  constructor(
    source: ByteSource,
    extent: Extent,
    header: Uint8Array,
    hasher: Hasher,
    expected: WrappedExpectation,
  ) {
    this.#source = source;
    this.#extent = extent;
    this.#header = header;
    this.#hasher = hasher;
    this.#expected = expected;
  }

  /** @throws IntegrityError INTEGRITY_MAC behind the last */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { offset, length } = this.#extent;
    this.#hasher.update(this.#header);
    const end = length - WRAPPED_MAC_LENGTH;
    const bytes = new Uint8Array(PIECE_LENGTH);
    for (let at = WRAPPED_HEADER_LENGTH; at < end; at += PIECE_LENGTH) {
      const piece = bytes.subarray(0, Math.min(PIECE_LENGTH, end - at));
      await readInto(this.#source, offset + at, piece);
      this.#hasher.update(piece);
      yield piece;
    }
    const stored = await this.#source.read(offset + end, WRAPPED_MAC_LENGTH);
    checkWrappedMac(this.#hasher.digest(), stored, this.#expected);
    this.isAuthentic = true;
  }
}

async function* slices(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += PIECE_LENGTH) {
    yield await Promise.resolve(data.subarray(at, at + PIECE_LENGTH));
  }
}
