/** Opening and decompression piece by piece, for what is too long to be held in one: the inverse of `encoded-stream.ts`. */
import { FormatError } from '../errors.ts';
import { splitLz4Frame } from './lz4.ts';
import { PieceInput } from './piece-input.ts';
import type { Sealer } from './ports.ts';
import { openedSize, SEGMENT_OVERHEAD, SEGMENT_SIZE, sealBroken, SUBKEY_BLOCK_LENGTH } from './sealing.ts';

/** Segments that are opened together: 1 MiB. */
const SEGMENT_COUNT = 16;

/**
 * What `pieces`, of any lengths, were sealed from. Every segment is authentic, but only a MAC of the whole tells that they are in order.
 * @throws IntegrityError INTEGRITY_SEAL
 */
export async function* openedStream(
  sealer: Sealer,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const input = new PieceInput(pieces);
  const subkey = ((await input.take(SUBKEY_BLOCK_LENGTH)) ?? sealBroken()).slice();
  const open = (sealed: Uint8Array): Uint8Array => {
    if (openedSize(sealed.length) === undefined) sealBroken();
    return sealer.open(sealed);
  };
  for (;;) {
    const sealed = await input.take(SEGMENT_COUNT * (SEGMENT_SIZE + SEGMENT_OVERHEAD), subkey);
    if (sealed === undefined) break;
    yield open(sealed);
  }
  yield open(input.takeRest(subkey));
}

/**
 * The content of an LZ4 frame as `compressedStream` makes it, a block at a time.
 * @param decompress decodes a frame to at most so many bytes
 * @throws FormatError as `splitLz4Frame`, and FORMAT_LIMIT above `sizeMax` bytes
 */
export async function* decompressedStream(
  decompress: (frame: Uint8Array, sizeMax: number) => Uint8Array,
  pieces: AsyncIterable<Uint8Array>,
  sizeMax: number,
): AsyncGenerator<Uint8Array> {
  let left = sizeMax;
  for await (const frame of splitLz4Frame(pieces)) {
    const plaintext = decompress(frame, left);
    left -= plaintext.length;
    yield plaintext;
  }
}

/** The pieces as they are. @throws FormatError FORMAT_LIMIT above `sizeMax` bytes */
export async function* limitedStream(
  pieces: AsyncIterable<Uint8Array>,
  sizeMax: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > sizeMax) {
      throw new FormatError('FORMAT_LIMIT', `more than ${sizeMax} bytes`, { section: 'Limits' });
    }
    yield piece;
  }
}
