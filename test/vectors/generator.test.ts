/** The vectors in the tree are what their generator makes, and all of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { areas } from './generate/index.ts';
import { parseVector, type Vector } from './vector-file.ts';

const directory = import.meta.dirname;

describe('vector generator', () => {
  const made = new Set<string>();

  for (const [area, make] of Object.entries(areas)) {
    it(`makes the vectors of ${area} again`, async () => {
      for (const vector of await make()) {
        const text = readFileSync(path.join(directory, `${vector.name}.vec`), 'utf8');
        // Compared as decoded: zlib's output differs from version to version.
        assert.deepEqual(comparable(parseVector(text)), comparable(vector), vector.name);
        assert.match(vector.name, /^[a-z]+_[a-z0-9_]+$/);
        assert.match(vector.comment, /^[^\n]+\.$/);
        assert.equal(made.has(vector.name), false, `${vector.name} twice`);
        made.add(vector.name);
      }
    });
  }

  it('makes all of them', () => {
    const files = readdirSync(directory).filter((name) => name.endsWith('.vec'));
    assert.deepEqual(files.map((name) => name.slice(0, -4)).sort(), [...made].sort());
  });
});

function comparable({ name, comment, expect, passphrase, key, archive }: Vector): object {
  return {
    name,
    comment,
    expect,
    passphrase,
    key: key && Buffer.from(key).toString('hex'),
    archive: Buffer.from(archive).toString('base64'),
  };
}
