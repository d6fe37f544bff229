import { ConnectorError } from '../../errors.ts';

/** Bytes of one item. etcd takes 1.5 MiB by default; aggregated API servers keep their objects elsewhere. */
export const ITEM_SIZE_MAX = 64 * 1024 * 1024;
/** Bytes of a list around its items. */
const ENVELOPE_SIZE_MAX = 1024 * 1024;
const DEPTH_MAX = 4096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Cuts the JSON text of a Kubernetes list into the texts of its items while it arrives, byte for byte, without building the list.
 * Feeds on any division into chunks; holds no more than one item and the list's own fields.
 */
export class ListSplitter {
  readonly #envelope: Buffer[] = [];
  #envelopeSize = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  #pieces: Buffer[] = [];
  #piecesSize = 0;
  #ended = false;

  /**
   * Takes the next bytes and gives the items that they complete, which may refer to `chunk`.
   * @throws ConnectorError CONNECTOR_FAILED when the bytes are no list or above a limit
   */
  push(chunk: Buffer): Buffer[] {
    const items: Buffer[] = [];
    // Where the item, or the piece of the envelope, begins that has not been put away yet.
    let start = 0;
    for (let offset = 0; offset < chunk.length; offset++) {
      const byte = chunk[offset];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true;
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (this.#inItems && this.#depth === 2) start = offset;
          if (++this.#depth > DEPTH_MAX) throw malformed(`nested deeper than ${DEPTH_MAX}`);
          if (byte === OPEN_BRACKET && this.#depth === 2) {
            this.#addToEnvelope(chunk.subarray(start, offset + 1));
            start = offset + 1;
            this.#inItems = this.#endsWithItemsKey();
          }
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (--this.#depth < 0) throw malformed('closed more often than opened');
          if (this.#inItems && this.#depth === 2) {
            items.push(this.#completeItem(chunk.subarray(start, offset + 1)));
            start = offset + 1;
          } else if (this.#inItems && this.#depth === 1) {
            this.#inItems = false;
            start = offset;
          } else if (this.#depth === 0) this.#ended = true;
          break;
        case COMMA:
          if (this.#inItems && this.#depth === 2) start = offset + 1;
          break;
        case undefined:
        default:
          break;
      }
    }
    const rest = chunk.subarray(start);
    if (!this.#inItems) this.#addToEnvelope(rest);
    else if (this.#depth > 2) this.#addPiece(rest);
    return items;
  }

  /**
   * The list's own fields, `items` empty, once all bytes have been pushed.
   * @throws ConnectorError CONNECTOR_FAILED when the list has not ended
   */
  envelope(): Readonly<Record<string, unknown>> {
    if (!this.#ended) throw malformed('it ends too early');
    let parsed: unknown;
    try {
      parsed = JSON.parse(Buffer.concat(this.#envelope).toString('utf8')) as unknown;
    } catch {
      throw malformed('its own fields are not JSON');
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw malformed('it is not an object');
    }
    return parsed as Record<string, unknown>;
  }

  #completeItem(last: Buffer): Buffer {
    if (this.#piecesSize === 0) return last;
    this.#addPiece(last);
    const item = Buffer.concat(this.#pieces, this.#piecesSize);
    this.#pieces = [];
    this.#piecesSize = 0;
    return item;
  }

  #addPiece(piece: Buffer): void {
    this.#piecesSize += piece.length;
    if (this.#piecesSize > ITEM_SIZE_MAX) throw malformed(`an item is larger than ${ITEM_SIZE_MAX} bytes`);
    this.#pieces.push(piece);
  }

  #addToEnvelope(piece: Buffer): void {
    this.#envelopeSize += piece.length;
    if (this.#envelopeSize > ENVELOPE_SIZE_MAX) throw malformed('its own fields are too large');
    if (piece.length > 0) this.#envelope.push(piece);
  }

  #endsWithItemsKey(): boolean {
    return /[{,]\s*"items"\s*:\s*\[$/.test(Buffer.concat(this.#envelope).toString('latin1'));
  }
}

function malformed(problem: string): ConnectorError {
  return new ConnectorError('CONNECTOR_FAILED', `the API server sent a list that cannot be read: ${problem}`);
}
