/** Key wrap of many keys at once: the vector of RFC 3394, and noble's for every number of keys around the switch of method. */
import assert from 'node:assert/strict';
import { aeskw } from '@noble/ciphers/aes.js';
import { unwrapKeys, wrapKeys } from '../../../src/platform/node/key-wrap.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';

const COUNTS = [0, 1, 7, 8, 9, 300];

describe('key wrap of many keys', () => {
  it('gives the vector of RFC 3394 §4.6 for each', () => {
    const wrappingKey = Buffer.from(
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      'hex',
    );
    const key = '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f';
    const wrapped = '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21';
    for (const count of COUNTS) {
      const keys = Buffer.from(key.repeat(count), 'hex');
      assert.equal(Buffer.from(wrapKeys(wrappingKey, keys)).toString('hex'), wrapped.repeat(count));
      assert.equal(keys.toString('hex'), key.repeat(count));
    }
  });

  it('wraps as noble does, and unwraps that', () => {
    const wrappingKey = generatedBytes('noise', 1, 32);
    for (const count of COUNTS) {
      const keys = generatedBytes('noise', count, 32 * count);
      const wrapped = wrapKeys(wrappingKey, keys);
      for (let index = 0; index < count; index++) {
        const key = keys.subarray(32 * index, 32 * index + 32);
        const one = wrapped.subarray(40 * index, 40 * index + 40);
        assert.equal(Buffer.compare(aeskw(wrappingKey).encrypt(key), one), 0, `${index} of ${count}`);
      }
      const unwrapped = unwrapKeys(wrappingKey, wrapped);
      assert.equal(Buffer.compare(unwrapped.keys, keys), 0);
      assert.ok(unwrapped.intact.every((one) => one === 1));
    }
  });

  it('says which were changed, whatever bit it was', () => {
    const wrappingKey = generatedBytes('noise', 2, 32);
    const wrapped = wrapKeys(wrappingKey, generatedBytes('noise', 3, 32 * 320));
    for (let bit = 0; bit < 320; bit += 2) wrapped[40 * bit + (bit >> 3)]! ^= 1 << (bit & 7);
    const { intact } = unwrapKeys(wrappingKey, wrapped);
    assert.deepEqual(
      [...intact],
      Array.from(intact, (_, index) => index % 2),
    );
  });
});
