/** Plaintexts that are made, compressed and sealed piece by piece. */
import { concatBytes, viewOf } from './bytes.ts';

/** Bytes of a piece, at most. */
const PIECE_LENGTH_MAX = 256 * 1024;

/** Records that are gathered into pieces, one after the other in the same bytes. */
export class Piece {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #recordLengthMax: number;
  #length = 0;

  /** `length`: bytes of all records. `recordLengthMax`: of the longest. */
  constructor(length: number, recordLengthMax: number) {
    this.bytes = new Uint8Array(Math.min(length, PIECE_LENGTH_MAX));
    this.view = viewOf(this.bytes);
    this.#recordLengthMax = recordLengthMax;
  }

  /** True where there may be no room for another record. */
  get isFull(): boolean {
    return this.#length + this.#recordLengthMax > PIECE_LENGTH_MAX;
  }

  /** Makes room for a record of `length` bytes, whose content is undefined. @returns where it is */
  add(length: number): number {
    const at = this.#length;
    this.#length += length;
    return at;
  }

  /** What was gathered, until more is added; the next piece is empty. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}

/** The pieces, each of which is valid until the next, as one. */
export function gatherPieces(pieces: Iterable<Uint8Array>): Uint8Array {
  return concatBytes(Array.from(pieces, (piece) => piece.slice()));
}
