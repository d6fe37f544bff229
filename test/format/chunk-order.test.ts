/** The order in which chunks are read so that contents that share them find them in theirs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chunkOrder } from '../../src/format/chunk-order.ts';

/** {@link chunkOrder} of `count` chunks. */
function ordered(count: number, contents: readonly (readonly number[])[]): number[] {
  const sequences = contents.map((content) => ({ indexes: Uint32Array.from(content), placed: 0 }));
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  return [...chunkOrder(order, (index) => sequences.filter(({ indexes }) => indexes.includes(index)))];
}

describe('order of chunks', () => {
  it('is left as it is where it suits every content', () => {
    assert.deepEqual(
      ordered(6, [
        [0, 1, 4],
        [1, 5],
      ]),
      [0, 1, 2, 3, 4, 5],
    );
  });

  it('brings forward what contents have before chunks that they share', () => {
    assert.deepEqual(
      ordered(7, [
        [0, 1, 2],
        [4, 1, 2],
        [6, 5, 2],
      ]),
      [0, 4, 1, 6, 5, 2, 3],
    );
  });

  it('suits every content where no two contradict each other', () => {
    const part = fc.record({ ranks: fc.uniqueArray(fc.nat(1000), { minLength: 8, maxLength: 8 }) });
    const contents = fc.array(fc.uniqueArray(fc.nat(7), { minLength: 2 }), { maxLength: 8 });
    fc.assert(
      fc.property(part, contents, ({ ranks }, drawn) => {
        // In the order of their ranks, which is the same for all.
        const sorted = drawn.map((content) => content.sort((a, b) => ranks[a]! - ranks[b]!));
        const order = ordered(8, sorted);
        for (const content of sorted) {
          const places = content.map((index) => order.indexOf(index));
          assert.deepEqual(
            places,
            [...places].sort((a, b) => a - b),
          );
        }
      }),
    );
  });

  it('has every chunk once, whatever contents say', () => {
    const contents = fc.array(fc.uniqueArray(fc.nat(9), { minLength: 2 }), { maxLength: 10 });
    fc.assert(
      fc.property(contents, (drawn) => {
        const order = ordered(10, drawn).sort((a, b) => a - b);
        assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }),
    );
  });
});
