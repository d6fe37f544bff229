/**
 * How a blob's plaintext becomes its stored bytes: compressed, then sealed, as the configuration says. The packfile's index and
 * footer and the state are encoded the same way. Source: specification "Encoding".
 */
import { FormatError, IntegrityError } from '../errors.ts';
import type { ArchiveKeys } from './keys.ts';
import type { BlobThreads, CompressionAlgorithm, CompressionMethod, Primitives } from './ports.ts';
import { openedSize, sealBroken } from './sealing.ts';

/** Encodes and decodes under one archive's configuration. */
export interface BlobCodec {
  encode(plaintext: Uint8Array): Uint8Array;
  /** As {@link encode}, many at once. */
  encodeAll(plaintexts: readonly Uint8Array[]): readonly Uint8Array[];
  /**
   * @param sizeMax bytes that the plaintext may have
   * @throws IntegrityError INTEGRITY_SEAL; FormatError FORMAT_COMPRESSION, FORMAT_LIMIT
   */
  decode(stored: Uint8Array, sizeMax: number): Uint8Array;
  /** The first half of {@link decode}, many at once: opened where they are sealed, undefined for what does not authenticate. */
  openAll(stored: readonly Uint8Array[]): readonly (Uint8Array | undefined)[];
  /** The second half: decompressed. @throws FormatError FORMAT_COMPRESSION, FORMAT_LIMIT */
  decompress(opened: Uint8Array, sizeMax: number): Uint8Array;
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
  const compress = (plaintext: Uint8Array): Uint8Array =>
    compression === undefined ? plaintext : primitives.compress(compression, plaintext, effort);
  const decompress = (opened: Uint8Array, sizeMax: number): Uint8Array => {
    if (compression !== undefined) return decompressed(primitives, compression, opened, sizeMax);
    if (opened.length > sizeMax) {
      throw new FormatError('FORMAT_LIMIT', `${opened.length} bytes where at most ${sizeMax} are allowed`, {
        section: 'Limits',
      });
    }
    return opened;
  };
  const seal = (compressed: Uint8Array): Uint8Array => sealer?.seal(compressed) ?? compressed;
  const open = (stored: Uint8Array): Uint8Array => {
    if (sealer === undefined) return stored;
    if (openedSize(stored.length) === undefined) sealBroken();
    return sealer.open(stored);
  };
  return {
    ...(threads && { threads }),
    encode: (plaintext) => seal(compress(plaintext)),
    encodeAll: (plaintexts) => {
      const compressed = plaintexts.map(compress);
      return sealer?.sealAll?.(compressed) ?? compressed.map(seal);
    },
    decode: (stored, sizeMax) => decompress(open(stored), sizeMax),
    openAll: (stored) => sealer?.openAll?.(stored) ?? stored.map((one) => openedOrUndefined(open, one)),
    decompress,
  };
}

function openedOrUndefined(
  open: (stored: Uint8Array) => Uint8Array,
  stored: Uint8Array,
): Uint8Array | undefined {
  try {
    return open(stored);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
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
