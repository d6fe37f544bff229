/**
 * How a blob's plaintext becomes its stored bytes: compressed, then sealed, as the configuration says. The packfile's index and
 * footer and the state are encoded the same way. Source: specification "Encoding".
 */
import { FormatError } from '../errors.ts';
import type { ArchiveKeys } from './keys.ts';
import type { BlobThreads, CompressionAlgorithm, CompressionMethod, Primitives } from './ports.ts';
import { openedSize, sealBroken } from './sealing.ts';

/** Encodes and decodes under one archive's configuration. */
export interface BlobCodec {
  encode(plaintext: Uint8Array): Uint8Array;
  /**
   * @param sizeMax bytes that the plaintext may have
   * @throws IntegrityError INTEGRITY_SEAL; FormatError FORMAT_COMPRESSION, FORMAT_LIMIT
   */
  decode(stored: Uint8Array, sizeMax: number): Uint8Array;
  /** Threads that do the same, where there are any; whoever closes the archive closes them. */
  readonly threads?: BlobThreads;
}

/** The codec of an archive with these keys and this compression. */
export function blobCodec(
  primitives: Pick<Primitives, 'compress' | 'decompress' | 'threads'>,
  keys: Pick<ArchiveKeys, 'sealer' | 'settings'>,
  compression: CompressionAlgorithm | undefined,
  effort: CompressionMethod['effort'] = 'fast',
): BlobCodec {
  const { sealer, settings } = keys;
  const method = compression === undefined ? undefined : { algorithm: compression, effort };
  const threads = settings && primitives.threads?.({ ...settings, compression: method });
  return {
    ...(threads && { threads }),
    encode: (plaintext) => {
      const compressed =
        compression === undefined ? plaintext : primitives.compress(compression, plaintext, effort);
      return sealer === undefined ? compressed : sealer.seal(compressed);
    },
    decode: (stored, sizeMax) => {
      if (sealer !== undefined && openedSize(stored.length) === undefined) sealBroken();
      const compressed = sealer === undefined ? stored : sealer.open(stored);
      if (compression !== undefined) return decompressed(primitives, compression, compressed, sizeMax);
      if (compressed.length > sizeMax) {
        throw new FormatError(
          'FORMAT_LIMIT',
          `${compressed.length} bytes where at most ${sizeMax} are allowed`,
          {
            section: 'Limits',
          },
        );
      }
      return compressed;
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
