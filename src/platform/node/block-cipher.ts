/**
 * AES-256 of node:crypto on single blocks, in place. Each call of node:crypto makes memory for its result, which V8 looks for late: sealing a
 * state of 100 MB would leave tens of megabytes behind, and threads that decode large chunks would stop for it again and again.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { aes256GcmSiv } from '../../kernels/index.ts';

/** Bytes from which giving memory back at once takes less time than leaving it. */
const GIVEN_BACK_LENGTH_LEAST = 1024;

/** AES-256-ECB under the 32-byte `key`. Leaves no copy of what it made. */
export function blockEncryption(key: Uint8Array): aes256GcmSiv.BlockCipher {
  return inPlace(createCipheriv('aes-256-ecb', key, null).setAutoPadding(false));
}

/** Inverse of {@link blockEncryption}. */
export function blockDecryption(key: Uint8Array): aes256GcmSiv.BlockCipher {
  return inPlace(createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false));
}

function inPlace(cipher: { update(blocks: Uint8Array): Buffer }): aes256GcmSiv.BlockCipher {
  return (blocks) => {
    const made = cipher.update(blocks);
    blocks.set(made);
    made.fill(0);
    // What others have a part of cannot be given away.
    const isAlone = made.length === made.buffer.byteLength;
    if (made.length >= GIVEN_BACK_LENGTH_LEAST && isAlone) giveBack(made.buffer);
  };
}

const { port1: closedPort } = new MessageChannel();
closedPort.close();

/** Frees the memory of `buffer`: what is posted to a port goes with it, and of one that is closed nobody gets it. */
function giveBack(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) closedPort.postMessage(undefined, [buffer]);
}
