/** Compression and sealing piece by piece, for what is too long to be held in one: state and index of an archive with many blobs. */
import { concatBytes } from './bytes.ts';
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
  compress: (plaintext: Uint8Array) => Uint8Array,
  pieces: Iterable<Uint8Array>,
): Iterable<Uint8Array> {
  if (algorithm === undefined) return pieces;
  if (algorithm === 'LZ4') return joinLz4Frames(mapped(pieces, compress));
  return [compress(gatherPieces(pieces))];
}

function* mapped(
  pieces: Iterable<Uint8Array>,
  map: (piece: Uint8Array) => Uint8Array,
): Generator<Uint8Array> {
  for (const piece of pieces) yield map(piece);
}

/** The sealed form of `pieces` of any lengths. */
export function* sealedStream(sealer: Sealer, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const running = sealer.begin();
  yield running.head;
  let rest: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : concatBytes([rest, piece]);
    const whole = bytes.length - (bytes.length % SEGMENT_SIZE);
    if (whole > 0) yield running.update(bytes.subarray(0, whole));
    rest = bytes.slice(whole);
  }
  yield running.end(rest);
}
