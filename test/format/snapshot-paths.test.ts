/** The paths of a snapshot against a list of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { comparePaths, parentPath } from '../../src/format/path.ts';
import { IMPLIED, SnapshotPaths } from '../../src/format/snapshot-paths.ts';

const paths = fc
  .array(fc.constantFrom('a', 'b', 'a!', 'a0', '\u{e9}', '\udc80', '\u{1f600}'), { maxLength: 4 })
  .map((names) => `/${names.join('/')}`);
const items = fc.array(fc.record({ path: paths, isDirectory: fc.boolean() }), { maxLength: 60 });

/** All that is above `path`. */
function above(path: string): string[] {
  const found: string[] = [];
  for (let at = path; at !== '/';) found.push((at = parentPath(at)));
  return found;
}

describe('paths of a snapshot', () => {
  it('are those that have a place, with what is implied, in the order of the file tree', () => {
    fc.assert(
      fc.property(items, (added) => {
        const table = new SnapshotPaths(3);
        const expected = new Map<string, { isDirectory: boolean; value: number }>();
        for (const [value, { path, isDirectory }] of added.entries()) {
          const there = expected.get(path);
          assert.equal(table.find(path), there?.value ?? -2);
          const hasPlace =
            (isDirectory || (path !== '/' && there?.value !== IMPLIED)) &&
            above(path).every((at) => expected.get(at)?.isDirectory ?? true);
          const known = table.find(path);
          if (known >= 0) continue;
          assert.equal(table.hasPlaceFor(path, isDirectory, known), hasPlace);
          if (!hasPlace) continue;
          assert.equal(table.parentOf(path), parentPath(path));
          for (const at of above(path)) {
            if (!expected.has(at)) expected.set(at, { isDirectory: true, value: IMPLIED });
          }
          expected.set(path, { isDirectory, value });
          if (isDirectory) table.addDirectory(path, value);
          else assert.equal(table.addLeaf(path, value), table.summaryOf(parentPath(path)));
        }
        const order = Array.from(table.inOrder(), (at) => [table.path(at), table.value(at)] as const);
        const sorted = [...expected].sort(([one], [two]) => comparePaths(one, two));
        assert.deepEqual(
          order,
          sorted.map(([path, { value }]) => [path, value]),
        );
        assert.equal(table.count, expected.size);
        const directories = sorted.filter(([, { isDirectory }]) => isDirectory).map(([path]) => path);
        assert.deepEqual([...table.directories()].sort(comparePaths), directories);
      }),
    );
  });

  it('are implied only where there is nothing yet, and a place', () => {
    const table = new SnapshotPaths(3);
    table.addLeaf('/a/file', 1);
    for (const path of ['/a/file', '/a/file/b/c', '/a', '/d/e']) table.imply(path);
    const order = Array.from(table.inOrder(), (at) => [table.path(at), table.value(at)]);
    assert.deepEqual(order, [
      ['/', IMPLIED],
      ['/a', IMPLIED],
      ['/d', IMPLIED],
      ['/a/file', 1],
      ['/d/e', IMPLIED],
    ]);
  });

  it('have a summary for each directory, until it is taken', () => {
    const table = new SnapshotPaths(3);
    const summary = table.addLeaf('/a/one', 1);
    summary.directory.files = 1;
    assert.equal(table.addLeaf('/a/two', 2), summary);
    assert.equal(table.summaryOf('/').directory.files, 0);
    assert.equal(table.takeSummary('/a'), summary);
    assert.equal(table.summaryOf('/a').directory.files, 0);
  });

  it('may be as deep as they may be long', () => {
    const table = new SnapshotPaths(3);
    const path = '/d'.repeat(5_000);
    table.addLeaf(path, 1);
    assert.equal(table.count, 5_001);
    assert.equal(table.find(path), 1);
  });
});
