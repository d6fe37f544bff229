/** Changes to an input: what damage, other writers and attackers do to bytes. */
import type { Random } from './random.ts';

/** Longest input, bytes. */
export const INPUT_LENGTH_MAX = 256 * 1024;

const EDGES = [0n, 1n, -1n, 2n, 16n, 31n, 32n, 64n, 127n, 128n, 255n, 256n, 4095n, 65_535n, 65_536n];
const WIDE_EDGES = [
  ...EDGES,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
];

type Mutation = (
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
  tokens: readonly Uint8Array[],
) => Uint8Array;

const flipBit: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  bytes[at]! ^= 1 << random.below(8);
  return bytes;
};
const setByte: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xc0, 0xc1, 0xff, random.below(256)]);
  return bytes;
};
const addToByte: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)]! += random.pick([-2, -1, 1, 2]);
  return bytes;
};
const setInteger: Mutation = (bytes, random) => {
  const width = random.pick([2, 4, 8]);
  if (bytes.length < width) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = random.below(bytes.length - width + 1);
  const value = random.pick(WIDE_EDGES);
  const little = random.below(2) === 0;
  if (width === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), little);
  else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), little);
  else view.setBigUint64(at, BigInt.asUintN(64, value), little);
  return bytes;
};
const remove: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  const length = 1 + random.below(Math.min(bytes.length - start, random.pick([1, 8, 64, 4096])));
  return join(bytes.subarray(0, start), bytes.subarray(start + length));
};
const duplicate: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  const part = bytes.subarray(start, start + 1 + random.below(random.pick([1, 8, 64, 4096])));
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), part, bytes.subarray(at));
};
const swap: Mutation = (bytes, random) => {
  const length = Math.min(1 + random.below(64), bytes.length);
  const [from, to] = [random.below(bytes.length - length + 1), random.below(bytes.length - length + 1)];
  return bytes.copyWithin(to, from, from + length);
};
const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));
const insertNoise: Mutation = (bytes, random) => {
  const part = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), part, bytes.subarray(at));
};
const insertToken: Mutation = (bytes, random, _, tokens) => {
  if (tokens.length === 0) return bytes;
  const token = random.pick(tokens);
  const at = random.below(bytes.length + 1);
  const isOver = random.below(2) === 0;
  return join(bytes.subarray(0, at), token, bytes.subarray(isOver ? at + token.length : at));
};
const splice: Mutation = (bytes, random, other) => {
  const start = random.below(other.length + 1);
  return join(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(start));
};
const transplant: Mutation = (bytes, random, other) => {
  const start = random.below(other.length + 1);
  const part = other.subarray(start, start + random.below(random.pick([8, 64, 4096])));
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), part, bytes.subarray(at + part.length));
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  addToByte,
  setInteger,
  setInteger,
  remove,
  duplicate,
  swap,
  truncate,
  insertNoise,
  insertToken,
  splice,
  transplant,
];

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts).subarray(0, INPUT_LENGTH_MAX));
}

/** A changed copy of `bytes`: mostly one change, sometimes up to eight. `other` gives parts of another input. */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
  tokens: readonly Uint8Array[],
): Uint8Array {
  let changed: Uint8Array = Uint8Array.from(bytes);
  for (let left = random.pick([1, 1, 1, 2, 4, 8]); left > 0; left--) {
    changed =
      changed.length === 0
        ? insertNoise(changed, random, other, tokens)
        : random.pick(MUTATIONS)(changed, random, other, tokens);
  }
  return changed;
}
