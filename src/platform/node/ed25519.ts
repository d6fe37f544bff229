/** {@link Ed25519} on node:crypto. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { Ed25519 } from '../../format/ports.ts';

// RFC 8410 §7 and §4: what DER puts before the 32 bytes of a private and of a public key.
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_LENGTH = 32;

/** See {@link Ed25519}. */
export const nodeEd25519: Ed25519 = {
  publicKey: (seed) => {
    const der = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
    return Uint8Array.from(der.subarray(PUBLIC_KEY_PREFIX.length));
  },
  sign: (seed, message) => sign(null, message, privateKeyOf(seed)),
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== KEY_LENGTH) return false;
    const key = Buffer.concat([PUBLIC_KEY_PREFIX, publicKey]);
    return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature);
  },
};

function privateKeyOf(seed: Uint8Array): ReturnType<typeof createPrivateKey> {
  if (seed.length !== KEY_LENGTH) throw new RangeError('an Ed25519 private key has 32 bytes');
  const key = Buffer.concat([PRIVATE_KEY_PREFIX, seed]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
