/** Reads what comes in pieces of any lengths, each valid until the next. */

/** Bytes that {@link PieceInput.take} can put before what it gives. */
const HEADROOM_LENGTH = 64;

/** Bytes that were not taken yet: those of one piece and of one request at most, in memory that is used again. */
export class PieceInput {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #room = new Uint8Array(0);
  #start = HEADROOM_LENGTH;
  #end = HEADROOM_LENGTH;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /**
   * The next `length` bytes, valid until the next call; undefined where fewer are left.
   * @param before up to 64 bytes that stand before them in what is given
   */
  async take(length: number, before?: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#end - this.#start < length) await this.#fill(length);
    if (this.#end - this.#start < length) return undefined;
    return this.#taken(length, before);
  }

  /** All that is left, where {@link take} did not give that much. */
  takeRest(before?: Uint8Array): Uint8Array {
    return this.#taken(this.#end - this.#start, before);
  }

  #taken(length: number, before: Uint8Array | undefined): Uint8Array {
    const from = this.#start - (before?.length ?? 0);
    if (before !== undefined) this.#room.set(before, from);
    this.#start += length;
    return this.#room.subarray(from, this.#start);
  }

  async #fill(length: number): Promise<void> {
    this.#room.copyWithin(HEADROOM_LENGTH, this.#start, this.#end);
    this.#end -= this.#start - HEADROOM_LENGTH;
    this.#start = HEADROOM_LENGTH;
    while (this.#end - this.#start < length) {
      const next = await this.#pieces.next();
      if (next.done === true) return;
      this.#append(next.value);
    }
  }

  #append(piece: Uint8Array): void {
    const end = this.#end + piece.length;
    if (end > this.#room.length) {
      const room = new Uint8Array(Math.max(end, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#end));
      this.#room = room;
    }
    this.#room.set(piece, this.#end);
    this.#end = end;
  }
}
