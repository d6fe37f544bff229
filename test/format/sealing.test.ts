/** Sealing: RFC 3394 and RFC 8452 through the sealer itself, then what it must notice and what it cannot. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../src/format/bytes.ts';
import {
  openedSize,
  sealedLength,
  SEGMENT_OVERHEAD,
  SEGMENT_SIZE,
  SUBKEY_BLOCK_LENGTH,
} from '../../src/format/sealing.ts';
import { randomBytes } from '../../src/format/portable-primitives.ts';
import { portableSealer } from '../../src/format/portable-sealer.ts';
import { generatedBytes } from './generated-bytes.ts';
import { withCode } from './expected-error.ts';

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const sealer = portableSealer(key, randomBytes);

/** Hands out `values` one after the other. */
function scripted(values: readonly Uint8Array[]): (length: number) => Uint8Array {
  const left = [...values];
  return (length) => {
    const value = left.shift();
    assert.equal(value?.length, length);
    return value.slice();
  };
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('sealing', () => {
  it('wraps the subkey as RFC 3394 §4.6', () => {
    const subkey = hex('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f');
    const sealed = portableSealer(key, scripted([subkey])).seal(new Uint8Array());
    assert.equal(
      toHex(sealed),
      '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
    );
  });

  it('encrypts a segment as RFC 8452 §C.2', () => {
    const subkey = hex('01' + '00'.repeat(31));
    const nonce = hex('03' + '00'.repeat(11));
    const cases = [
      ['0100000000000000', 'c2ef328e5c71c83b843122130f7364b761e0b97427e3df28'],
      ['010000000000000000000000', '9aab2aeb3faa0a34aea8e2b18ca50da9ae6559e48fd10f6e5c9ca17e'],
    ] as const;
    for (const [plain, expected] of cases) {
      const sealed = portableSealer(key, scripted([subkey, nonce])).seal(hex(plain));
      assert.equal(toHex(sealed.subarray(SUBKEY_BLOCK_LENGTH + 12)), expected);
      assert.equal(toHex(sealer.open(sealed)), plain);
    }
  });

  it('gives back what was sealed, around every segment border', () => {
    for (const size of [0, 1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE, 150_000]) {
      const plain = generatedBytes('noise', 7, size);
      const sealed = sealer.seal(plain);
      assert.equal(sealed.length, sealedLength(size));
      assert.equal(openedSize(sealed.length), size);
      assert.equal(Buffer.compare(sealer.open(sealed), plain), 0);
    }
  });

  it('knows the size of the plaintext from the sealed length alone', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (length) => {
        const size = openedSize(length);
        if (size !== undefined) assert.equal(sealedLength(size), length);
      }),
      { numRuns: 5000 },
    );
    for (const length of [0, 39, 41, 40 + SEGMENT_OVERHEAD, 40 + SEGMENT_SIZE + SEGMENT_OVERHEAD + 28]) {
      assert.equal(openedSize(length), undefined, String(length));
    }
    assert.equal(openedSize(40), 0);
    assert.equal(openedSize(69), 1);
  });

  it('never seals alike twice', () => {
    const plain = new Uint8Array(100);
    assert.notEqual(toHex(sealer.seal(plain)), toHex(sealer.seal(plain)));
  });

  it('notices a flipped bit anywhere', () => {
    const sealed = sealer.seal(generatedBytes('text', 3, 50));
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      assert.throws(() => sealer.open(flipped), withCode('INTEGRITY_SEAL'), `byte ${at}`);
    }
  });

  it('notices a missing byte, a wrong key, and a subkey of another blob', () => {
    const [one, two] = [sealer.seal(new Uint8Array(50)), sealer.seal(new Uint8Array(50))];
    for (let length = 0; length < one.length; length++) {
      if (length === SUBKEY_BLOCK_LENGTH) continue;
      assert.throws(() => sealer.open(one.subarray(0, length)), withCode('INTEGRITY_SEAL'));
    }
    assert.throws(
      () => portableSealer(new Uint8Array(32), randomBytes).open(one),
      withCode('INTEGRITY_SEAL'),
    );
    assert.throws(
      () =>
        sealer.open(concatBytes([one.subarray(0, SUBKEY_BLOCK_LENGTH), two.subarray(SUBKEY_BLOCK_LENGTH)])),
      withCode('INTEGRITY_SEAL'),
    );
  });

  it('cannot notice whole segments that are dropped, repeated or swapped: the id does', () => {
    const plain = generatedBytes('noise', 5, 2 * SEGMENT_SIZE);
    const sealed = sealer.seal(plain);
    const first = sealed.subarray(SUBKEY_BLOCK_LENGTH, SUBKEY_BLOCK_LENGTH + SEGMENT_SIZE + SEGMENT_OVERHEAD);
    const second = sealed.subarray(SUBKEY_BLOCK_LENGTH + SEGMENT_SIZE + SEGMENT_OVERHEAD);
    const subkey = sealed.subarray(0, SUBKEY_BLOCK_LENGTH);
    const opened = (...segments: Uint8Array[]): Uint8Array => sealer.open(concatBytes([subkey, ...segments]));
    assert.equal(opened().length, 0);
    assert.equal(Buffer.compare(opened(first), plain.subarray(0, SEGMENT_SIZE)), 0);
    assert.equal(opened(first, first, second).length, 3 * SEGMENT_SIZE);
    assert.notEqual(Buffer.compare(opened(second, first), plain), 0);
  });
});
