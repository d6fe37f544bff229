/** Compression and sealing piece by piece, for what is too long to be held in one: state and index of an archive with many blobs. */
import { joinLz4Frames } from './lz4.ts';
import { gatherPieces } from './piece.ts';
import type { CompressionAlgorithm, Sealer } from './ports.ts';
import { SEGMENT_SIZE } from './sealing.ts';

/**
 * The compressed form of `pieces` as {@link Piece} makes them, at least one, each valid until the next. GZIP, which has one member, is
 * not made in pieces.
 */
export function compressedStream(
  algorithm: CompressionAlgorithm | undefined,
  compress: (plaintext: Uint8Array, room?: Uint8Array) => Uint8Array,
  pieces: Iterable<Uint8Array>,
): Iterable<Uint8Array> {
  if (algorithm === undefined) return pieces;
  if (algorithm === 'LZ4') return joinLz4Frames(compressedPieces(pieces, compress));
  return [compress(gatherPieces(pieces))];
}

/** More than a frame is longer than its content, of some megabytes. */
const FRAME_OVERHEAD_MAX = 1024;

/** Compresses all pieces into the same bytes. */
function* compressedPieces(
  pieces: Iterable<Uint8Array>,
  compress: (piece: Uint8Array, room: Uint8Array) => Uint8Array,
): Generator<Uint8Array> {
  let room = new Uint8Array(0);
  for (const piece of pieces) {
    const lengthMax = piece.length + FRAME_OVERHEAD_MAX;
    if (room.length < lengthMax) room = new Uint8Array(lengthMax);
    yield compress(piece, room);
  }
}

/** Bytes that are sealed at once. */
const SEALED_LENGTH = 4 * SEGMENT_SIZE;

/** The sealed form of `pieces` of any lengths, in pieces that are valid until the next. */
export function* sealedStream(sealer: Sealer, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const running = sealer.begin();
  yield running.head;
  const gathered = new Uint8Array(SEALED_LENGTH);
  let length = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + SEALED_LENGTH - length);
      gathered.set(part, length);
      length += part.length;
      at += part.length;
      if (length < SEALED_LENGTH) continue;
      yield running.update(gathered);
      length = 0;
    }
  }
  yield running.end(gathered.subarray(0, length));
}
