/** The msgpack codec: every width as the reference writes it, the shortest, and nothing else read. Goal: two byte strings at most for each value. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../src/format/bytes.ts';
import { MSGPACK_DEPTH_MAX } from '../../src/format/limits.ts';
import { MsgpackReader } from '../../src/format/msgpack-reader.ts';
import { MsgpackWriter } from '../../src/format/msgpack-writer.ts';
import type { Timestamp } from '../../src/format/timestamp.ts';
import { INT_FORMS } from './int-forms.ts';
import { withCode } from './expected-error.ts';

function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.take();
}

function readerOf(bytes: Uint8Array | string): MsgpackReader {
  return new MsgpackReader(typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes, 'test');
}

function readWhole<T>(bytes: Uint8Array | string, read: (reader: MsgpackReader) => T): T {
  const reader = readerOf(bytes);
  const value = read(reader);
  reader.end();
  return value;
}

const TIME_FORMS: readonly (readonly [time: Timestamp, hex: string])[] = [
  [{ seconds: 0n, nanoseconds: 0 }, 'd6ff00000000'],
  [{ seconds: 0xffff_ffffn, nanoseconds: 0 }, 'd6ffffffffff'],
  [{ seconds: 0x1_0000_0000n, nanoseconds: 0 }, 'd7ff0000000100000000'],
  [{ seconds: 1n, nanoseconds: 1 }, 'd7ff0000000400000001'],
  [{ seconds: 0x3_ffff_ffffn, nanoseconds: 999_999_999 }, 'd7ffee6b27ffffffffff'],
  [{ seconds: 0x4_0000_0000n, nanoseconds: 0 }, 'c70cff000000000000000400000000'],
  [{ seconds: -1n, nanoseconds: 5 }, 'c70cff00000005ffffffffffffffff'],
];

describe('msgpack', () => {
  it('writes unsigned integers in their full width', () => {
    assert.equal(toHex(written((w) => w.u8(1))), 'cc01');
    assert.equal(toHex(written((w) => w.u16(1))), 'cd0001');
    assert.equal(toHex(written((w) => w.u32(1))), 'ce00000001');
    assert.equal(toHex(written((w) => w.u64(1))), 'cf0000000000000001');
    assert.equal(toHex(written((w) => w.u64(2n ** 64n - 1n))), 'cfffffffffffffffff');
    assert.equal(toHex(written((w) => w.i64(-1))), 'd3ffffffffffffffff');
    assert.equal(toHex(written((w) => w.f64(1.5))), 'cb3ff8000000000000');
  });

  it('reads an integer in its own width or the shortest only', () => {
    assert.equal(
      readWhole('cc07', (r) => r.u8()),
      7,
    );
    const wrong: readonly (readonly [hex: string, read: (r: MsgpackReader) => unknown])[] = [
      ['cd0007', (r) => r.u8()],
      ['cd0100', (r) => r.u8()],
      ['ff', (r) => r.u8()],
      ['cc07', (r) => r.u16()],
      ['ce00010000', (r) => r.u16()],
      ['cd0007', (r) => r.u32()],
      ['cf0000000100000000', (r) => r.u32()],
      ['ce00000007', (r) => r.u64()],
      ['ce00000007', (r) => r.u64Number()],
      ['d0df', (r) => r.u64()],
      ['cf0000000000000007', (r) => r.i64()],
      ['cf8000000000000000', (r) => r.i64()],
      ['d2ffffff00', (r) => r.i64Number()],
      ['d30000000000000007', (r) => r.u64Number()],
      ['01', (r) => r.f64()],
      ['c0', (r) => r.bool()],
      ['c4', (r) => r.str()],
      ['a0', (r) => r.bin()],
    ];
    for (const [hex, read] of wrong) {
      assert.throws(() => readWhole(hex, read), withCode('FORMAT_ENCODING'), hex);
    }
  });

  for (const [value, hex] of INT_FORMS) {
    it(`has one form of the int ${value}`, () => {
      assert.equal(toHex(written((w) => w.int(value))), hex);
      assert.equal(
        readWhole(hex, (r) => r.int()),
        value,
      );
    });
  }

  it('refuses longer forms of an int', () => {
    for (const hex of ['cc7f', 'cd00ff', 'ce0000ffff', 'd0e0', 'd1ff80', 'd2ffff8000', 'd001']) {
      assert.throws(() => readWhole(hex, (r) => r.int()), withCode('FORMAT_ENCODING'), hex);
    }
  });

  it('refuses an int in eight bytes that has a shorter form', () => {
    for (const hex of ['cf00000000ffffffff', 'd3ffffffff80000000', 'd30000000000000001']) {
      assert.throws(() => readWhole(hex, (r) => r.int()), withCode('FORMAT_ENCODING'), hex);
    }
  });

  it('keeps numbers within 2^53', () => {
    assert.throws(() => readWhole('cf0020000000000000', (r) => r.u64Number()), withCode('FORMAT_LIMIT'));
    assert.throws(() => readWhole('d3ffe0000000000000', (r) => r.i64Number()), withCode('FORMAT_LIMIT'));
    assert.equal(
      readWhole('d3ffe0000000000001', (r) => r.i64Number()),
      -Number.MAX_SAFE_INTEGER,
    );
  });

  for (const [time, hex] of TIME_FORMS) {
    it(`writes ${time.seconds} s ${time.nanoseconds} ns as the reference`, () => {
      assert.equal(toHex(written((w) => w.time(time))), hex);
      assert.deepEqual(
        readWhole(hex, (r) => r.time()),
        time,
      );
    });
  }

  it('refuses foreign extensions and impossible nanoseconds', () => {
    for (const hex of [
      'd6fe00000000',
      'd7000000000000000000',
      'c708ff0000000000000000',
      'd7ffee6b280000000000',
      'c70cff3b9aca000000000000000000',
      'd4ff00',
    ]) {
      assert.throws(() => readWhole(hex, (r) => r.time()), withCode('FORMAT_ENCODING'), hex);
    }
  });

  it('gives back every string and byte string, in the shortest head', () => {
    const heads: readonly (readonly [length: number, str: string, bin: string])[] = [
      [0, 'a0', 'c400'],
      [31, 'bf', 'c41f'],
      [32, 'd920', 'c420'],
      [255, 'd9ff', 'c4ff'],
      [256, 'da0100', 'c50100'],
      [65_535, 'daffff', 'c5ffff'],
      [65_536, 'db00010000', 'c600010000'],
    ];
    for (const [length, str, bin] of heads) {
      const text = written((w) => w.str('x'.repeat(length)));
      assert.equal(toHex(text.subarray(0, str.length / 2)), str);
      assert.equal(readWhole(text, (r) => r.str()).length, length);
      const bytes = written((w) => w.bin(new Uint8Array(length)));
      assert.equal(toHex(bytes.subarray(0, bin.length / 2)), bin);
      assert.equal(readWhole(bytes, (r) => r.bin()).length, length);
    }
  });

  it('refuses heads that are not the shortest', () => {
    const wrong: readonly (readonly [hex: string, read: (r: MsgpackReader) => unknown])[] = [
      ['d901' + '61', (r) => r.str()],
      ['da0001' + '61', (r) => r.str()],
      ['db00000001' + '61', (r) => r.str()],
      ['c50001' + '61', (r) => r.bin()],
      ['c600000001' + '61', (r) => r.bin()],
      ['dc0001' + 'c0', (r) => r.array()],
      ['dd00000001' + 'c0', (r) => r.array()],
      ['de0001' + 'a0c0', (r) => r.map()],
      ['df00000001' + 'a0c0', (r) => r.map()],
    ];
    for (const [hex, read] of wrong) {
      assert.throws(() => read(readerOf(hex)), withCode('FORMAT_ENCODING'), hex);
    }
  });

  it('refuses counts that the bytes left cannot hold', () => {
    for (const hex of ['9f', 'dcffff', 'ddffffffff', '8f', 'deffff', 'dfffffffff']) {
      const read = (): number => (hex < '90' || hex >= 'de' ? readerOf(hex).map() : readerOf(hex).array());
      assert.throws(read, withCode('FORMAT_ENCODING'), hex);
    }
    assert.throws(() => readerOf('81a0').map(), withCode('FORMAT_ENCODING'));
  });

  it('refuses lengths beyond the end without allocating', () => {
    for (const hex of ['dbffffffff', 'c6ffffffff', 'bf61', 'c4ff']) {
      const read = (): unknown => (hex.startsWith('c') ? readerOf(hex).bin() : readerOf(hex).str());
      assert.throws(read, withCode('FORMAT_ENCODING'), hex);
    }
  });

  it('keeps nil and empty apart', () => {
    assert.equal(toHex(written((w) => w.nil())), 'c0');
    const reader = readerOf('c490');
    assert.equal(reader.nil(), false);
    assert.equal(
      readWhole('c0', (r) => r.nil()),
      true,
    );
    assert.equal(readerOf('').nil(), false);
  });

  it('nests no deeper than the limit', () => {
    const nested = (depth: number): Uint8Array => written((w) => repeat(depth, () => w.array(1)));
    const enter = (depth: number): void => {
      const reader = readerOf(Buffer.concat([nested(depth), Uint8Array.of(0xc0)]));
      repeat(depth, () => reader.array());
    };
    enter(MSGPACK_DEPTH_MAX);
    assert.throws(() => enter(MSGPACK_DEPTH_MAX + 1), withCode('FORMAT_LIMIT'));
    assert.throws(
      () => readerOf(Buffer.concat([nested(1000), Uint8Array.of(0xc0)])).skip(),
      withCode('FORMAT_LIMIT'),
    );
  });

  it('loses nothing where its buffer grows, whatever value comes there', () => {
    const values: ((writer: MsgpackWriter) => void)[] = [
      (w) => w.nil(),
      (w) => w.bool(true),
      (w) => w.u8(7),
      (w) => w.u16(7),
      (w) => w.u32(7),
      (w) => w.u64(7),
      (w) => w.int(7),
      (w) => w.int(-7),
      (w) => w.int(-300),
      (w) => w.f64(7),
      (w) => w.str('seven'),
      (w) => w.bin(new Uint8Array(7).fill(7)),
      (w) => w.array(0),
      (w) => w.map(0),
      (w) => w.time({ seconds: 7n, nanoseconds: 7 }),
      (w) => w.time({ seconds: -7n, nanoseconds: 7 }),
    ];
    for (const value of values) {
      const expected = toHex(written(value));
      for (let before = 1024 - 20; before <= 1024; before++) {
        const grown = written((w) => {
          w.raw(new Uint8Array(before));
          value(w);
        });
        assert.equal(toHex(grown.subarray(before)), expected, `${before} bytes before ${expected}`);
      }
    }
  });

  it('names the record and the byte in errors', () => {
    assert.throws(() => readerOf('cc').u8(), /^FormatError: test: 1 bytes expected, 0 left \(at byte 1 /);
    assert.throws(() => readWhole('c0c0', (r) => r.nil()), /1 bytes after the end/);
  });

  it('skips any value exactly', () => {
    fc.assert(
      fc.property(anyValue(), (value) => {
        const bytes = Buffer.concat([value, Uint8Array.of(0xc3)]);
        const reader = readerOf(bytes);
        reader.skip();
        assert.equal(reader.bool(), true);
        reader.end();
      }),
    );
  });

  it('never reads beyond a cut value', () => {
    fc.assert(
      fc.property(anyValue(), fc.nat(), (value, cut) => {
        const length = cut % value.length;
        assert.throws(() => readerOf(value.subarray(0, length)).skip(), withCode('FORMAT_ENCODING'));
      }),
    );
  });

  it('fails with an error of its own on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        try {
          readerOf(bytes).skip();
        } catch (error) {
          assert.match((error as { code: string }).code, /^FORMAT_(ENCODING|LIMIT)$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function repeat(count: number, action: () => unknown): void {
  for (let index = 0; index < count; index++) action();
}

/** One encoded value of any kind the format knows, nested three deep at most. */
function anyValue(): fc.Arbitrary<Uint8Array> {
  const scalar = fc.oneof(
    fc.constant(written((w) => w.nil())),
    fc.boolean().map((value) => written((w) => w.bool(value))),
    fc.nat(255).map((value) => written((w) => w.u8(value))),
    fc.nat(65_535).map((value) => written((w) => w.u16(value))),
    fc.nat().map((value) => written((w) => w.u32(value))),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => written((w) => w.u64(value))),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => written((w) => w.i64(value))),
    fc.integer().map((value) => written((w) => w.int(value))),
    fc.double().map((value) => written((w) => w.f64(value))),
    fc.string({ maxLength: 300 }).map((value) => written((w) => w.str(value))),
    fc.uint8Array({ maxLength: 300 }).map((value) => written((w) => w.bin(value))),
    fc
      .tuple(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }), fc.nat(999_999_999))
      .map(([seconds, nanoseconds]) => written((w) => w.time({ seconds, nanoseconds }))),
  );
  const { value } = fc.letrec<{ value: Uint8Array }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'msgpack' },
      scalar,
      fc.array(tie('value'), { maxLength: 20 }).map((items) =>
        written((w) => {
          w.array(items.length);
          for (const item of items) w.raw(item);
        }),
      ),
      fc.array(tie('value'), { maxLength: 20 }).map((items) =>
        written((w) => {
          w.map(items.length);
          for (const item of items) {
            w.str('key');
            w.raw(item);
          }
        }),
      ),
    ),
  }));
  return value;
}
