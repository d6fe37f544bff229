import assert from 'node:assert/strict';
import { rangeEnds } from '../../src/cli/timeline-range.ts';

describe('the range of a timeline', () => {
  const cases: readonly (readonly [words: string, ends: readonly string[]])[] = [
    ['a.ptar', ['a.ptar@latest~1', 'a.ptar@latest']],
    ['a.ptar 1..latest', ['a.ptar@1', 'a.ptar@latest']],
    ['a.ptar latest~3..', ['a.ptar@latest~3', 'a.ptar@latest']],
    ['a.ptar ..2', ['a.ptar@1', 'a.ptar@2']],
    ['a.ptar 1 2', ['a.ptar@1', 'a.ptar@2']],
    ['a.ptar b.ptar', ['a.ptar@latest', 'b.ptar@latest']],
    ['a.ptar@1 b.ptar@2', ['a.ptar@1', 'b.ptar@2']],
  ];
  for (const [words, ends] of cases) {
    it(`of ${words} is ${ends.join(' to ')}`, () => {
      assert.deepEqual(
        rangeEnds(words.split(' ')).map(({ archive, snapshot }) => `${archive}@${snapshot}`),
        ends,
      );
    });
  }

  for (const words of ['a.ptar 1..x', 'a.ptar 1..2 3', 'a.ptar k8s://prod', 'k8s://prod']) {
    it(`of ${words} is refused`, () => {
      assert.throws(() => rangeEnds(words.split(' ')), { code: 'USAGE' });
    });
  }
});
