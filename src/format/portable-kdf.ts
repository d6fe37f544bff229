/** Derives keys from passphrases in portable JavaScript on noble. */
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { KdfCost } from './ports.ts';

/** The key of `cost.keyLength` bytes. See `Primitives.deriveKey`. */
export function derivePortableKey(cost: KdfCost, passphrase: Uint8Array): Promise<Uint8Array> {
  switch (cost.kdf) {
    case 'ARGON2ID':
      return argon2idAsync(passphrase, cost.salt, {
        t: cost.iterations,
        m: cost.memoryKiB,
        p: cost.parallelism,
        dkLen: cost.keyLength,
      });
    case 'SCRYPT':
      return scryptAsync(passphrase, cost.salt, { N: cost.n, r: cost.r, p: cost.p, dkLen: cost.keyLength });
    case 'PBKDF2':
      return pbkdf2Async(cost.hashing === 'SHA256' ? sha256 : blake3, passphrase, cost.salt, {
        c: cost.iterations,
        dkLen: cost.keyLength,
      });
  }
}
