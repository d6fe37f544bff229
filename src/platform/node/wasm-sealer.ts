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
import { unwrapKeys, wrapKeys } from './key-wrap.ts';
import { RandomPool } from './random-pool.ts';

const SUBKEY_LENGTH = 32;
const { NONCE_LENGTH, TAG_LENGTH } = aes256GcmSiv;
/** From this size on (bytes of plaintext) the AES of node:crypto is faster. */
const HARDWARE_SIZE_LEAST = 2048;

const random = new RandomPool();

/** A {@link Sealer} under the 32-byte `archiveKey`. */
export function wasmSealer(archiveKey: Uint8Array): Sealer {
  const sealAll = (plaintexts: readonly Uint8Array[]): Uint8Array[] => {
    const subkeys = new Uint8Array(plaintexts.length * SUBKEY_LENGTH);
    for (let at = 0; at < subkeys.length; at += SUBKEY_LENGTH) subkeys.set(random.take(SUBKEY_LENGTH), at);
    const blocks = wrapKeys(archiveKey, subkeys);
    const all = plaintexts.map((plaintext, index) => {
      const sealed = new Uint8Array(sealedLength(plaintext.length));
      sealed.set(blocks.subarray(index * SUBKEY_BLOCK_LENGTH, (index + 1) * SUBKEY_BLOCK_LENGTH));
      if (plaintext.length > 0) sealSegments(subkeyAt(subkeys, index), plaintext, sealed);
      return sealed;
    });
    subkeys.fill(0);
    return all;
  };
  const openAll = (all: readonly Uint8Array[]): (Uint8Array | undefined)[] => {
    const sizes = all.map((sealed) => openedSize(sealed.length));
    const blocks = new Uint8Array(all.length * SUBKEY_BLOCK_LENGTH);
    for (const [index, sealed] of all.entries()) {
      if (sizes[index] === undefined) continue;
      blocks.set(sealed.subarray(0, SUBKEY_BLOCK_LENGTH), index * SUBKEY_BLOCK_LENGTH);
    }
    const { keys, intact } = unwrapKeys(archiveKey, blocks);
    const plaintexts = all.map((sealed, index) => {
      const size = sizes[index];
      if (size === undefined || intact[index] !== 1) return undefined;
      const plaintext = new Uint8Array(size);
      return size === 0 || openSegments(subkeyAt(keys, index), sealed, plaintext) ? plaintext : undefined;
    });
    keys.fill(0);
    return plaintexts;
  };
  return {
    sealAll,
    openAll,
    seal: (plaintext) => sealAll([plaintext])[0] ?? sealBroken(),
    open: (sealed) => openAll([sealed])[0] ?? sealBroken(),
  };
}

function subkeyAt(subkeys: Uint8Array, index: number): Uint8Array {
  return subkeys.subarray(index * SUBKEY_LENGTH, (index + 1) * SUBKEY_LENGTH);
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
