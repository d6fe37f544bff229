/** What every reader must read the reference reads: the vectors with a tree are no private idea of ours. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reference, type WalkLine } from '../interop/reference.ts';
import { requirement } from '../requirements.ts';
import { parseVector, type Vector } from './vector-file.ts';

/** Vectors with a tree that the reference does not read, and why. */
const EXCEPTIONS = new Map([
  ['bomb_chunk_limit', 'reads a random number of bytes beyond the chunk, which the file may not have'],
  ['canary_right_key', 'takes passphrases only'],
  ['valid_state_without_packfile', 'finds no blob without the PACKFILE entry'],
]);

/** `file SIZE SHA256`, `directory` and the like: what the reference prints, without paths, which it prints lossily. */
function expectedKinds(tree: readonly string[]): string[] {
  return tree
    .filter((line) => /^(?:file|directory|link|other) /.test(line))
    .map((line) => line.split(' '))
    .map(([kind = '', , size = '', hash = '']) => (kind === 'file' ? `file ${size} ${hash}` : kind))
    .sort();
}

function kindsOf(lines: readonly WalkLine[]): string[] {
  const kinds: string[] = [];
  for (const line of lines) {
    if (!('mode' in line)) continue;
    const letter = line.mode[0];
    if (line.sha256 !== undefined) kinds.push(`file ${line.size} ${line.sha256}`);
    else kinds.push(letter === 'd' ? 'directory' : letter === 'L' ? 'link' : 'other');
  }
  return kinds.sort();
}

describe('vectors before the reference implementation', () => {
  let folder = '';
  before(requirement('reference'));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-vectors-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are read and pass its check where they have a tree', async function () {
    this.timeout(300_000);
    const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.vec'));
    let count = 0;
    for (const name of names) {
      const vector: Vector = parseVector(await readFile(path.join(import.meta.dirname, name), 'utf8'));
      if (!('tree' in vector.expect) || EXCEPTIONS.has(vector.name)) continue;
      const archive = path.join(folder, `${vector.name}.ptar`);
      await writeFile(archive, vector.archive);
      const options = vector.passphrase === undefined ? {} : { passphrase: vector.passphrase };
      const { snapshots } = await reference.check(archive, options);
      const failed = snapshots.filter(({ ok }) => !ok);
      assert.deepEqual(failed, [], vector.name);
      const lines = await reference.walk(archive, options);
      assert.deepEqual(kindsOf(lines), expectedKinds(vector.expect.tree), vector.name);
      await rm(archive);
      count++;
    }
    assert.ok(count > 80, String(count));
  });
});
