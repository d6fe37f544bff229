/**
 * Sealing (see `src/format/sealing.ts` for the layout) on the kernels. Longer segments use the AES of node:crypto, which computes several blocks
 * at once in hardware, for everything but POLYVAL; for short ones setting that up costs more than the kernels' AES.
 */
import { createCipheriv } from 'node:crypto';
import type { Sealer } from '../../format/ports.ts';
import {
  openedSize,
  sealBroken,
  sealedLength,
  SEGMENT_OVERHEAD,
  SEGMENT_SIZE,
  SUBKEY_BLOCK_LENGTH,
} from '../../format/sealing.ts';
import { aes256GcmSiv } from '../../kernels/index.ts';
import { RandomPool } from './random-pool.ts';

const SUBKEY_LENGTH = 32;
const { NONCE_LENGTH, TAG_LENGTH } = aes256GcmSiv;
/** From this size on (bytes of plaintext) the AES of node:crypto is faster. */
const HARDWARE_SIZE_LEAST = 2048;

const random = new RandomPool();

/** A {@link Sealer} under the 32-byte `archiveKey`. */
export function wasmSealer(archiveKey: Uint8Array): Sealer {
  return {
    seal: (plaintext) => {
      const sealed = new Uint8Array(sealedLength(plaintext.length));
      const subkey = random.take(SUBKEY_LENGTH);
      sealed.set(aes256GcmSiv.wrapKey(archiveKey, subkey));
      if (plaintext.length > 0) sealSegments(subkey, plaintext, sealed);
      subkey.fill(0);
      return sealed;
    },
    open: (sealed) => {
      const size = openedSize(sealed.length);
      if (size === undefined) sealBroken();
      const subkey = aes256GcmSiv.unwrapKey(archiveKey, sealed.subarray(0, SUBKEY_BLOCK_LENGTH));
      if (subkey === undefined) sealBroken();
      const plaintext = new Uint8Array(size);
      const intact = size === 0 || openSegments(subkey, sealed, plaintext);
      subkey.fill(0);
      if (!intact) sealBroken();
      return plaintext;
    },
  };
}

/** Where the segment with this index starts in the sealed form. */
function segmentStart(index: number): number {
  return SUBKEY_BLOCK_LENGTH + index * (SEGMENT_SIZE + SEGMENT_OVERHEAD);
}

function sealSegments(subkey: Uint8Array, plaintext: Uint8Array, sealed: Uint8Array): void {
  const count = Math.ceil(plaintext.length / SEGMENT_SIZE);
  const nonces = Array.from({ length: count }, () => random.take(NONCE_LENGTH));
  segmentCiphers(subkey, plaintext.length, nonces).forEach((cipher, index) => {
    const text = plaintext.subarray(index * SEGMENT_SIZE, (index + 1) * SEGMENT_SIZE);
    const at = segmentStart(index);
    sealed.set(cipher.nonce, at);
    cipher.seal(text, sealed, at + NONCE_LENGTH);
  });
  aes256GcmSiv.wipeSecrets();
}

/** Returns whether every segment was authentic. */
function openSegments(subkey: Uint8Array, sealed: Uint8Array, plaintext: Uint8Array): boolean {
  const count = Math.ceil(plaintext.length / SEGMENT_SIZE);
  const nonces = Array.from({ length: count }, (_, index) => {
    const at = segmentStart(index);
    return sealed.subarray(at, at + NONCE_LENGTH);
  });
  const intact = segmentCiphers(subkey, plaintext.length, nonces).every((cipher, index) => {
    const at = segmentStart(index) + NONCE_LENGTH;
    return cipher.open(sealed.subarray(at, at + SEGMENT_SIZE + TAG_LENGTH), plaintext, index * SEGMENT_SIZE);
  });
  aes256GcmSiv.wipeSecrets();
  return intact;
}

/** Seals or opens the segment with this nonce; valid until the kernels' secrets are wiped. */
interface SegmentCipher {
  readonly nonce: Uint8Array;
  seal(text: Uint8Array, target: Uint8Array, at: number): void;
  open(sealed: Uint8Array, target: Uint8Array, at: number): boolean;
}

/** The faster ciphers for `size` bytes in segments with these nonces. */
function segmentCiphers(subkey: Uint8Array, size: number, nonces: readonly Uint8Array[]): SegmentCipher[] {
  if (size < HARDWARE_SIZE_LEAST) {
    aes256GcmSiv.useKey(subkey);
    return nonces.map((nonce) => ({
      nonce,
      seal: (text, target, at) => aes256GcmSiv.seal(nonce, text, target, at),
      open: (sealed, target, at) => aes256GcmSiv.open(nonce, sealed, target, at),
    }));
  }
  return aes256GcmSiv
    .deriveMessageKeys(blockCipher(subkey), nonces)
    .map(({ nonce, authentication, encryption }) => ({
      nonce,
      seal: (text, target, at) =>
        aes256GcmSiv.sealWith(blockCipher(encryption), authentication, nonce, text, target, at),
      open: (sealed, target, at) =>
        aes256GcmSiv.openWith(blockCipher(encryption), authentication, nonce, sealed, target, at),
    }));
}

/** AES-256 of node:crypto on single blocks. */
function blockCipher(key: Uint8Array): aes256GcmSiv.BlockCipher {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return (blocks) => cipher.update(blocks);
}
