/** Seals and opens in portable TypeScript on noble; platforms may have faster ones. Layout: `sealing.ts`. */
import { gcmsiv, aeskw } from '@noble/ciphers/aes.js';
import { concatBytes } from './bytes.ts';
import type { RunningSealer, Sealer } from './ports.ts';
import {
  NONCE_LENGTH,
  openedSize,
  sealBroken,
  sealedLength,
  SEGMENT_OVERHEAD,
  SEGMENT_SIZE,
  SUBKEY_BLOCK_LENGTH,
} from './sealing.ts';

const SUBKEY_LENGTH = 32;

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
