import { ConnectorError } from '../../errors.ts';
import { ByteStream } from './byte-stream.ts';
import type { TarSource } from './tar-source.ts';

/** Contents of a stream that are kept in memory for hard links to come (bytes in all); the oldest go first. */
const KEPT_SIZE_MAX = 64 * 1024 * 1024;
/** Bytes of compressed files that are unpacked again to get at contents. */
const SKIPPED_SIZE_MAX = 256 * 1024 ** 3;

/** Where a file's content stands in the unpacked tar (bytes). */
export interface ContentPlace {
  readonly offset: number;
  readonly size: number;
}

/**
 * Contents of members that have gone by, for hard links to them. A file is read again at their place, which means unpacking it from the
 * start where it is compressed; of a stream the latest contents are kept, up to 64 MiB.
 */
export class EarlierContents {
  readonly #source: TarSource;
  readonly #kept = new Map<number, readonly Uint8Array[]>();
  #keptSize = 0;
  #skippedSize = 0;

  constructor(source: TarSource) {
    this.#source = source;
  }

  /** Passes a member's content on, and keeps it where it could not be had again. */
  async *keep(place: ContentPlace, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const isKept = this.#source.openAt === undefined && place.size <= KEPT_SIZE_MAX;
    const pieces: Uint8Array[] = [];
    for await (const piece of content) {
      // A copy, for a piece may be a small part of a large buffer.
      if (isKept) pieces.push(piece.slice());
      yield piece;
    }
    if (!isKept) return;
    this.#kept.set(place.offset, pieces);
    this.#keptSize += place.size;
    for (const [offset, old] of this.#kept) {
      if (this.#keptSize <= KEPT_SIZE_MAX) return;
      this.#kept.delete(offset);
      this.#keptSize -= old.reduce((sum, piece) => sum + piece.length, 0);
    }
  }

  /**
   * The content at `place` again.
   * @throws ConnectorError CONNECTOR_INPUT where it cannot be had any more; of the source
   */
  async *read(place: ContentPlace, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const kept = this.#kept.get(place.offset);
    if (kept !== undefined) {
      yield* kept;
      return;
    }
    if (place.size === 0) return;
    const again = this.#source.openAt?.(place.offset, signal);
    if (again === undefined) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        'the content of this hard link has gone by; capture the tar from a file rather than a pipe',
      );
    }
    this.#skippedSize += again.skipped;
    if (this.#skippedSize > SKIPPED_SIZE_MAX) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        'too many hard links in a compressed tar; unpack it with gunzip and capture it again',
      );
    }
    const stream = new ByteStream(again.bytes);
    try {
      yield* stream.pieces(place.size);
    } finally {
      await stream.close();
    }
  }
}
