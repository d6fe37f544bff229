/**
 * Batches (see {@link BatchCodec}) that stay in the memory of the kernels from the plaintext to the stored bytes, and back: a blob is copied in
 * and out once, and nothing is allocated for it. For BLAKE3 with LZ4 or no compression; blobs of other forms are decoded one by one.
 */
import { oneByOne } from '../../format/blob-codec.ts';
import type {
  BatchCodec,
  BlobDecoder,
  BlobEncoder,
  CodecSettings,
  CompressionMethod,
  SingleCodec,
} from '../../format/ports.ts';
import { openedSize } from '../../format/sealing.ts';
import { lz4 } from '../../kernels/index.ts';
import { batchOpener, batchSealer } from './wasm-sealer.ts';

/** Copies `bytes` to `target[at…]`; returns the index behind them. */
function append(bytes: Uint8Array, target: Uint8Array, at: number): number {
  target.set(bytes, at);
  return at + bytes.length;
}

/**
 * @param single the same for one blob, for forms that the kernels leave to it
 * @param depthOf candidates for each position in high compression of so many bytes; 0 for fast
 * @returns undefined where the settings are others
 */
export function kernelBatches(
  { archiveKey, compression }: CodecSettings,
  single: SingleCodec,
  depthOf: (size: number, effort: CompressionMethod['effort']) => number,
): BatchCodec | undefined {
  if (compression?.algorithm === 'GZIP') return undefined;
  const others = oneByOne(single);
  return {
    encoder: (count): BlobEncoder => {
      const seal = archiveKey && batchSealer(archiveKey, count);
      const encodeOne = others.encoder(count);
      return (plaintext, index, target, at) => {
        if (plaintext.length > lz4.BLOCK_SIZE_MAX) return encodeOne(plaintext, index, target, at);
        const framed = compression
          ? lz4.encodeFrame(plaintext, depthOf(plaintext.length, compression.effort))
          : plaintext;
        return seal?.(framed, index, target, at) ?? append(framed, target, at);
      };
    },
    decoder: (batch): BlobDecoder => {
      const open = archiveKey && batchOpener(archiveKey, batch);
      const decodeOne = others.decoder(batch);
      return (stored, index, sizeMax) => {
        const length = open ? openedSize(stored.length) : stored.length;
        if (length === undefined) return undefined;
        const place = compression ? lz4.framePlace(length) : lz4.contentPlace(length);
        if (place === undefined) return decodeOne(stored, index, sizeMax);
        if (open === undefined) place.set(stored);
        else if (!open(stored, index, place)) return undefined;
        if (compression === undefined) return length <= sizeMax ? place : undefined;
        return lz4.decodeFrame(length, sizeMax) ?? decodeOne(stored, index, sizeMax);
      };
    },
  };
}
