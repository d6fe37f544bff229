/** How often each byte occurs, on the kernels: what the entropy of a content is made of. */
import { kernelInstance } from './instance.ts';

/** Bytes that are counted at once: they stay in the processor's cache between being copied and counted. */
const PART_LENGTH = 64 * 1024;
const BYTES = 256;

/** Adds to `counts[b]`, 256 numbers, how often byte b occurs in `bytes`. */
export function countBytes(bytes: Uint8Array, counts: Uint32Array): void {
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  for (let start = 0; start < bytes.length; start += PART_LENGTH) {
    const part = bytes.subarray(start, start + PART_LENGTH);
    kernel.writeInput(part);
    functions.byteCounts(part.length);
    const table = kernel.view(places.COUNTS, BYTES * 4);
    const found = new Uint32Array(table.buffer, table.byteOffset, BYTES);
    for (let byte = 0; byte < BYTES; byte++) counts[byte] = (counts[byte] ?? 0) + (found[byte] ?? 0);
  }
}
