import { ConnectorError } from '../../errors.ts';
import { concatBytes } from '../../format/bytes.ts';

/** Takes bytes from the front of a stream, as many as are asked for. Calls must not overlap. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Bytes that were taken so far. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next `length` bytes; undefined where the stream has ended before the first of them.
   * @throws ConnectorError CONNECTOR_INPUT where it ends in the middle; whatever the stream throws
   */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.#next(missing);
      if (part === undefined) {
        if (missing === length) return undefined;
        throw endedEarly(this.#position);
      }
      parts.push(part);
      missing -= part.length;
    }
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : concatBytes(parts);
  }

  /** The next `length` bytes as they come. @throws as {@link take} */
  async *pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let missing = length; missing > 0;) {
      const part = await this.#next(missing);
      if (part === undefined) throw endedEarly(this.#position);
      missing -= part.length;
      yield part;
    }
  }

  /** Leaves out `length` bytes. @throws as {@link take} */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0;) {
      const part = await this.#next(missing);
      if (part === undefined) throw endedEarly(this.#position);
      missing -= part.length;
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(lengthMax: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, lengthMax);
    this.#rest = this.#rest.subarray(part.length);
    this.#position += part.length;
    return part;
  }
}

function endedEarly(position: number): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_INPUT',
    `the tar ends in the middle of a member, after ${position} bytes`,
  );
}
