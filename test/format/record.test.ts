/** Records: what Go's struct encoder does with absent, unknown, empty and nil fields. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../src/format/bytes.ts';
import { MsgpackWriter } from '../../src/format/msgpack-writer.ts';
import {
  bytes,
  field,
  fixedBytes,
  int,
  list,
  optionalField,
  pointer,
  record,
  str,
  time,
  u64Number,
} from '../../src/format/record.ts';
import type { Timestamp } from '../../src/format/timestamp.ts';
import { withCode } from './expected-error.ts';

interface Inner {
  readonly n: number;
}
interface Sample {
  readonly name: string;
  readonly count: number;
  readonly id: Uint8Array;
  readonly blob: Uint8Array | null;
  readonly items: readonly string[] | null;
  readonly inner: Inner | undefined;
  readonly nested: Inner;
}

const inner = record<Inner>('inner', { n: optionalField('n', u64Number) });
const sample = record<Sample>('sample', {
  name: field('name', str),
  count: optionalField('count', u64Number),
  id: optionalField('id', fixedBytes(2)),
  blob: field('blob', bytes),
  items: optionalField('items', list(str)),
  inner: optionalField('inner', pointer(inner)),
  nested: optionalField('nested', inner),
});

const samples: fc.Arbitrary<Sample> = fc.record(
  {
    name: fc.string(),
    count: fc.maxSafeNat(),
    id: fc.uint8Array({ minLength: 2, maxLength: 2 }),
    blob: fc.option(fc.uint8Array()),
    items: fc.option(fc.array(fc.string(), { maxLength: 30 })),
    inner: fc.option(fc.record({ n: fc.nat() }, { noNullPrototype: true }), { nil: undefined }),
    nested: fc.record({ n: fc.nat() }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

function encoded(pairs: readonly (readonly [key: string, write: (w: MsgpackWriter) => void])[]): Uint8Array {
  const writer = new MsgpackWriter();
  writer.map(pairs.length);
  for (const [key, write] of pairs) {
    writer.str(key);
    write(writer);
  }
  return writer.take();
}

describe('record', () => {
  it('gives back what it was given, but for empty lists that Go leaves out', () => {
    fc.assert(
      fc.property(samples, (value) => {
        const decoded = sample.fromBytes(sample.toBytes(value));
        assert.deepEqual(decoded, { ...value, items: value.items?.length === 0 ? null : value.items });
        assert.equal(toHex(sample.toBytes(decoded)), toHex(sample.toBytes(value)));
      }),
    );
  });

  it('gives back what it was given in the short form, but for empty lists and bytes', () => {
    const orNull = <T extends { readonly length: number }>(v: T | null): T | null =>
      v?.length === 0 ? null : v;
    fc.assert(
      fc.property(samples, (value) => {
        const short = sample.toBytes(value, 'short');
        const decoded = sample.fromBytes(short);
        assert.deepEqual(decoded, { ...value, items: orNull(value.items), blob: orNull(value.blob) });
        assert.equal(toHex(sample.toBytes(decoded, 'short')), toHex(short));
        assert.deepEqual(Object.keys(decoded), Object.keys(sample.zero()));
        assert.ok(short.length <= sample.toBytes(value).length);
      }),
    );
  });

  it('leaves every zero value out in the short form, but a time', () => {
    assert.equal(toHex(sample.toBytes(sample.zero(), 'short')), '80');
    const codec = record<{ at: Timestamp; id: Uint8Array }>('timed', {
      at: field('t', time),
      id: field('i', fixedBytes(2)),
    });
    assert.equal(toHex(codec.toBytes(codec.zero(), 'short')), '81a174d6ff00000000');
    assert.equal(
      toHex(codec.toBytes({ ...codec.zero(), id: Uint8Array.of(0, 1) }, 'short')),
      '82a174d6ff00000000a169c4020001',
    );
  });

  it('leaves zero values of optional fields out of the whole form, but never an array', () => {
    const zero = sample.zero();
    assert.equal(
      Buffer.from(sample.toBytes(zero)).toString('latin1'),
      '\x83\xa4name\xa0\xa2id\xc4\x02\0\0\xa4blob\xc0',
    );
    assert.equal(sample.isZero(zero, 'whole'), false);
    assert.equal(inner.isZero({ n: 0 }, 'whole'), true);
    assert.equal(inner.isZero({ n: 1 }, 'whole'), false);
  });

  it('gives absent fields their zero value', () => {
    assert.deepEqual(sample.fromBytes(encoded([])), sample.zero());
  });

  it('takes fields in any order and skips what it does not know', () => {
    const value = sample.fromBytes(
      encoded([
        ['blob', (w) => w.bin(Uint8Array.of(1))],
        ['future', (w) => w.raw(Uint8Array.of(0x81, 0xa1, 0x78, 0x92, 0xc0, 0xcc, 1))],
        ['count', (w) => w.u64(7)],
        ['name', (w) => w.str('n')],
      ]),
    );
    assert.deepEqual(value, { ...sample.zero(), name: 'n', count: 7, blob: Uint8Array.of(1) });
  });

  it('keeps nil and empty bytes apart', () => {
    assert.equal(sample.fromBytes(encoded([['blob', (w) => w.nil()]])).blob, null);
    assert.deepEqual(
      sample.fromBytes(encoded([['blob', (w) => w.bin(new Uint8Array())]])).blob,
      new Uint8Array(),
    );
  });

  it('refuses a field that comes twice', () => {
    const twice = encoded([
      ['name', (w) => w.str('a')],
      ['name', (w) => w.str('b')],
    ]);
    assert.throws(() => sample.fromBytes(twice), withCode('FORMAT_ENCODING'));
  });

  it('refuses ids of another length, keys that are not strings, and bytes after the end', () => {
    const wrong = [
      encoded([['id', (w) => w.bin(new Uint8Array(3))]]),
      encoded([['id', (w) => w.nil()]]),
      Uint8Array.of(0x81, 0x01, 0xc0),
      Uint8Array.of(0x90),
      Uint8Array.of(0xc0),
      Uint8Array.of(0x80, 0x80),
      new Uint8Array(),
    ];
    for (const item of wrong) assert.throws(() => sample.fromBytes(item), withCode('FORMAT_ENCODING'));
  });

  it('has an int in its shortest form', () => {
    const codec = record<{ value: number }>('int', { value: field('v', int) });
    assert.equal(toHex(codec.toBytes({ value: 50 })), '81a17632');
    assert.equal(toHex(codec.toBytes({ value: -1 })), '81a176ff');
  });
});
