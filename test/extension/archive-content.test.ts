import assert from 'node:assert/strict';
import { ArchiveContent } from '../../src/extension/archive-content.ts';
import type { ArchiveAddress } from '../../src/extension/archive-uri.ts';
import { markOf } from '../../src/extension/entry-mark.ts';
import { RevealedSecrets } from '../../src/extension/revealed-secrets.ts';
import { searchResults } from '../../src/extension/search-results.ts';
import { historyResults, whatChanged } from '../../src/extension/change-results.ts';
import { cleanedManifest } from '../../src/extension/cleaned-manifest.ts';
import type { ArchiveShelf } from '../../src/extension/archive-shelf.ts';
import type { OpenSnapshot } from '../../src/extension/open-archive.ts';
import type { Result } from '../../src/extension/result.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

const CANARY = 'canary-7f3a9';
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'many' },
  data: { password: Buffer.from(CANARY).toString('base64') },
};

describe('content of archives', () => {
  let archives: TestArchives;
  let shelf: ArchiveShelf;
  let key: string;
  let newest: OpenSnapshot;
  let oldest: OpenSnapshot;
  const never = new AbortController().signal;

  before(async () => {
    archives = await TestArchives.create();
    const changed = { ...SECRET, data: { password: Buffer.from(`${CANARY}-2`).toString('base64') } };
    const one = await archives.configMaps('one', 3, [SECRET]);
    const two = await archives.configMaps('two', 4, [changed]);
    ({ shelf, key } = await shelfWith(await archives.capture('content.ptar', [one, two])));
    const snapshots = await (await shelf.open(key, false)).snapshots();
    [newest, oldest] = snapshots as [OpenSnapshot, OpenSnapshot];
  });
  after(async () => {
    await shelf.remove(key);
    await archives.remove();
  });

  const at = (path: string): ArchiveAddress => ({ archiveKey: key, snapshotId: newest.reader.id, path });
  const secret = (): ArchiveAddress => at('/many/_/Secret/v1/db.yaml');

  it('hides the values of a Secret until it is revealed, and again after', async () => {
    const revealed = new RevealedSecrets();
    const content = new ArchiveContent(shelf, revealed);
    const encoded = Buffer.from(`${CANARY}-2`).toString('base64');
    const read = async (): Promise<string> => Buffer.from(await content.read(secret())).toString();
    const hidden = await read();
    assert.ok(!hidden.includes(encoded) && hidden.includes('password'));
    assert.equal((await content.stat(secret())).size, Buffer.byteLength(hidden));
    const before = await content.stat(secret());
    revealed.reveal(secret());
    assert.ok((await read()).includes(encoded));
    const after = await content.stat(secret());
    assert.equal(after.size, Buffer.byteLength(await read()));
    assert.notEqual(after.modifiedMs, before.modifiedMs);
    revealed.hide(secret());
    assert.equal(await read(), hidden);
  });

  it('reveals one Secret at a time', () => {
    const revealed = new RevealedSecrets();
    revealed.reveal(secret());
    assert.equal(revealed.has({ ...secret(), snapshotId: oldest.reader.id }), false);
    assert.equal(revealed.has(at('/many/_/Secret/v1/other.yaml')), false);
    assert.equal(revealed.has({ ...secret(), snapshotId: newest.reader.id.slice(0, 12) }), true);
    revealed.hideArchive(key);
    assert.equal(revealed.has(secret()), false);
  });

  it('is a file system: folders, files, and what is not there', async () => {
    const content = new ArchiveContent(shelf, new RevealedSecrets());
    const names: string[] = [];
    for await (const [name] of content.list(at('/many/_'))) names.push(name);
    assert.deepEqual(names, ['ConfigMap', 'Secret']);
    assert.equal((await content.stat(at('/many'))).isFolder, true);
    const root: string[] = [];
    for await (const [name] of content.list({ ...at('/'), snapshotId: '' })) root.push(name);
    assert.deepEqual(root, [newest.reader.id.slice(0, 12), oldest.reader.id.slice(0, 12)]);
    await assert.rejects(content.stat(at('/nothing')), { code: 'NOT_FOUND_PATH' });
    await assert.rejects(content.read(at('/many')), { code: 'USAGE' });
  });

  it('marks what is new, changed or secret', async () => {
    const mark = (path: string): Promise<unknown> => markOf(shelf, at(path), () => false);
    assert.equal(await mark('/many/_/ConfigMap/v1/item-00003.yaml'), 'added');
    assert.equal(await mark('/many/_/ConfigMap/v1/item-00001.yaml'), undefined);
    assert.equal(await mark('/many/_/Secret/v1/db.yaml'), 'changed');
    const first = { ...secret(), snapshotId: oldest.reader.id };
    assert.equal(await markOf(shelf, first, () => false), 'secret');
  });

  it('tells what changed, without a value of a Secret', async () => {
    const set = await whatChanged(key, oldest.reader, newest.reader, never);
    const groups = set.results.map(({ label, children = [] }) => [
      label,
      children.map((child) => child.label),
    ]);
    assert.deepEqual(groups, [
      ['Changed', ['Secret/db']],
      ['Added', ['ConfigMap/item-00003']],
    ]);
    assert.ok(!textOf(set.results).includes(CANARY));
  });

  it('cleans both sides of a comparison alike', async () => {
    const text = async ({ reader }: OpenSnapshot): Promise<string> =>
      cleanedManifest(reader, await reader.entry('/many/_/Secret/v1/db.yaml'));
    const [before, after] = [await text(oldest), await text(newest)];
    assert.notEqual(before, after);
    assert.equal(await text(newest), after);
    assert.ok(
      !`${before}${after}`.includes(CANARY) &&
        !after.includes(Buffer.from(CANARY).toString('base64').slice(0, 12)),
    );
  });

  it('finds text and not the values of Secrets', async () => {
    const found = await searchResults(key, newest, 'ITEM-00002', never);
    assert.deepEqual(
      found.results.map(({ label }) => label),
      ['ConfigMap/item-00002'],
    );
    assert.deepEqual((await searchResults(key, newest, CANARY, never)).results, []);
    assert.deepEqual((await searchResults(key, newest, 'label:app=web', never)).results, []);
  });

  it('knows the history of an object', async () => {
    const identity = { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'many', name: 'item-00003' };
    const set = await historyResults([newest.reader, oldest.reader], identity, never);
    assert.equal(set.results.length, 1);
    assert.match(set.results[0]?.description ?? '', /^appeared/);
  });

  function textOf(results: readonly Result[]): string {
    return JSON.stringify(results);
  }
});
