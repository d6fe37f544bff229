/**
 * Sealing (see `src/format/sealing.ts` for the layout) on the kernels. Longer segments use the AES of node:crypto, which computes several blocks
 * at once in hardware, for everything but POLYVAL; for short ones setting that up costs more than the kernels' AES.
 */
import type { RunningSealer, Sealer } from '../../format/ports.ts';
import {
  openedSize,
  sealBroken,
  sealedLength,
  SEGMENT_OVERHEAD,
  SEGMENT_SIZE,
  SUBKEY_BLOCK_LENGTH,
} from '../../format/sealing.ts';
import { aes256GcmSiv } from '../../kernels/index.ts';
import { blockEncryption } from './block-cipher.ts';
import { unwrapKeys, wrapKeys } from './key-wrap.ts';
import { RandomPool } from './random-pool.ts';

const SUBKEY_LENGTH = 32;
const { NONCE_LENGTH, TAG_LENGTH } = aes256GcmSiv;
/** Bytes of a whole segment as it is stored. */
const SEALED_SEGMENT_LENGTH = SEGMENT_SIZE + SEGMENT_OVERHEAD;
/** From this size on (bytes of plaintext) the AES of node:crypto is faster. */
const HARDWARE_SIZE_LEAST = 2048;

const random = new RandomPool();

/** A {@link Sealer} under the 32-byte `archiveKey`. */
export function wasmSealer(archiveKey: Uint8Array): Sealer {
  return {
    begin: () => runningSealer(archiveKey),
    seal: (plaintext) => {
      const sealed = new Uint8Array(sealedLength(plaintext.length));
      batchSealer(archiveKey, 1)(plaintext, 0, sealed, 0);
      return sealed;
    },
    open: (sealed) => {
      const plaintext = new Uint8Array(openedSize(sealed.length) ?? sealBroken());
      const open = batchOpener(archiveKey, { bytes: sealed, lengths: [sealed.length] });
      return open(sealed, 0, plaintext) ? plaintext : sealBroken();
    },
  };
}

/**
 * Seals `count` blobs, each once: blob `index` to `target[at…]`, and returns the index behind it. Their subkeys are wrapped together.
 */
export function batchSealer(
  archiveKey: Uint8Array,
  count: number,
): (plaintext: Uint8Array, index: number, target: Uint8Array, at: number) => number {
  const subkeys = new Uint8Array(count * SUBKEY_LENGTH);
  for (let at = 0; at < subkeys.length; at += SUBKEY_LENGTH) subkeys.set(random.take(SUBKEY_LENGTH), at);
  const blocks = wrapKeys(archiveKey, subkeys);
  return (plaintext, index, target, at) => {
    target.set(blocks.subarray(index * SUBKEY_BLOCK_LENGTH, (index + 1) * SUBKEY_BLOCK_LENGTH), at);
    const subkey = subkeys.subarray(index * SUBKEY_LENGTH, (index + 1) * SUBKEY_LENGTH);
    sealSegments(subkey, plaintext, target, at + SUBKEY_BLOCK_LENGTH);
    subkey.fill(0);
    return at + sealedLength(plaintext.length);
  };
}

/**
 * Opens sealed blobs, each once, which lie in `bytes` one behind the other: blob `index`, whose sealed length some plaintext has, to the begin
 * of `target`; and returns whether it authenticates. Their subkeys are unwrapped together.
 */
export function batchOpener(
  archiveKey: Uint8Array,
  { bytes, lengths }: { readonly bytes: Uint8Array; readonly lengths: ArrayLike<number> },
): (sealed: Uint8Array, index: number, target: Uint8Array) => boolean {
  const blocks = new Uint8Array(lengths.length * SUBKEY_BLOCK_LENGTH);
  for (let index = 0, at = 0; index < lengths.length; at += lengths[index++] ?? 0) {
    const length = Math.min(SUBKEY_BLOCK_LENGTH, lengths[index] ?? 0);
    blocks.set(bytes.subarray(at, at + length), index * SUBKEY_BLOCK_LENGTH);
  }
  const { keys, intact } = unwrapKeys(archiveKey, blocks);
  return (sealed, index, target) => {
    const subkey = keys.subarray(index * SUBKEY_LENGTH, (index + 1) * SUBKEY_LENGTH);
    const isOpen = intact[index] === 1 && openSegments(subkey, sealed, target);
    subkey.fill(0);
    return isOpen;
  };
}

function runningSealer(archiveKey: Uint8Array): RunningSealer {
  const subkey = random.take(SUBKEY_LENGTH);
  let room = new Uint8Array(0);
  const update = (piece: Uint8Array): Uint8Array => {
    const length = sealedLength(piece.length) - SUBKEY_BLOCK_LENGTH;
    if (length > room.length) room = new Uint8Array(length);
    sealSegments(subkey, piece, room, 0);
    return room.subarray(0, length);
  };
  const end = (piece: Uint8Array): Uint8Array => {
    const sealed = update(piece);
    subkey.fill(0);
    return sealed;
  };
  return { head: wrapKeys(archiveKey, subkey), update, end };
}

/** Seals `plaintext` in segments to `target[at…]`. */
function sealSegments(subkey: Uint8Array, plaintext: Uint8Array, target: Uint8Array, at: number): void {
  if (plaintext.length === 0) return;
  if (plaintext.length < HARDWARE_SIZE_LEAST) {
    const nonce = random.take(NONCE_LENGTH);
    target.set(nonce, at);
    aes256GcmSiv.useKey(subkey);
    aes256GcmSiv.seal(nonce, plaintext, target, at + NONCE_LENGTH);
  } else {
    const count = Math.ceil(plaintext.length / SEGMENT_SIZE);
    const nonces = Array.from({ length: count }, () => random.take(NONCE_LENGTH));
    let from = 0;
    let to = at;
    for (const { nonce, authentication, encryption } of messageKeys(subkey, nonces)) {
      const text = plaintext.subarray(from, from + SEGMENT_SIZE);
      target.set(nonce, to);
      const cipher = blockEncryption(encryption);
      aes256GcmSiv.sealWith(cipher, authentication, nonce, text, target, to + NONCE_LENGTH);
      from += SEGMENT_SIZE;
      to += SEALED_SEGMENT_LENGTH;
    }
  }
  aes256GcmSiv.wipeSecrets();
}

/** Opens the segments of `sealed` to the begin of `target`. Returns whether every one is authentic. */
function openSegments(subkey: Uint8Array, sealed: Uint8Array, target: Uint8Array): boolean {
  const size = openedSize(sealed.length) ?? 0;
  if (size === 0) return true;
  let isIntact = true;
  if (size < HARDWARE_SIZE_LEAST) {
    const nonce = sealed.subarray(SUBKEY_BLOCK_LENGTH, SUBKEY_BLOCK_LENGTH + NONCE_LENGTH);
    aes256GcmSiv.useKey(subkey);
    isIntact = aes256GcmSiv.open(nonce, sealed.subarray(SUBKEY_BLOCK_LENGTH + NONCE_LENGTH), target, 0);
  } else {
    const nonces = Array.from({ length: Math.ceil(size / SEGMENT_SIZE) }, (_, index) => {
      const start = SUBKEY_BLOCK_LENGTH + index * SEALED_SEGMENT_LENGTH;
      return sealed.subarray(start, start + NONCE_LENGTH);
    });
    let from = SUBKEY_BLOCK_LENGTH + NONCE_LENGTH;
    let to = 0;
    for (const { nonce, authentication, encryption } of messageKeys(subkey, nonces)) {
      const text = sealed.subarray(from, from + SEGMENT_SIZE + TAG_LENGTH);
      isIntact = aes256GcmSiv.openWith(blockEncryption(encryption), authentication, nonce, text, target, to);
      if (!isIntact) break;
      from += SEALED_SEGMENT_LENGTH;
      to += SEGMENT_SIZE;
    }
  }
  aes256GcmSiv.wipeSecrets();
  return isIntact;
}

function messageKeys(subkey: Uint8Array, nonces: readonly Uint8Array[]): readonly aes256GcmSiv.MessageKeys[] {
  return aes256GcmSiv.deriveMessageKeys(blockEncryption(subkey), nonces);
}
