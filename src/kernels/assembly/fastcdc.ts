/**
 * FastCDC, the gear fingerprint and its masks (Xia et al., "FastCDC", USENIX ATC 2016, §3 and §4.2), in the variant
 * `fastcdc-v1.0.0`: fp = (fp << 1) + GEAR[byte], a boundary where fp & mask = 0.
 *
 * Reads INPUT; the fingerprint goes on from call to call, so that a chunk may be scanned in pieces.
 */
import { GEAR, INPUT } from './layout';

let fingerprint: u64 = 0;

/** Starts the fingerprint of another chunk. */
export function fastcdcBegin(): void {
  fingerprint = 0;
}

/**
 * Index in INPUT of the first of `length` bytes at which the fingerprint has no bit of the mask, or `length`.
 * `length` is at most INPUT_LENGTH.
 */
export function fastcdcScan(length: u32, maskHigh: u32, maskLow: u32): u32 {
  const mask = ((maskHigh as u64) << 32) | (maskLow as u64);
  const end = INPUT + <usize>length;
  let fp = fingerprint;
  for (let at = INPUT; at < end; at++) {
    fp = (fp << 1) + load<u64>(GEAR + (<usize>load<u8>(at) << 3));
    if ((fp & mask) == 0) {
      fingerprint = fp;
      return <u32>(at - INPUT);
    }
  }
  fingerprint = fp;
  return length;
}
