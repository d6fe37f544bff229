/**
 * LZ4 block decoder. A block inside INPUT to OUTPUT; a match may refer to the `historyLength` bytes before OUTPUT, too. No input makes it
 * write beyond OUTPUT[0, sizeMax + 32) or read what is not there.
 */
import { OUTPUT } from './layout';

const LENGTH_ESCAPE: usize = 15;
const MATCH_LENGTH_LEAST: usize = 4;

/** Result: the block decodes to more than `sizeMax` bytes. */
const TOO_LONG: i32 = -1;

/** Result: malformed so many bytes into the block. */
@inline
function malformed(index: usize): i32 {
  return -2 - <i32>index;
}

/** Reads on from `at` a length that did not fit into the token; `lengthRead` is the rest. Returns where it ended, 0 at the end of input. */
let lengthRead: usize = 0;
@inline
function readLength(at: usize, end: usize): usize {
  let length: usize = 0;
  while (true) {
    if (at >= end) return 0;
    const more = <usize>load<u8>(at++);
    length += more;
    if (more != 255) break;
  }
  lengthRead = length;
  return at;
}

/** Copies 16 bytes at a time, writing up to 16 bytes beyond. Most copies are done with the first. */
@inline
function copyWide(output: usize, from: usize, length: usize): void {
  v128.store(output, v128.load(from));
  for (let done: usize = 16; done < length; done += 16) v128.store(output + done, v128.load(from + done));
}

/** Repeats what lies `distance` before `output`, `length` bytes, writing up to 32 bytes beyond. */
@inline
function copyMatch(output: usize, distance: usize, length: usize): void {
  let from = output - distance;
  if (distance >= 16) {
    copyWide(output, from, length);
    return;
  }
  for (let index: usize = 0; index < 16; index++) store<u8>(output + index, load<u8>(from + index));
  // A whole number of periods, 9 to 16 bytes, is far enough for eight at a time.
  from = output + 16 - distance * (16 / distance);
  for (let done: usize = 16; done < length; done += 8, from += 8) store<u64>(output + done, load<u64>(from));
}

/** Decodes the `length` bytes at `block`; returns the length of the result, TOO_LONG, or -2 less the index of what is malformed. */
export function lz4Decode(block: usize, length: u32, historyLength: u32, sizeMax: u32): i32 {
  const end = block + <usize>length;
  const lowest = OUTPUT - <usize>historyLength;
  const outputEnd = OUTPUT + <usize>sizeMax;
  let at = block;
  let output = OUTPUT;
  while (at < end) {
    const token = <usize>load<u8>(at++);
    let count = token >> 4;
    if (count == LENGTH_ESCAPE) {
      const read = readLength(at, end);
      if (read == 0) return malformed(at - block);
      at = read;
      count += lengthRead;
    }
    if (count > end - at) return malformed(at - block);
    if (count > outputEnd - output) return TOO_LONG;
    copyWide(output, at, count);
    at += count;
    output += count;
    count = token & LENGTH_ESCAPE;
    if (at == end && count == 0) break;
    if (end - at < 2) return malformed(at - block);
    const distance = <usize>load<u16>(at);
    if (distance == 0 || distance > output - lowest) return malformed(at - block);
    at += 2;
    if (count == LENGTH_ESCAPE) {
      const read = readLength(at, end);
      if (read == 0) return malformed(at - block);
      at = read;
      count += lengthRead;
    }
    count += MATCH_LENGTH_LEAST;
    if (count > outputEnd - output) return TOO_LONG;
    copyMatch(output, distance, count);
    output += count;
  }
  return <i32>(output - OUTPUT);
}
