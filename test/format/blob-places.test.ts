import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { BlobPlaces, fileOrder } from '../../src/format/blob-places.ts';

/** Small offsets and lengths, so that some are equal, and large ones. */
const place = fc.record({
  type: fc.integer({ min: 1, max: 3 }),
  offset: fc.oneof(fc.nat(20), fc.nat(2 ** 31 - 1), fc.maxSafeInteger().map(Math.abs)),
  length: fc.oneof(fc.nat(3), fc.nat(2 ** 31 - 1)),
});
type Place = typeof place extends fc.Arbitrary<infer Value> ? Value : never;

function indexOf(places: readonly Place[]): BlobIndex {
  const blobs = new BlobIndex(16, 1);
  for (const [at, { type, offset, length }] of places.entries()) {
    const id = new Uint8Array(32);
    new DataView(id.buffer).setUint32(0, at);
    blobs.add(type, id, offset, length);
  }
  return blobs;
}

describe('places of blobs', () => {
  it('are in the order of offsets, then of lengths', () => {
    fc.assert(
      fc.property(fc.array(place), (places) => {
        const sorted = [...places.keys()].sort(
          (a, b) => places[a]!.offset - places[b]!.offset || places[a]!.length - places[b]!.length || a - b,
        );
        assert.deepEqual([...fileOrder(indexOf(places))], sorted);
      }),
    );
  });

  it('are found in any order, each as often as it is wanted', () => {
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (places, picks) => {
          const found = new BlobPlaces(indexOf(places));
          const seen = new Set<number>();
          for (const pick of [...picks, ...places.keys()]) {
            const sought = places[pick % places.length]!;
            const left = [...places.keys()].filter((at) => !seen.has(at) && isSame(places[at]!, sought));
            const index = found.find(sought, (at) => !seen.has(at));
            if (left.length === 0) assert.equal(index, -1);
            else assert.ok(left.includes(index));
            seen.add(index);
            assert.equal(found.find({ ...sought, type: 9 }), -1);
          }
        },
      ),
    );
  });
});

function isSame(one: Place, two: Place): boolean {
  return one.type === two.type && one.offset === two.offset && one.length === two.length;
}
