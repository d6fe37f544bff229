/** The BLAKE3 kernel against the official vectors and against noble, in one go and in pieces, several hashes at a time. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { blake3 } from '@noble/hashes/blake3.js';
import fc from 'fast-check';
import { Blake3 } from '../../src/kernels/index.ts';
import { generatedBytes } from '../format/generated-bytes.ts';

const vectors = JSON.parse(readFileSync(new URL('vectors/blake3.json', import.meta.url), 'utf8')) as {
  readonly key: string;
  readonly cases: readonly {
    readonly inputLength: number;
    readonly hash: string;
    readonly keyedHash: string;
  }[];
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Hashes `bytes` in pieces of the given lengths, over and over; of every `apart`th piece the subtrees are computed apart. */
function hashInPieces(
  algorithm: Blake3,
  bytes: Uint8Array,
  lengths: readonly number[],
  apart = Infinity,
): Uint8Array {
  const hasher = algorithm.begin();
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (lengths[turn % lengths.length] ?? 1);
    const piece = bytes.subarray(start, end);
    const isApart = turn % apart === apart - 1;
    hasher.update(piece, isApart ? algorithm.subtrees(piece, start) : undefined);
    start = end;
  }
  return hasher.digest();
}

describe('BLAKE3 kernel', () => {
  const key = new TextEncoder().encode(vectors.key);

  for (const { inputLength, hash, keyedHash } of vectors.cases) {
    it(`official vector of ${inputLength} bytes`, () => {
      const input = Uint8Array.from({ length: inputLength }, (_, index) => index % 251);
      assert.equal(hex(new Blake3().hash(input)), hash);
      assert.equal(hex(new Blake3(key).hash(input)), keyedHash);
    });
  }

  it('equals noble for every length up to 5000', () => {
    const bytes = generatedBytes('noise', 1, 5000);
    const algorithm = new Blake3(key);
    for (let length = 0; length <= bytes.length; length += length < 200 ? 1 : 37) {
      const input = bytes.subarray(0, length);
      assert.equal(hex(algorithm.hash(input)), hex(blake3(input, { key })), `${length} bytes`);
    }
  });

  it('equals noble around subtrees of 64 KiB', () => {
    const bytes = generatedBytes('noise', 2, (9 << 16) + 1);
    for (const subtrees of [1, 2, 3, 4, 7, 8, 9]) {
      for (const more of [-1, 0, 1]) {
        const input = bytes.subarray(0, (subtrees << 16) + more);
        assert.equal(hex(new Blake3().hash(input)), hex(blake3(input)), `${input.length} bytes`);
      }
    }
  });

  it('does not depend on the pieces', () => {
    const bytes = generatedBytes('noise', 3, 300_000);
    const whole = hex(blake3(bytes, { key }));
    const algorithm = new Blake3(key);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 }),
        (lengths) => {
          const large = lengths.map((length, index) => (index === 0 ? length + 500 : length));
          assert.equal(hex(hashInPieces(algorithm, bytes, large)), whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not depend on which subtrees are computed apart', () => {
    const bytes = generatedBytes('noise', 5, 12 << 16);
    const inputs = [0, 1, 1 << 16, 300_000].map((start) => bytes.subarray(start));
    const hashes = inputs.map((input) => hex(blake3(input, { key })));
    const lengthOf = fc.oneof(
      fc.integer({ min: 500, max: 400_000 }),
      fc.constantFrom(1 << 16, 2 << 16, 3 << 16),
    );
    const lengths = fc.array(lengthOf, { minLength: 1, maxLength: 6 });
    const algorithm = new Blake3(key);
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 3 }), fc.nat(3), (pieces, apart, which) => {
        assert.equal(hex(hashInPieces(algorithm, inputs[which]!, pieces, apart)), hashes[which]);
      }),
      { numRuns: 200 },
    );
  });

  it('computes apart only what lies in the bytes as a whole', () => {
    const bytes = generatedBytes('noise', 6, 5 << 16);
    const algorithm = new Blake3(key);
    const countOf = (length: number, at: number): number =>
      algorithm.subtrees(bytes.subarray(0, length), at).length / 32;
    assert.deepEqual(
      [countOf(0, 0), countOf(65_535, 0), countOf(65_536, 0), countOf(65_536, 1), countOf(131_071, 1)],
      [0, 0, 1, 0, 1],
    );
    assert.deepEqual([countOf(100, 65_500), countOf(3 << 16, 5), countOf(5 << 16, 2 ** 40)], [0, 2, 5]);
  });

  it('keeps hashes that are under way apart', () => {
    const bytes = generatedBytes('noise', 4, 200_000);
    const plain = new Blake3().begin();
    const keyed = new Blake3(key).begin();
    for (let start = 0; start < bytes.length; start += 30_000) {
      plain.update(bytes.subarray(start, start + 30_000));
      keyed.update(bytes.subarray(start, start + 30_000));
      new Blake3(key).hash(bytes.subarray(0, 3000));
    }
    assert.equal(hex(plain.digest()), hex(blake3(bytes)));
    assert.equal(hex(keyed.digest()), hex(blake3(bytes, { key })));
  });

  it('keeps its own copy of what it has not hashed yet', () => {
    const buffer = generatedBytes('noise', 5, 1000);
    const expected = hex(blake3(buffer));
    const hasher = new Blake3().begin();
    hasher.update(buffer);
    buffer.fill(0);
    assert.equal(hex(hasher.digest()), expected);
  });

  it('refuses keys of another length', () => {
    assert.throws(() => new Blake3(new Uint8Array(31)), RangeError);
  });
});
