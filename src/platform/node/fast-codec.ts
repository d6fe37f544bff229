/** What encodes and decodes blobs in Node, alike on the main thread and in worker threads: as little as that takes, for threads start with it. */
import { createHmac, createSecretKey, type createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FormatError } from '../../errors.ts';
import { type BlobCodec, blobCodec } from '../../format/blob-codec.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../format/lz4.ts';
import type { Lz4Blocks } from '../../format/lz4-block.ts';
import type {
  CodecSettings,
  CompressionMethod,
  Hasher,
  HashingAlgorithm,
  MacKey,
  Primitives,
} from '../../format/ports.ts';
import { Blake3, lz4 } from '../../kernels/index.ts';
import { kernelBatches } from './kernel-batches.ts';
import { wasmSealer } from './wasm-sealer.ts';

/** Bytes up to which a blob is small: what it takes to encode one does not depend much on how. */
const SMALL_SIZE_MAX = 64 * 1024;
/** Candidates for each position. */
const SMALL_DEPTH = 16;
const HIGH_DEPTH = 64;

const fastBlocks: Lz4Blocks = {
  compress: lz4.compressBlockFast,
  decompress: lz4.decompressBlock,
  checksum: lz4.xxhash32,
};

/** Compression, decompression and batches as {@link Primitives} has them. */
export const fastCompression: Pick<Primitives, 'batches' | 'compress' | 'decompress'> = {
  batches: (settings, single) => kernelBatches(settings, single, depthOf),
  compress: (algorithm, plain, effort = 'fast', room?) => {
    if (algorithm === 'GZIP') return gzipSync(plain);
    return encodeLz4Frame(plain, blocksFor(plain.length, effort), room);
  },
  decompress: (algorithm, compressed, sizeMax) => {
    if (algorithm === 'GZIP') return gunzip(compressed, sizeMax);
    return decodeShortFrame(compressed, sizeMax) ?? decodeLz4Frame(compressed, sizeMax, fastBlocks);
  },
};

/** Candidates for each position where `size` bytes are compressed; 0 for fast. */
function depthOf(size: number, effort: CompressionMethod['effort']): number {
  if (effort === 'high') return HIGH_DEPTH;
  return size <= SMALL_SIZE_MAX ? SMALL_DEPTH : 0;
}

function blocksFor(size: number, effort: CompressionMethod['effort']): Lz4Blocks {
  const depth = depthOf(size, effort);
  return depth === 0 ? fastBlocks : { ...fastBlocks, compress: lz4.compressBlockHigh(depth) };
}

/** The codec of an archive with these settings, for a thread that has no threads of its own. */
export function fastCodec(settings: CodecSettings): BlobCodec {
  const { archiveKey, compression } = settings;
  const keys = { settings, sealer: archiveKey && wasmSealer(archiveKey) };
  return blobCodec(fastCompression, keys, compression?.algorithm, compression?.effort);
}

/** See {@link Primitives.macKey}. */
export function fastMacKey(algorithm: HashingAlgorithm, key: Uint8Array): MacKey {
  if (algorithm === 'BLAKE3') {
    const keyed = new Blake3(key);
    return {
      mac: (bytes) => keyed.hash(bytes),
      begin: () => keyed.begin(),
      subtrees: (bytes, at) => keyed.subtrees(bytes, at),
    };
  }
  const secret = createSecretKey(key);
  return {
    mac: (bytes) => createHmac('sha256', secret).update(bytes).digest(),
    begin: () => hasherOf(createHmac('sha256', secret)),
  };
}

/** A hash of node:crypto as a {@link Hasher}. */
export function hasherOf(hash: ReturnType<typeof createHash | typeof createHmac>): Hasher {
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** The content of a frame with one block, which the kernels measure and decode in one go; undefined where they leave it to others. */
function decodeShortFrame(frame: Uint8Array, sizeMax: number): Uint8Array | undefined {
  const place = lz4.framePlace(frame.length);
  if (place === undefined) return undefined;
  place.set(frame);
  return lz4.decodeFrame(frame.length, sizeMax)?.slice();
}

/** @throws FormatError FORMAT_LIMIT, FORMAT_COMPRESSION */
function gunzip(compressed: Uint8Array, sizeMax: number): Uint8Array {
  try {
    // zlib wants a limit of at least one byte, so a limit of zero is checked here.
    const plain = gunzipSync(compressed, { maxOutputLength: Math.max(1, sizeMax) });
    if (plain.length > sizeMax) throw new RangeError();
    return plain;
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw new FormatError(
      tooLarge ? 'FORMAT_LIMIT' : 'FORMAT_COMPRESSION',
      tooLarge ? `GZIP data of more than ${sizeMax} bytes` : 'GZIP data is damaged',
      { section: 'Encoding', cause },
    );
  }
}
