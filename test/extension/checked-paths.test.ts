import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CheckedPaths } from '../../src/extension/checked-paths.ts';

const PATHS = ['/', '/a', '/a/x', '/a/x/1', '/a/x/2', '/a/y', '/ab', '/b', '/b/x'];

describe('checked paths', () => {
  it('mean everything below them, whatever is checked and unchecked', () => {
    const step = fc.tuple(fc.constantFrom(...PATHS), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const checks = new CheckedPaths();
        const naive = new Map(PATHS.map((path) => [path, false]));
        for (const [path, checked] of steps) {
          checks.set(path, checked);
          for (const other of PATHS) {
            if (other === path || path === '/' || other.startsWith(`${path}/`)) naive.set(other, checked);
          }
        }
        for (const path of PATHS) assert.equal(checks.isChecked(path), naive.get(path), path);
        assert.equal(checks.isEmpty, !PATHS.some((path) => naive.get(path) === true));
      }),
    );
  });

  it('are given as few roots, and say where something below is left out', () => {
    const checks = new CheckedPaths();
    checks.set('/a/x', true);
    checks.set('/a', true);
    checks.set('/b', true);
    assert.deepEqual(checks.roots(), ['/a', '/b']);
    assert.equal(checks.hasExceptions('/a'), false);
    checks.set('/a/x/1', false);
    assert.equal(checks.hasExceptions('/a'), true);
    assert.equal(checks.hasExceptions('/b'), false);
    checks.set('/a/x/1', true);
    assert.equal(checks.hasExceptions('/a'), false);
  });
});
