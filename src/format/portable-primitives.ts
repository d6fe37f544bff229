/** {@link Primitives} in portable JavaScript on noble: the oracle of the faster ones, and what a browser starts with. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeGzip, encodeGzip } from './gzip.ts';
import { classesOf } from './content-type.ts';
import { entropyOf } from './entropy.ts';
import { chunkBoundary } from './fastcdc.ts';
import { decodeLz4Frame, encodeLz4Frame } from './lz4.ts';
import type { Ed25519, Hasher, HashingAlgorithm, MacKey, Primitives } from './ports.ts';
import { derivePortableKey } from './portable-kdf.ts';
import { portableSealer } from './portable-sealer.ts';

interface NobleHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

function hasherOf(hash: NobleHash): Hasher {
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** `length` bytes from the Web Crypto generator. */
export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** See {@link Primitives.hash}. */
export function portableHash(algorithm: HashingAlgorithm): Hasher {
  return hasherOf(algorithm === 'BLAKE3' ? blake3.create() : sha256.create());
}

/** See {@link Primitives.macKey}. */
export function portableMacKey(algorithm: HashingAlgorithm, key: Uint8Array): MacKey {
  if (algorithm === 'SHA256') {
    const keyed = hmac.create(sha256, key);
    const begin = (): Hasher => hasherOf(keyed.clone());
    return { begin, mac: (bytes) => keyed.clone().update(bytes).digest() };
  }
  return { begin: () => hasherOf(blake3.create({ key })), mac: (bytes) => blake3(bytes, { key }) };
}

const portableEd25519: Ed25519 = {
  publicKey: (seed) => ed25519.getPublicKey(seed),
  sign: (seed, message) => ed25519.sign(message, seed),
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    // As RFC 8032 and the reference have it, not as ZIP 215.
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  },
};

/** Portable primitives. */
export const portablePrimitives: Primitives = {
  chunkCut: chunkBoundary,
  byteStatistics: { entropy: entropyOf, classes: classesOf },
  randomBytes,
  hash: portableHash,
  macKey: portableMacKey,
  sealer: (key) => portableSealer(key, randomBytes),
  deriveKey: derivePortableKey,
  ed25519: portableEd25519,
  compress: (algorithm, plain, _effort, room) =>
    algorithm === 'LZ4' ? encodeLz4Frame(plain, undefined, room) : encodeGzip(plain),
  decompress: (algorithm, compressed, sizeMax) =>
    algorithm === 'LZ4' ? decodeLz4Frame(compressed, sizeMax) : decodeGzip(compressed, sizeMax),
};
