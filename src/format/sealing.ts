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
 * plaintext, which every reader must compare. Source: specification "Sealing".
 */
import { IntegrityError } from '../errors.ts';

/** Bytes of plaintext in a segment. */
export const SEGMENT_SIZE = 64 * 1024;
/** Bytes of a wrapped subkey. */
export const SUBKEY_BLOCK_LENGTH = 40;
/** Bytes of a segment's nonce. */
export const NONCE_LENGTH = 12;
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
