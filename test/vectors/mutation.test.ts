/** The list of the reader's checks is in step with the reader, and a few of them, taken out, are noticed. All: `scripts/mutate-reader.ts`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mutations } from '../../scripts/reader-mutations.ts';

const root = path.join(import.meta.dirname, '../..');

describe('mutations of the reader', () => {
  it('name checks that are there', () => {
    assert.ok(mutations.length >= 100);
    for (const { file, check, without } of mutations) {
      const text = readFileSync(path.join(root, 'src/format', file), 'utf8');
      assert.ok(text.includes(check), `${file}: ${check}`);
      assert.notEqual(check, without);
    }
  });

  it('are noticed by a vector', function () {
    this.timeout(180_000);
    const every = String(Math.ceil(mutations.length / 2));
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'scripts/mutate-reader.ts', every],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    assert.match(stdout, /^2 of 2 checks are held by a vector$/m);
    assert.equal(status, 0);
  });
});
