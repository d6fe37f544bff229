/** The two forms of numbers: whole, as the reference writes them, and short. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../src/format/bytes.ts';
import { MsgpackReader } from '../../src/format/msgpack-reader.ts';
import { MsgpackWriter, type RecordForm } from '../../src/format/msgpack-writer.ts';
import { INT_FORMS } from './int-forms.ts';

function written(write: (writer: MsgpackWriter) => void, form: RecordForm): Uint8Array {
  const writer = new MsgpackWriter(form);
  write(writer);
  return writer.take();
}

function readWhole<T>(bytes: Uint8Array, read: (reader: MsgpackReader) => T): T {
  const reader = new MsgpackReader(bytes, 'test');
  const value = read(reader);
  reader.end();
  return value;
}

describe('forms of msgpack', () => {
  it('writes numbers in their shortest form where asked to', () => {
    const short = (write: (writer: MsgpackWriter) => void): string => toHex(written(write, 'short'));
    assert.equal(
      short((w) => w.u8(1)),
      '01',
    );
    assert.equal(
      short((w) => w.u8(255)),
      'ccff',
    );
    assert.equal(
      short((w) => w.u16(1)),
      '01',
    );
    assert.equal(
      short((w) => w.u32(0x8000_01ed | 0)),
      'ce800001ed',
    );
    assert.equal(
      short((w) => w.u64(2n ** 53n)),
      'cf0020000000000000',
    );
    assert.equal(
      short((w) => w.u64(2n ** 64n - 1n)),
      'cfffffffffffffffff',
    );
    assert.equal(
      short((w) => w.i64(2n ** 63n - 1n)),
      'cf7fffffffffffffff',
    );
    assert.equal(
      short((w) => w.i64(-(2n ** 63n))),
      'd38000000000000000',
    );
    assert.equal(
      short((w) => w.f64(1.5)),
      'ca3fc00000',
    );
    assert.equal(
      short((w) => w.f64(0.1)),
      'cb3fb999999999999a',
    );
    for (const [value, hex] of INT_FORMS) {
      assert.equal(
        short((w) => w.i64(value)),
        hex,
      );
      if (value >= 0) {
        assert.equal(
          short((w) => w.u64(BigInt(value))),
          hex,
        );
      }
    }
  });

  it('reads what it writes in either form, whatever the value', () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(
        fc.constantFrom<RecordForm>('whole', 'short'),
        fc.oneof(u64, fc.bigInt({ min: 0n, max: 300n })),
        fc.oneof(i64, fc.bigInt({ min: -300n, max: 300n })),
        fc.oneof(fc.double(), fc.float()),
        (form, unsigned, signed, float) => {
          assert.equal(
            readWhole(
              written((w) => w.u64(unsigned), form),
              (r) => r.u64(),
            ),
            unsigned,
          );
          assert.equal(
            readWhole(
              written((w) => w.i64(signed), form),
              (r) => r.i64(),
            ),
            signed,
          );
          assert.ok(
            Object.is(
              readWhole(
                written((w) => w.f64(float), form),
                (r) => r.f64(),
              ),
              float,
            ),
          );
          const number = Number(BigInt.asIntN(53, signed));
          assert.equal(
            readWhole(
              written((w) => w.i64(number), form),
              (r) => r.i64Number(),
            ),
            number,
          );
          const small = Number(unsigned & 0xffffn);
          assert.equal(
            readWhole(
              written((w) => w.u16(small), form),
              (r) => r.u16(),
            ),
            small,
          );
        },
      ),
    );
  });
});
