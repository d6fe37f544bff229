import assert from 'node:assert/strict';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeGzip, encodeGzip } from '../../src/format/gzip.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .tuple(fc.constantFrom('zeros' as const, 'noise' as const, 'text' as const), fc.nat(200_000))
    .map(([kind, size]) => generatedBytes(kind, 7, size)),
);

describe('portable GZIP', () => {
  it('is read by zlib and reads what zlib writes', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 0, max: 9 }), (plain, level) => {
        assert.deepEqual(Uint8Array.from(gunzipSync(encodeGzip(plain))), plain);
        const strategy = level === 9 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY;
        assert.deepEqual(decodeGzip(gzipSync(plain, { level, strategy }), plain.length), plain);
      }),
      { numRuns: 60 },
    );
  });

  it('gives equal bytes for equal content, whenever that is', () => {
    const plain = generatedBytes('text', 3, 5000);
    assert.deepEqual(encodeGzip(plain), encodeGzip(plain.slice()));
    assert.deepEqual([...encodeGzip(plain).subarray(4, 8)], [0, 0, 0, 0]);
  });

  it('stops at the limit, long before a bomb has gone off', () => {
    const bomb = gzipSync(new Uint8Array(200_000_000));
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(() => decodeGzip(bomb, 1_000_000), withCode('FORMAT_LIMIT'));
    assert.ok(process.memoryUsage().arrayBuffers - before < 100_000_000);
    assert.throws(() => decodeGzip(gzipSync(new Uint8Array(10)), 9), withCode('FORMAT_LIMIT'));
  });

  it('refuses what was changed, cut or added to', () => {
    const plain = generatedBytes('text', 5, 3000);
    const compressed = gzipSync(plain);
    fc.assert(
      fc.property(fc.nat(compressed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        // Of the flags FTEXT, and time, flags of the compressor and system, say nothing about the content.
        fc.pre(at < 3 || at > 9);
        const changed = Uint8Array.from(compressed);
        changed[at] = changed[at]! ^ flip;
        assert.throws(
          () => assert.notDeepEqual(decodeGzip(changed, 10_000), plain),
          withCode('FORMAT_COMPRESSION'),
        );
      }),
    );
    for (let length = 0; length < compressed.length; length += 7) {
      assert.throws(() => decodeGzip(compressed.subarray(0, length), 10_000), withCode('FORMAT_COMPRESSION'));
    }
    const extended = Buffer.concat([compressed, Buffer.from('more bytes')]);
    assert.throws(() => decodeGzip(extended, 10_000), withCode('FORMAT_COMPRESSION'));
  });
});
