/**
 * {@link Primitives} for Node, fast: the kernels for BLAKE3, LZ4 and sealing, node:crypto for SHA-256, scrypt, PBKDF2 and signatures, node:zlib
 * for GZIP. They give the same bytes as the portable ones.
 */
import { createHash, createHmac, createSecretKey, pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FormatError } from '../../errors.ts';
import { chunkCut } from '../../format/fastcdc.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../format/lz4.ts';
import type { Lz4Blocks } from '../../format/lz4-block.ts';
import { portablePrimitives } from '../../format/portable-primitives.ts';
import type { Hasher, HashingAlgorithm, KdfCost, MacKey, Primitives } from '../../format/ports.ts';
import { Blake3, lz4, scanBoundary } from '../../kernels/index.ts';
import { argon2id } from './argon2id.ts';
import { nodeEd25519 } from './ed25519.ts';
import { wasmSealer } from './wasm-sealer.ts';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

const lz4Blocks: Lz4Blocks = {
  compress: lz4.compressBlockFast,
  decompress: lz4.decompressBlock,
  checksum: lz4.xxhash32,
};

const plainBlake3 = new Blake3();

/** See {@link Primitives}. One thread's calls may not overlap, which they cannot: the kernels are synchronous. */
export const nodePrimitives: Primitives = {
  randomBytes,
  hash: (algorithm) => (algorithm === 'SHA256' ? hasherOf(createHash('sha256')) : plainBlake3.begin()),
  macKey,
  sealer: wasmSealer,
  deriveKey,
  ed25519: nodeEd25519,
  compress: (algorithm, plain) => (algorithm === 'GZIP' ? gzipSync(plain) : encodeLz4Frame(plain, lz4Blocks)),
  decompress: (algorithm, compressed, sizeMax) =>
    algorithm === 'GZIP' ? gunzip(compressed, sizeMax) : decodeLz4Frame(compressed, sizeMax, lz4Blocks),
  chunkCut: chunkCut(scanBoundary),
};

function macKey(algorithm: HashingAlgorithm, key: Uint8Array): MacKey {
  if (algorithm === 'BLAKE3') {
    const keyed = new Blake3(key);
    return { mac: (bytes) => keyed.hash(bytes), begin: () => keyed.begin() };
  }
  const secret = createSecretKey(key);
  return {
    mac: (bytes) => createHmac('sha256', secret).update(bytes).digest(),
    begin: () => hasherOf(createHmac('sha256', secret)),
  };
}

function hasherOf(hash: ReturnType<typeof createHash | typeof createHmac>): Hasher {
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

async function deriveKey(cost: KdfCost, passphrase: Uint8Array): Promise<Uint8Array> {
  switch (cost.kdf) {
    case 'ARGON2ID':
      return argon2id(cost, passphrase);
    case 'SCRYPT': {
      const maxmem = 256 * cost.n * cost.r + 256 * cost.r * cost.p + 1024 * 1024;
      return scryptAsync(passphrase, cost.salt, cost.keyLength, { N: cost.n, r: cost.r, p: cost.p, maxmem });
    }
    case 'PBKDF2':
      if (cost.hashing !== 'SHA256') return portablePrimitives.deriveKey(cost, passphrase);
      return pbkdf2Async(passphrase, cost.salt, cost.iterations, cost.keyLength, 'sha256');
  }
}

/** @throws FormatError FORMAT_LIMIT, FORMAT_COMPRESSION */
function gunzip(compressed: Uint8Array, sizeMax: number): Uint8Array {
  try {
    // zlib wants a limit of at least one byte, so a limit of zero is checked here.
    const plain = gunzipSync(compressed, { maxOutputLength: Math.max(1, sizeMax) });
    if (plain.length > sizeMax) throw new RangeError();
    return plain;
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw new FormatError(
      tooLarge ? 'FORMAT_LIMIT' : 'FORMAT_COMPRESSION',
      tooLarge ? `GZIP data of more than ${sizeMax} bytes` : 'GZIP data is damaged',
      { section: 'Encoding', cause },
    );
  }
}
