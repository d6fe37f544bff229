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
  // Small ones first as a rule, which take less room.
  offset: fc.oneof({ weight: 50, arbitrary: fc.nat(2 ** 32 - 1) }, fc.maxSafeNat()),
  length: fc.oneof({ weight: 50, arbitrary: fc.nat(2 ** 16 - 1) }, fc.nat(2 ** 32 - 1)),
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

  it('finds what was appended, in whatever order it is looked for, and tells what is there twice', () => {
    const items = fc.array(blob, { maxLength: 600 });
    fc.assert(
      fc.property(items, fc.array(fc.nat()), fc.integer(), fc.nat(70), (blobs, wanted, seed, capacity) => {
        const index = new BlobIndex(capacity, seed);
        const first = new Map<string, number>();
        for (const [at, item] of blobs.entries()) {
          const bytes = Uint8Array.of(1, 2, ...item.id, 3);
          index.append(new DataView(bytes.buffer), 2, item.type, item.offset, item.length);
          const key = `${item.type}:${toHex(item.id)}`;
          if (!first.has(key)) first.set(key, at);
        }
        assert.equal(index.count, blobs.length);
        for (const type of [1, 2, 5, 255]) {
          const all = [...blobs.keys()].filter((at) => blobs[at]?.type === type);
          const found = [];
          for (let at = index.nextOf(type, 0); at >= 0; at = index.nextOf(type, at + 1)) found.push(at);
          assert.deepEqual(found, all);
          assert.equal(index.countOf(type), all.length);
        }
        const look = (): void => {
          // Few at first, so that some are found before there is a table, and some behind it.
          for (const number of [...wanted, ...blobs.keys()]) {
            const item = blobs[number % blobs.length];
            if (item === undefined) continue;
            assert.equal(index.find(item.type, item.id), first.get(`${item.type}:${toHex(item.id)}`));
            assert.equal(index.find(2, item.id), -1);
            assert.equal(index.find(item.type, new Uint8Array(32).fill(9)), -1);
          }
        };
        look();
        const distinct = index.distinct();
        assert.equal(distinct === index, first.size === blobs.length);
        assert.equal(index.distinct().count, first.size);
        assert.equal(index.count, blobs.length);
        look();
        [...first.values()].forEach((at, place) => {
          assert.equal(toHex(distinct.id(place)), toHex(index.id(at)));
          assert.equal(distinct.find(index.type(at), index.id(at)), place);
          assert.equal(distinct.offset(place), blobs[at]?.offset);
          assert.equal(distinct.length(place), blobs[at]?.length);
        });
      }),
    );
  });

  it('finds among many pages', () => {
    const index = new BlobIndex(0, 1);
    const id = new Uint8Array(32);
    const view = new DataView(id.buffer);
    const count = 50_000;
    for (let at = 0; at < count; at++) {
      view.setUint32(0, at % 7);
      view.setUint32(20, at);
      index.append(view, 0, at === 40_000 ? 3 : 9, at, 1);
    }
    for (const at of [
      49_999,
      0,
      40_000,
      16_384,
      16_383,
      ...Array.from({ length: 500 }, (_, step) => step * 99),
    ]) {
      view.setUint32(0, at % 7);
      view.setUint32(20, at);
      assert.equal(index.find(at === 40_000 ? 3 : 9, id), at);
      assert.equal(index.find(at === 40_000 ? 9 : 3, id), -1);
    }
    assert.equal(index.nextOf(3, 0), 40_000);
    assert.equal(index.nextOf(3, 40_001), -1);
    assert.equal(index.distinct(), index);
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
