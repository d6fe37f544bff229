import assert from 'node:assert/strict';
import fc from 'fast-check';
import { longestIncreasing, movesTo } from '../../src/resources/permutation.ts';

/** What the moves make of `sequence`. */
function moved(sequence: readonly (number | undefined)[], order: readonly number[]): (number | undefined)[] {
  const result = [...sequence];
  for (const { from, to } of movesTo(order, sequence)) result.splice(to, 0, ...result.splice(from, 1));
  return result;
}

describe('permutation', () => {
  const permutation = fc
    .integer({ min: 0, max: 12 })
    .chain((length) => fc.shuffledSubarray([...Array(length).keys()], { minLength: length }));

  it('is undone by its moves, around what has no place in it', () => {
    fc.assert(
      fc.property(permutation, permutation, fc.array(fc.nat(12)), (order, other, gaps) => {
        const sequence: (number | undefined)[] = [...other.filter((item) => item < order.length)];
        for (const item of order) if (!sequence.includes(item)) sequence.push(item);
        for (const gap of gaps) sequence.splice(gap, 0, undefined);
        assert.deepEqual(
          moved(sequence, order).filter((item) => item !== undefined),
          order,
        );
      }),
    );
  });

  it('moves one element where one element moved', () => {
    assert.deepEqual(movesTo([1, 2, 3, 4, 0], [0, 1, 2, 3, 4]), [{ from: 0, to: 4 }]);
    assert.deepEqual(movesTo([2, 0, 1], [undefined, 0, 1, 2]), [{ from: 3, to: 1 }]);
    assert.deepEqual(movesTo([0, 1, 2], [0, undefined, 1, 2]), []);
  });

  it('keeps a longest increasing part', () => {
    assert.deepEqual([...longestIncreasing([3, 0, 1, 4, 2])].sort(), [1, 2, 4]);
    assert.deepEqual([...longestIncreasing([])], []);
  });
});
