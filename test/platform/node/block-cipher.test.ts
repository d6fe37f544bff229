import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { blockDecryption, blockEncryption } from '../../../src/platform/node/block-cipher.ts';

const BLOCK_LENGTH = 16;
const SEGMENT_LENGTH = 64 * 1024;

describe('AES-256 of blocks in place', () => {
  const key = randomBytes(32);

  for (const count of [1, 63, 64, 65, 4096]) {
    it(`encrypts ${count} blocks as node:crypto does, and decrypts them`, () => {
      const plaintext = randomBytes(count * BLOCK_LENGTH);
      const blocks = Uint8Array.from(plaintext);
      blockEncryption(key)(blocks);
      const expected = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(plaintext);
      assert.deepEqual(blocks, new Uint8Array(expected));
      blockDecryption(key)(blocks);
      assert.deepEqual(blocks, new Uint8Array(plaintext));
    });
  }

  it('keeps to its part of a buffer', () => {
    const room = new Uint8Array(SEGMENT_LENGTH);
    blockEncryption(key)(room.subarray(BLOCK_LENGTH, 2 * BLOCK_LENGTH));
    assert.ok(room.subarray(0, BLOCK_LENGTH).every((byte) => byte === 0));
    assert.ok(room.subarray(BLOCK_LENGTH, 2 * BLOCK_LENGTH).some((byte) => byte !== 0));
    assert.ok(room.subarray(2 * BLOCK_LENGTH).every((byte) => byte === 0));
  });

  it('leaves no memory behind that waits for the garbage collector', () => {
    const blocks = new Uint8Array(SEGMENT_LENGTH);
    const encrypt = blockEncryption(key);
    encrypt(blocks);
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < 64; turn++) encrypt(blocks);
    const left = process.memoryUsage().arrayBuffers - before;
    assert.ok(left < SEGMENT_LENGTH, `${left} bytes are left of 64 calls`);
  });
});
