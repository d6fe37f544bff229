/**
 * {@link Primitives} for Node, fast: the kernels for BLAKE3, LZ4 and sealing, node:crypto for SHA-256, scrypt, PBKDF2 and signatures, node:zlib
 * for GZIP. They give the same bytes as the portable ones.
 */
import { createHash, pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { chunkCut } from '../../format/fastcdc.ts';
import type { KdfCost, Primitives } from '../../format/ports.ts';
import { Blake3, byteClasses, byteEntropy, scanBoundary } from '../../kernels/index.ts';
import { argon2id } from './argon2id.ts';
import { blobThreads, holdBlobThreads } from './blob-threads.ts';
import { nodeEd25519 } from './ed25519.ts';
import { fastCompression, fastMacKey, hasherOf } from './fast-codec.ts';
import { wasmSealer } from './wasm-sealer.ts';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

const plainBlake3 = new Blake3();

/** See {@link Primitives}. One thread's calls may not overlap, which they cannot: the kernels are synchronous. */
export const nodePrimitives: Primitives = {
  randomBytes,
  hash: (algorithm) => (algorithm === 'SHA256' ? hasherOf(createHash('sha256')) : plainBlake3.begin()),
  macKey: fastMacKey,
  sealer: wasmSealer,
  deriveKey,
  ed25519: nodeEd25519,
  ...fastCompression,
  chunkCut: chunkCut(scanBoundary),
  byteStatistics: { entropy: byteEntropy, classes: byteClasses },
  threads: (settings) => blobThreads(settings),
  holdThreads: (work) => holdBlobThreads(work),
};

async function deriveKey(cost: KdfCost, passphrase: Uint8Array): Promise<Uint8Array> {
  switch (cost.kdf) {
    case 'ARGON2ID':
      return argon2id(cost, passphrase);
    case 'SCRYPT': {
      const maxmem = 256 * cost.n * cost.r + 256 * cost.r * cost.p + 1024 * 1024;
      return scryptAsync(passphrase, cost.salt, cost.keyLength, { N: cost.n, r: cost.r, p: cost.p, maxmem });
    }
    case 'PBKDF2':
      if (cost.hashing !== 'SHA256') {
        const { derivePortableKey } = await import('../../format/portable-kdf.ts');
        return derivePortableKey(cost, passphrase);
      }
      return pbkdf2Async(passphrase, cost.salt, cost.iterations, cost.keyLength, 'sha256');
  }
}
