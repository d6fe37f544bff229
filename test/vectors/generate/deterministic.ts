/** Primitives whose random numbers are the same every time: for vectors and examples, never for archives. */
import { createHash } from 'node:crypto';
import { portablePrimitives } from '../../../src/format/portable-primitives.ts';
import type { Primitives } from '../../../src/format/ports.ts';
import { portableSealer } from '../../../src/format/portable-sealer.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';

/** Bytes from SHA-256 over `seed` and a counter. */
export function deterministicBytes(seed: string): (length: number) => Uint8Array {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      const block = createHash('sha256').update(`${seed}:${counter++}`).digest();
      bytes.set(block.subarray(0, Math.min(32, length - offset)), offset);
    }
    return bytes;
  };
}

/** The primitives of Node with such random numbers. */
export function deterministicPrimitives(seed: string): Primitives {
  const randomBytes = deterministicBytes(seed);
  // Of compression and sealing the portable ones, whose bytes depend on nothing but this project's own lock file.
  const compress: Primitives['compress'] = (algorithm, plain) =>
    portablePrimitives.compress(algorithm, plain);
  return { ...nodePrimitives, randomBytes, compress, sealer: (key) => portableSealer(key, randomBytes) };
}
