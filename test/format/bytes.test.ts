/** Byte strings: names that are not UTF-8 come back byte by byte, and their order is that of the bytes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareBytes,
  compareUtf8,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  fromHex,
  toHex,
} from '../../src/format/bytes.ts';

/** Bytes as file names have them: UTF-8, Latin-1, cut sequences, surrogates in UTF-8, overlong forms. */
const names = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
  fc
    .array(
      fc.constantFrom(
        '61',
        'c3a9',
        'c3',
        'a9',
        'e282ac',
        'e282',
        'f09f9880',
        'f09f98',
        'eda080',
        'c080',
        'ff',
        'f4908080',
      ),
      { maxLength: 12 },
    )
    .map((parts) => new Uint8Array(Buffer.from(parts.join(''), 'hex'))),
);

describe('bytes', () => {
  it('decodes any name so that it encodes to the same bytes', () => {
    fc.assert(
      fc.property(names, (name) => {
        assert.equal(toHex(encodeUtf8(decodeUtf8(name))), toHex(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('decodes UTF-8 as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(decodeUtf8(new TextEncoder().encode(text)), text.toWellFormed());
      }),
    );
    assert.equal(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
  });

  it('escapes each byte that is not UTF-8 as one lone surrogate', () => {
    assert.equal(decodeUtf8(Uint8Array.of(0x61, 0xff, 0xc3, 0x62)), 'a\udcff\udcc3b');
  });

  it('escapes a long name byte by byte, characters outside the plane included', () => {
    const piece = [0xff, 0x61, 0xf0, 0x9f, 0x98, 0x80, 0xf0, 0x9f, 0xed, 0xa0, 0x80];
    const name = Uint8Array.from({ length: piece.length * 5000 }, (_, index) => piece[index % piece.length]!);
    const text = decodeUtf8(name);
    assert.equal(text.slice(0, 9), '\udcffa\u{1f600}\udcf0\udc9f\udced\udca0\udc80');
    assert.ok(equalBytes(encodeUtf8(text), name));
  });

  it('orders texts as memcmp orders their bytes', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const expected = Math.sign(Buffer.compare(a, b));
        assert.equal(Math.sign(compareBytes(a, b)), expected);
        assert.equal(Math.sign(compareUtf8(decodeUtf8(a), decodeUtf8(b))), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('orders astral characters above U+FFFF after the rest of the plane, unlike UTF-16', () => {
    assert.ok(compareUtf8('\u{10000}', '\uffff') > 0);
    assert.deepEqual(['\uffff', '\u{10000}'].sort(), ['\u{10000}', '\uffff']);
  });

  it('compares and joins', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
        assert.equal(equalBytes(a, a.slice()), true);
        assert.deepEqual(Buffer.from(concatBytes([a, b])), Buffer.concat([a, b]));
      }),
    );
  });

  it('reads and writes hex', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
        assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
      }),
    );
    for (const hex of ['0', 'gg', '0x', '00 ']) assert.equal(fromHex(hex), undefined);
  });
});
