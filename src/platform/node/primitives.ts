/** {@link Primitives} for Node: its own crypto and zlib where they compute the same, wasm for Argon2id. */
import { createHash, createHmac, pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FormatError } from '../../errors.ts';
import { portableHash, portableMacKey, portablePrimitives } from '../../format/portable-primitives.ts';
import type { KdfCost, Primitives } from '../../format/ports.ts';
import { portableSealer } from '../../format/sealing.ts';
import { nodeEd25519 } from './ed25519.ts';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

/** See {@link Primitives}. */
export const nodePrimitives: Primitives = {
  ...portablePrimitives,
  randomBytes,
  hash: (algorithm) => (algorithm === 'SHA256' ? hasherOf(createHash('sha256')) : portableHash(algorithm)),
  macKey: (algorithm, key) => {
    if (algorithm === 'BLAKE3') return portableMacKey(algorithm, key);
    return {
      begin: () => hasherOf(createHmac('sha256', key)),
      mac: (bytes) => createHmac('sha256', key).update(bytes).digest(),
    };
  },
  sealer: (key) => portableSealer(key, randomBytes),
  deriveKey,
  ed25519: nodeEd25519,
  compress: (algorithm, plain) =>
    algorithm === 'GZIP' ? gzipSync(plain) : portablePrimitives.compress(algorithm, plain),
  decompress: (algorithm, compressed, sizeMax) =>
    algorithm === 'GZIP'
      ? gunzip(compressed, sizeMax)
      : portablePrimitives.decompress(algorithm, compressed, sizeMax),
};

function hasherOf(hash: { update(bytes: Uint8Array): unknown; digest(): Buffer }): {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
} {
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

async function deriveKey(cost: KdfCost, passphrase: Uint8Array): Promise<Uint8Array> {
  switch (cost.kdf) {
    case 'ARGON2ID': {
      const { argon2id } = await import('hash-wasm');
      return argon2id({
        password: passphrase,
        salt: cost.salt,
        iterations: cost.iterations,
        memorySize: cost.memoryKiB,
        parallelism: cost.parallelism,
        hashLength: cost.keyLength,
        outputType: 'binary',
      });
    }
    case 'SCRYPT': {
      const maxmem = 256 * cost.n * cost.r + 256 * cost.r * cost.p + 1024 * 1024;
      return scryptAsync(passphrase, cost.salt, cost.keyLength, { N: cost.n, r: cost.r, p: cost.p, maxmem });
    }
    case 'PBKDF2':
      if (cost.hashing !== 'SHA256') return portablePrimitives.deriveKey(cost, passphrase);
      return pbkdf2Async(passphrase, cost.salt, cost.iterations, cost.keyLength, 'sha256');
  }
}

function gunzip(compressed: Uint8Array, sizeMax: number): Uint8Array {
  try {
    return gunzipSync(compressed, { maxOutputLength: Math.max(1, sizeMax) });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw new FormatError(
      tooLarge ? 'FORMAT_LIMIT' : 'FORMAT_COMPRESSION',
      tooLarge ? `GZIP data of more than ${sizeMax} bytes` : 'GZIP data is damaged',
      { section: 'Encoding', cause },
    );
  }
}
