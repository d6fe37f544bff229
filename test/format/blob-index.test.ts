/** The blob index against a Map. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { toHex } from '../../src/format/bytes.ts';

/** Few different ids, so that repetition and equal beginnings are the rule. */
const ids = fc
  .tuple(fc.nat(3), fc.nat(200))
  .map(([head, tail]) =>
    Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? head : at === 31 ? tail : 7)),
  );
const blob = fc.record({
  type: fc.constantFrom(1, 5, 7, 9, 255),
  id: ids,
  offset: fc.maxSafeNat(),
  length: fc.nat(2 ** 32 - 1),
});

describe('blob index', () => {
  it('holds what a Map would hold, in order of insertion', () => {
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 600 }), fc.integer(), fc.nat(70), (blobs, seed, capacity) => {
        const index = new BlobIndex(capacity, seed);
        const expected = new Map<string, (typeof blobs)[number]>();
        for (const item of blobs) {
          const key = `${item.type}:${toHex(item.id)}`;
          const added = index.add(item.type, item.id, item.offset, item.length);
          assert.equal(added, expected.has(key) ? -1 : expected.size);
          if (!expected.has(key)) expected.set(key, item);
        }
        assert.equal(index.count, expected.size);
        [...expected.values()].forEach((item, at) => {
          assert.equal(index.find(item.type, item.id), at);
          assert.equal(index.type(at), item.type);
          assert.equal(toHex(index.id(at)), toHex(item.id));
          assert.equal(index.offset(at), item.offset);
          assert.equal(index.length(at), item.length);
          assert.equal(index.find(2, item.id), -1);
        });
        assert.equal(index.find(9, new Uint8Array(32).fill(9)), -1);
      }),
    );
  });

  it('grows from nothing to many', () => {
    const index = new BlobIndex(0, 1);
    const id = new Uint8Array(32);
    const view = new DataView(id.buffer);
    for (let count = 0; count < 200_000; count++) {
      view.setUint32(28, count);
      assert.equal(index.add(9, id, count, 1), count);
    }
    for (let count = 0; count < 200_000; count += 999) {
      view.setUint32(28, count);
      assert.equal(index.find(9, id), count);
    }
    assert.equal(index.find(7, id), -1);
  });

  it('places a blob later', () => {
    const index = new BlobIndex(1, 0);
    const at = index.add(9, new Uint8Array(32), 0, 0);
    index.place(at, 2 ** 40, 5);
    assert.equal(index.offset(at), 2 ** 40);
    assert.equal(index.length(at), 5);
  });
});
