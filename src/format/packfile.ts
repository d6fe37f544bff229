/**
 * The packfile's data: encoded blobs, then an encoded index of them, an encoded footer, and the footer's length.
 *
 * | part | bytes |
 * |---|---|
 * | blobs | back to back, each encoded on its own |
 * | index | encoded; plaintext: count × 56-byte records |
 * | footer | encoded; plaintext: 56 bytes |
 * | footer length | u32: length of the encoded footer |
 *
 * Index record: u32 type, u32 version, id 32, u64 offset, u32 length, u32 flags.
 * Footer: i64 timestamp (ns), u32 count, u64 offset of the index, MAC 32 of the index's plaintext, u32 flags.
 * An id that is a MAC may be 32 zero bytes: then it is to be made of the blob. Ids are what does not compress; the state has them.
 * All little-endian. "Encoded" means compressed, then sealed, as configured. Readers find blobs through the state; the index
 * serves `check` and `salvage`. Source: specification "Packfile".
 */
import { FormatError, IntegrityError } from '../errors.ts';
import { UNMACED } from './blob-batch.ts';
import { equalBytes, setUint64, uint64At, viewOf } from './bytes.ts';
import type { BlobIndex } from './blob-index.ts';
import type { RecordForm } from './msgpack-writer.ts';
import { gatherPieces, Piece } from './piece.ts';
import type { MacKey } from './ports.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';

/** Bytes of one index record. */
export const INDEX_RECORD_LENGTH = 56;
/** Bytes of the footer's plaintext. */
export const FOOTER_LENGTH = 56;
/** Bytes of the footer length at the end. */
export const FOOTER_LENGTH_LENGTH = 4;
const SECTION = 'Packfile';

/** One record of the index. */
export interface IndexRecord {
  readonly type: number;
  readonly version: number;
  /** Undefined where the index does not give it. */
  readonly id: Uint8Array | undefined;
  readonly offset: number;
  readonly length: number;
  readonly flags: number;
}

/** The footer's plaintext. */
export interface PackfileFooter {
  readonly timestampNs: bigint;
  readonly count: number;
  readonly indexOffset: number;
  readonly indexMac: Uint8Array;
}

/** As the writer gathers them: chunks, objects, the rest. */
const GROUPS: readonly ((type: number) => boolean)[] = [
  (type) => type === ResourceType.chunk,
  (type) => type === ResourceType.object,
  (type) => type !== ResourceType.chunk && type !== ResourceType.object,
];

/** The index's plaintext: every blob in `blobs`; `form`: see {@link indexPieces}, whole where not given. */
export function encodeIndex(blobs: BlobIndex, form: RecordForm = 'whole'): Uint8Array {
  return gatherPieces(indexPieces(blobs, form));
}

/**
 * The same in pieces for `compressedStream`, each valid until the next. Whole: in order of insertion. Short: without the ids that are
 * MACs, and what was written together stands together, so that it compresses.
 */
export function* indexPieces(blobs: BlobIndex, form: RecordForm = 'whole'): Generator<Uint8Array> {
  const piece = new Piece(blobs.count * INDEX_RECORD_LENGTH, INDEX_RECORD_LENGTH);
  const { bytes, view } = piece;
  for (const isIn of form === 'whole' ? [() => true] : GROUPS) {
    for (let index = 0; index < blobs.count; index++) {
      const type = blobs.type(index);
      if (!isIn(type)) continue;
      if (piece.isFull) yield piece.take();
      const at = piece.add(INDEX_RECORD_LENGTH);
      view.setUint32(at, type, true);
      view.setUint32(at + 4, VERSION_1_0_0, true);
      if (form === 'whole' || UNMACED.includes(type)) blobs.copyId(index, bytes, at + 8);
      else bytes.fill(0, at + 8, at + 40);
      setUint64(view, at + 40, blobs.offset(index));
      view.setUint32(at + 48, blobs.length(index), true);
      view.setUint32(at + 52, 0, true);
    }
  }
  yield piece.take();
}

/** The id of the record at `at` of an index; undefined where it is not given. */
export function indexedId(bytes: Uint8Array, at: number): Uint8Array | undefined {
  for (let place = at + 8; place < at + 40; place++) {
    if (bytes[place] !== 0) return bytes.subarray(at + 8, at + 40);
  }
  return undefined;
}

/**
 * The records of an index whose MAC was compared.
 * @param dataLength bytes of blobs before the index: no record may reach beyond
 * @throws FormatError FORMAT_LAYOUT
 */
export function* decodeIndex(bytes: Uint8Array, dataLength: number): Generator<IndexRecord> {
  if (bytes.length % INDEX_RECORD_LENGTH !== 0) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `the packfile's index has ${bytes.length} bytes, not a multiple of 56`,
      {
        section: SECTION,
      },
    );
  }
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += INDEX_RECORD_LENGTH) {
    const offset = uint64At(view, at + 40);
    const length = view.getUint32(at + 48, true);
    if (offset + length > dataLength) {
      throw new FormatError(
        'FORMAT_LAYOUT',
        `the packfile's index points at ${offset}, beyond its ${dataLength} bytes`,
        {
          section: SECTION,
        },
      );
    }
    yield {
      type: view.getUint32(at, true),
      version: view.getUint32(at + 4, true),
      id: indexedId(bytes, at),
      offset,
      length,
      flags: view.getUint32(at + 52, true),
    };
  }
}

/** The footer's plaintext. */
export function encodeFooter(footer: PackfileFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_LENGTH);
  const view = viewOf(bytes);
  view.setBigInt64(0, footer.timestampNs, true);
  view.setUint32(8, footer.count, true);
  view.setBigUint64(12, BigInt(footer.indexOffset), true);
  bytes.set(footer.indexMac, 20);
  return bytes;
}

/**
 * Reads a footer.
 * @param indexEnd offset of the encoded footer in the packfile's data: the index must lie before
 * @throws FormatError FORMAT_LAYOUT
 */
export function decodeFooter(bytes: Uint8Array, indexEnd: number): PackfileFooter {
  if (bytes.length !== FOOTER_LENGTH) {
    throw new FormatError('FORMAT_LAYOUT', `the packfile's footer has ${bytes.length} bytes, not 56`, {
      section: SECTION,
    });
  }
  const view = viewOf(bytes);
  const indexOffset = view.getBigUint64(12, true);
  if (indexOffset > BigInt(indexEnd)) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `the packfile's index is said to be at ${indexOffset}, beyond ${indexEnd}`,
      {
        section: SECTION,
      },
    );
  }
  return {
    timestampNs: view.getBigInt64(0, true),
    count: view.getUint32(8, true),
    indexOffset: Number(indexOffset),
    indexMac: bytes.slice(20, 52),
  };
}

/**
 * A blob that a writer wrote twice, as concurrent stock writers do, counts twice and has one record.
 * @throws IntegrityError INTEGRITY_MAC; FormatError FORMAT_LAYOUT where there are more records than blobs
 */
export function checkIndex(index: Uint8Array, footer: PackfileFooter, mac: MacKey): void {
  if (!equalBytes(mac.mac(index), footer.indexMac)) {
    throw new IntegrityError(
      'INTEGRITY_MAC',
      "the packfile's index does not match its MAC: the archive is damaged",
      {
        section: SECTION,
      },
    );
  }
  if (footer.count * INDEX_RECORD_LENGTH < index.length) {
    throw new FormatError(
      'FORMAT_LAYOUT',
      `the packfile's footer counts ${footer.count} blobs, its index has ${index.length / INDEX_RECORD_LENGTH}`,
      { section: SECTION },
    );
  }
}
