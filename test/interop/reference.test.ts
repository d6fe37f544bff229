/** That the reference program itself is what the other suites take it for: it reads stock Plakar's archives as stock Plakar does. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expectedLines, fixtures } from '../format/fixtures.ts';
import { requirement } from '../requirements.ts';
import { reference } from './reference.ts';

describe('reference implementation', () => {
  let directory = '';
  before(requirement('reference'));
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ptar-reference-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  for (const fixture of fixtures) {
    it(`walks ${fixture.name} as its record says, with and without dirpack`, async () => {
      const expected = await expectedLines(fixture);
      assert.deepEqual(await reference.walk(fixture.archive, fixture), expected);
      assert.deepEqual(await reference.walk(fixture.archive, { ...fixture, withoutDirpack: true }), expected);
    });

    it(`checks ${fixture.name} and encodes its records again as they are stored`, async () => {
      const { snapshots } = await reference.check(fixture.archive, fixture);
      assert.ok(snapshots.length > 0);
      assert.deepEqual(
        snapshots.filter(({ ok }) => !ok),
        [],
      );
      const records = await reference.reencode(fixture.archive, fixture);
      assert.ok(records.some(({ type }) => type === 'snapshot'));
      assert.deepEqual(
        records.filter(({ equal }) => !equal),
        [],
      );
    });
  }

  it('restores what it wrote', async () => {
    const [source, archive, target] = ['source.txt', 'written.ptar', 'restored'].map((name) =>
      path.join(directory, name),
    );
    await writeFile(source!, 'content\n');
    const { snapshots } = await reference.write(archive!, [source!], { plaintext: true, sign: true });
    const { snapshots: checked } = await reference.check(archive!);
    assert.deepEqual(
      checked.map(({ snapshot, ok, signed }) => ({ snapshot, ok, signed })),
      snapshots.map((snapshot) => ({ snapshot, ok: true, signed: true })),
    );
    await reference.restore(archive!, target!);
    assert.equal(await readFile(path.join(target!, source!), 'utf8'), 'content\n');
  });

  it('says in one line why it cannot open an archive', async () => {
    const encrypted = fixtures.find(({ name }) => name === 'basic-encrypted')!;
    const truncated = path.join(directory, 'truncated.ptar');
    await copyFile(encrypted.archive, truncated);
    await truncate(truncated, 5000);
    await assert.rejects(
      reference.check(encrypted.archive, { passphrase: 'wrong' }),
      /^ReferenceError: check of .*: wrong passphrase$/,
    );
    await assert.rejects(reference.walk(encrypted.archive), /^ReferenceError: .*PTAR_PASSPHRASE$/);
    await assert.rejects(reference.check(truncated, encrypted), /^ReferenceError: [^\n]+$/);
  });
});
