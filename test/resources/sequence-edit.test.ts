import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sequenceEdit } from '../../src/resources/sequence-edit.ts';

/** Length of a longest common subsequence, by the textbook table. */
function commonLength(before: readonly string[], after: readonly string[]): number {
  let row = new Array<number>(after.length + 1).fill(0);
  for (const item of before) {
    const next = [0];
    for (const [index, other] of after.entries()) {
      next.push(item === other ? row[index]! + 1 : Math.max(row[index + 1]!, next[index]!));
    }
    row = next;
  }
  return row.at(-1);
}

describe('editing of sequences', () => {
  it('leads to the other sequence, and keeps as much as can be kept', () => {
    const sequence = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(sequence, sequence, (before, after) => {
        const result = [...before];
        let kept = before.length;
        for (const { start, end, newStart, newEnd } of sequenceEdit(before, after).toReversed()) {
          result.splice(start, end - start, ...after.slice(newStart, newEnd));
          kept -= end - start;
        }
        assert.deepEqual(result, after);
        assert.equal(kept, commonLength(before, after));
      }),
      { numRuns: 2000 },
    );
  });

  it('exchanges the middle of sequences that have little in common', () => {
    const before = ['same', ...Array.from({ length: 3000 }, (_, index) => `a${index}`), 'end'];
    const after = ['same', ...Array.from({ length: 3000 }, (_, index) => `b${index}`), 'end'];
    assert.deepEqual(sequenceEdit(before, after), [{ start: 1, end: 3001, newStart: 1, newEnd: 3001 }]);
  });
});
