/** LZ4 blocks and XXH32 on the kernels: what `src/format/lz4.ts` makes frames of. */
import { FormatError } from '../errors.ts';
import { kernelInstance } from './instance.ts';

/** Candidates that high compression looks at for each position: about 1/5 of the speed of fast, 1/4 smaller results on text. */
export const HIGH_COMPRESSION_DEPTH = 16;

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
  const length = functions.lz4Decode(end - start, history, Math.min(target.length - at, places.INPUT_LENGTH));
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
  const { functions, places } = kernel;
  functions.xxhash32Begin();
  let start = 0;
  for (; bytes.length - start > places.INPUT_LENGTH; start += places.INPUT_LENGTH) {
    kernel.writeInput(bytes.subarray(start, start + places.INPUT_LENGTH));
    functions.xxhash32Update(places.INPUT_LENGTH);
  }
  kernel.writeInput(bytes.subarray(start));
  return functions.xxhash32Finish(bytes.length - start) >>> 0;
}
