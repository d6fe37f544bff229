/**
 * Sealing: how bytes are encrypted under the archive key.
 *
 * | offset | bytes | content |
 * |---|---|---|
 * | 0 | 40 | a random 32-byte subkey, wrapped with AES-256-KW (RFC 3394) under the archive key |
 * | 40 | 12 + n + 16 | segment: nonce, ciphertext of n ≤ 65 536 bytes, tag; AES-256-GCM-SIV (RFC 8452), no additional data |
 * | … | | every segment but the last holds 65 536 bytes of plaintext; empty plaintext has no segment |
 *
 * Segments carry neither index nor final flag: order and completeness are protected by the blob's id, a keyed MAC of the
 * plaintext, which every reader must compare. This file is the portable implementation; platforms may have faster ones.
 * Source: specification "Sealing".
 */
import { gcmsiv, aeskw } from '@noble/ciphers/aes.js';
import { IntegrityError } from '../errors.ts';
import { concatBytes } from './bytes.ts';
import type { RunningSealer, Sealer } from './ports.ts';

/** Bytes of plaintext in a segment. */
export const SEGMENT_SIZE = 64 * 1024;
/** Bytes of a wrapped subkey. */
export const SUBKEY_BLOCK_LENGTH = 40;
const SUBKEY_LENGTH = 32;
const NONCE_LENGTH = 12;
/** Bytes that a segment adds: nonce and tag. */
export const SEGMENT_OVERHEAD = NONCE_LENGTH + 16;

/** Bytes of the sealed form of `size` bytes. */
export function sealedLength(size: number): number {
  return SUBKEY_BLOCK_LENGTH + size + Math.ceil(size / SEGMENT_SIZE) * SEGMENT_OVERHEAD;
}

/** Bytes of the plaintext of `length` sealed bytes, or undefined where no plaintext has that sealed length. */
export function openedSize(length: number): number | undefined {
  const segments = length - SUBKEY_BLOCK_LENGTH;
  const whole = Math.floor(segments / (SEGMENT_SIZE + SEGMENT_OVERHEAD));
  const rest = segments - whole * (SEGMENT_SIZE + SEGMENT_OVERHEAD);
  if (segments < 0 || (rest > 0 && rest <= SEGMENT_OVERHEAD)) return undefined;
  return whole * SEGMENT_SIZE + Math.max(0, rest - SEGMENT_OVERHEAD);
}

/** @throws IntegrityError INTEGRITY_SEAL, always; says nothing about why */
export function sealBroken(cause?: unknown): never {
  throw new IntegrityError(
    'INTEGRITY_SEAL',
    'sealed data does not open: the archive was changed or is damaged',
    {
      section: 'Sealing',
      cause,
    },
  );
}

/** A {@link Sealer} in portable TypeScript under the 32-byte `archiveKey`. */
export function portableSealer(archiveKey: Uint8Array, randomBytes: (length: number) => Uint8Array): Sealer {
  const begin = (): RunningSealer => {
    const subkey = randomBytes(SUBKEY_LENGTH);
    const update = (piece: Uint8Array): Uint8Array => {
      const sealed = new Uint8Array(sealedLength(piece.length) - SUBKEY_BLOCK_LENGTH);
      let offset = 0;
      for (let start = 0; start < piece.length; start += SEGMENT_SIZE) {
        const nonce = randomBytes(NONCE_LENGTH);
        const segment = gcmsiv(subkey, nonce).encrypt(piece.subarray(start, start + SEGMENT_SIZE));
        sealed.set(nonce, offset);
        sealed.set(segment, offset + NONCE_LENGTH);
        offset += NONCE_LENGTH + segment.length;
      }
      return sealed;
    };
    const end = (piece: Uint8Array): Uint8Array => {
      const sealed = update(piece);
      subkey.fill(0);
      return sealed;
    };
    // noble's instances encrypt once.
    return { head: aeskw(archiveKey).encrypt(subkey), update, end };
  };
  return {
    begin,
    seal: (plaintext) => {
      const running = begin();
      return concatBytes([running.head, running.end(plaintext)]);
    },
    open: (sealed) => {
      const size = openedSize(sealed.length);
      if (size === undefined) sealBroken();
      const plaintext = new Uint8Array(size);
      try {
        const subkey = aeskw(archiveKey).decrypt(sealed.subarray(0, SUBKEY_BLOCK_LENGTH));
        let offset = SUBKEY_BLOCK_LENGTH;
        for (let start = 0; start < size; start += SEGMENT_SIZE) {
          const end = Math.min(sealed.length, offset + SEGMENT_SIZE + SEGMENT_OVERHEAD);
          const nonce = sealed.subarray(offset, offset + NONCE_LENGTH);
          plaintext.set(gcmsiv(subkey, nonce).decrypt(sealed.subarray(offset + NONCE_LENGTH, end)), start);
          offset = end;
        }
        subkey.fill(0);
      } catch (cause) {
        sealBroken(cause);
      }
      return plaintext;
    },
  };
}
