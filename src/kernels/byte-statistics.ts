/** What bytes a content has, on the kernels; results as those of `src/format/entropy.ts` and `src/format/content-type.ts`. */
import { kernelInstance } from './instance.ts';

/** Bytes that are counted at once: they stay in the processor's cache between being copied and counted. */
const PART_LENGTH = 64 * 1024;

/** Entropy of `bytes` in bits per byte, 0 to 8; 0 for none. */
export function byteEntropy(bytes: Uint8Array): number {
  const kernel = kernelInstance();
  const { functions } = kernel;
  functions.byteCountsBegin();
  for (let start = 0; start < bytes.length; start += PART_LENGTH) {
    const part = bytes.subarray(start, start + PART_LENGTH);
    functions.byteCountsUpdate(kernel.placeOf(part), part.length);
  }
  return functions.byteEntropy(bytes.length);
}

/** Classes of the bytes that occur in `bytes`, at most 64 KiB. */
export function byteClasses(bytes: Uint8Array): number {
  const kernel = kernelInstance();
  kernel.writeInput(bytes);
  return kernel.functions.byteClasses(kernel.places.INPUT, bytes.length);
}
