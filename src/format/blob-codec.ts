/**
 * How a blob's plaintext becomes its stored bytes: compressed, then sealed, as the configuration says. The packfile's index and
 * footer and the state are encoded the same way. Source: specification "Encoding".
 */
import { FormatError, IntegrityError } from '../errors.ts';
import { decompressedStream, limitedStream, openedStream } from './decoded-stream.ts';
import { compressedStream, sealedStream } from './encoded-stream.ts';
import type { ArchiveKeys } from './keys.ts';
import type {
  BatchCodec,
  BlobThreads,
  CompressionAlgorithm,
  CompressionMethod,
  Primitives,
  SingleCodec,
} from './ports.ts';
import { openedSize, sealBroken } from './sealing.ts';

/** Encodes and decodes under one archive's configuration. */
export interface BlobCodec extends SingleCodec {
  readonly batches: BatchCodec;
  /** As `encode`, of what comes in pieces and goes so, each valid until the next: see {@link compressedStream}. */
  encodeStream(pieces: Iterable<Uint8Array>): Iterable<Uint8Array>;
  /**
   * As `decode`, of what comes in pieces of any lengths and goes so. Undefined where that has to be decoded as a whole, which also says what is
   * wrong where this throws.
   * @throws IntegrityError, FormatError
   */
  decodeStream(stored: AsyncIterable<Uint8Array>, sizeMax: number): AsyncIterable<Uint8Array> | undefined;
  /** Threads that do the same, where there are any; whoever closes the archive closes them. */
  readonly threads?: BlobThreads;
}

/** The codec of an archive with these keys and this compression. */
export function blobCodec(
  primitives: Pick<Primitives, 'batches' | 'compress' | 'decompress' | 'threads'>,
  keys: Pick<ArchiveKeys, 'sealer' | 'settings'>,
  compression: CompressionAlgorithm | undefined,
  effort: CompressionMethod['effort'] = 'fast',
): BlobCodec {
  const { sealer } = keys;
  const method = compression === undefined ? undefined : { algorithm: compression, effort };
  const settings = keys.settings && { ...keys.settings, compression: method };
  const threads = settings && primitives.threads?.(settings);
  const compress = (plaintext: Uint8Array, room?: Uint8Array): Uint8Array =>
    compression === undefined ? plaintext : primitives.compress(compression, plaintext, effort, room);
  const encode = (plaintext: Uint8Array): Uint8Array => {
    const compressed = compress(plaintext);
    return sealer?.seal(compressed) ?? compressed;
  };
  const encodeStream = (pieces: Iterable<Uint8Array>): Iterable<Uint8Array> => {
    const compressed = compressedStream(compression, compress, pieces);
    return sealer === undefined ? compressed : sealedStream(sealer, compressed);
  };
  const decode = (stored: Uint8Array, sizeMax: number): Uint8Array => {
    if (sealer !== undefined && openedSize(stored.length) === undefined) sealBroken();
    const opened = sealer?.open(stored) ?? stored;
    if (compression !== undefined) return decompressed(primitives, compression, opened, sizeMax);
    if (opened.length > sizeMax) {
      throw new FormatError('FORMAT_LIMIT', `${opened.length} bytes where at most ${sizeMax} are allowed`, {
        section: 'Limits',
      });
    }
    return opened;
  };
  const decodeStream = (
    stored: AsyncIterable<Uint8Array>,
    sizeMax: number,
  ): AsyncIterable<Uint8Array> | undefined => {
    if (compression === 'GZIP') return undefined;
    const opened = sealer === undefined ? stored : openedStream(sealer, stored);
    if (compression === undefined) return limitedStream(opened, sizeMax);
    const decompress = (frame: Uint8Array, left: number): Uint8Array =>
      primitives.decompress(compression, frame, left);
    return decompressedStream(decompress, opened, sizeMax);
  };
  const single = { encode, decode };
  const batches = (settings && primitives.batches?.(settings, single)) ?? oneByOne(single);
  return { ...single, encodeStream, decodeStream, batches, ...(threads && { threads }) };
}

/** Batches without anything that is done for all of one at once. */
export function oneByOne(codec: SingleCodec): BatchCodec {
  return {
    encoder: () => (plaintext, _index, target, at) => {
      const stored = codec.encode(plaintext);
      target.set(stored, at);
      return at + stored.length;
    },
    decoder: () => (stored, _index, sizeMax) => {
      try {
        return codec.decode(stored, sizeMax);
      } catch (error) {
        if (error instanceof IntegrityError || error instanceof FormatError) return undefined;
        throw error;
      }
    },
  };
}

/** Errors of a decoder know nothing of the archive: they name the section, and no offset, which would be one in the frame. */
function decompressed(
  primitives: Pick<Primitives, 'decompress'>,
  compression: CompressionAlgorithm,
  compressed: Uint8Array,
  sizeMax: number,
): Uint8Array {
  try {
    return primitives.decompress(compression, compressed, sizeMax);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.code, error.message, { section: 'Encoding', cause: error });
  }
}
