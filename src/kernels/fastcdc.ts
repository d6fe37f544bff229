/** The boundary scan of FastCDC on the kernels: see `chunkCut` of `src/format/fastcdc.ts`, which decides where to scan. */
import { kernelInstance } from './instance.ts';

/** What is copied to the kernel at once: a boundary is often near. */
const PIECE_LENGTH = 128 * 1024;

/**
 * Index of the first byte of `bytes[start, end)` at which the gear fingerprint has no bit of the mask, or `end`. The fingerprint goes on from
 * the call before unless `first`.
 */
export function scanBoundary(
  bytes: Uint8Array,
  start: number,
  end: number,
  mask: { readonly high: number; readonly low: number },
  first: boolean,
): number {
  const kernel = kernelInstance();
  if (first) kernel.functions.fastcdcBegin();
  for (let position = start; position < end;) {
    const length = Math.min(PIECE_LENGTH, end - position);
    kernel.writeInput(bytes.subarray(position, position + length));
    const found = kernel.functions.fastcdcScan(length, mask.high, mask.low);
    if (found < length) return position + found;
    position += length;
  }
  return end;
}
