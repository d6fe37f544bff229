/** LZ4 blocks and XXH32 on the kernels: what `src/format/lz4.ts` makes frames of. */
import { FormatError } from '../errors.ts';
import { kernelInstance } from './instance.ts';

/** Candidates that high compression looks at for each position: about 1/5 of the speed of fast, 1/4 smaller results on text. */
export const HIGH_COMPRESSION_DEPTH = 16;

/** Bytes of the largest block, and of what the kernels decode or encode at once. */
export const BLOCK_SIZE_MAX = 4 * 1024 * 1024;
/** Bytes of a frame before its block where it starts. */
const FRAME_START_LENGTH = 11;
/** Bytes that a frame of one block has besides it, at most. */
const FRAME_OVERHEAD_MAX = 27;

/** Compression of `source[start, end)`, at most 4 MiB, to `target[at…]`; 0 when it would not be shorter. */
type CompressBlock = (
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
) => number;

function compressor(encode: (length: number) => number): CompressBlock {
  return (source, start, end, target, at) => {
    const kernel = kernelInstance();
    kernel.writeInput(source.subarray(start, end));
    const length = encode(end - start);
    if (length >= end - start) return 0;
    kernel.readInto(target, at, kernel.places.OUTPUT, length);
    return length;
  };
}

/** Greedy, one candidate for each position. */
export const compressBlockFast: CompressBlock = compressor((length) =>
  kernelInstance().functions.lz4Encode(length),
);

/** High compression with `depth` candidates for each position, at least 1. */
export function compressBlockHigh(depth: number): CompressBlock {
  return compressor((length) => kernelInstance().functions.lz4HcEncode(length, depth));
}

/**
 * Decodes the block `source[start, end)`, at most 4 MiB, to `target` at `at`; arguments, result and errors as `decompressBlock` of
 * `src/format/lz4-block.ts`.
 */
export function decompressBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  reach: number,
): number {
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  const history = Math.min(at - reach, places.HISTORY_LENGTH);
  kernel.writeInput(source.subarray(start, end));
  if (history > 0) kernel.write(places.OUTPUT - history, target.subarray(at - history, at));
  const length = functions.lz4Decode(
    places.INPUT,
    end - start,
    history,
    Math.min(target.length - at, BLOCK_SIZE_MAX),
  );
  if (length < 0) {
    const offset = start + Math.max(0, -2 - length);
    throw new FormatError(
      'FORMAT_COMPRESSION',
      `LZ4 block: malformed at byte ${offset} of the compressed data`,
      { offset },
    );
  }
  kernel.readInto(target, at, places.OUTPUT, length);
  return at + length;
}

/** XXH32 of `bytes` with seed 0, as an unsigned number. */
export function xxhash32(bytes: Uint8Array): number {
  const kernel = kernelInstance();
  const { functions } = kernel;
  functions.xxhash32Begin();
  let start = 0;
  for (; bytes.length - start > BLOCK_SIZE_MAX; start += BLOCK_SIZE_MAX) {
    kernel.writeInput(bytes.subarray(start, start + BLOCK_SIZE_MAX));
    functions.xxhash32Update(BLOCK_SIZE_MAX);
  }
  kernel.writeInput(bytes.subarray(start));
  return functions.xxhash32Finish(bytes.length - start) >>> 0;
}

/**
 * The LZ4 frame of `plain`, at most 4 MiB, as `encodeLz4Frame` of `src/format/lz4.ts` makes it, with `depth` candidates for each position or
 * fast where that is 0. It is in the memory of the kernels: what is called next may write over it.
 */
export function encodeFrame(plain: Uint8Array, depth: number): Uint8Array {
  const kernel = kernelInstance();
  kernel.writeInput(plain);
  const length = kernel.functions.lz4FrameEncode(plain.length, depth);
  return kernel.view(kernel.places.OUTPUT - FRAME_START_LENGTH, length);
}

/**
 * A place in the memory of the kernels for a frame of `length` bytes that {@link decodeFrame} is to decode; undefined where it would not fit.
 */
export function framePlace(length: number): Uint8Array | undefined {
  if (length > BLOCK_SIZE_MAX + FRAME_OVERHEAD_MAX) return undefined;
  const kernel = kernelInstance();
  return kernel.view(kernel.places.INPUT, length);
}

/** As {@link framePlace}, for content that is in no frame: where {@link decodeFrame} would have left it. */
export function contentPlace(length: number): Uint8Array | undefined {
  if (length > BLOCK_SIZE_MAX) return undefined;
  const kernel = kernelInstance();
  return kernel.view(kernel.places.OUTPUT, length);
}

/**
 * The content of the frame of `length` bytes that was written to {@link framePlace}, in the memory of the kernels: hashing leaves it alone,
 * everything else may write over it. Undefined where it is not one well-formed frame with at most one block, or has more than `sizeMax` bytes:
 * `decodeLz4Frame` of `src/format/lz4.ts` reads more forms, and says what is wrong.
 */
export function decodeFrame(length: number, sizeMax: number): Uint8Array | undefined {
  const kernel = kernelInstance();
  const size = kernel.functions.lz4FrameDecode(length, Math.min(sizeMax, BLOCK_SIZE_MAX));
  return size < 0 ? undefined : kernel.view(kernel.places.OUTPUT, size);
}
