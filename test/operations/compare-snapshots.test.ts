import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { SnapshotReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { compareSnapshots, type CompareOptions } from '../../src/operations/compare-snapshots.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { captureShop, type ShopArchive } from './shop-archive.ts';

async function changes(
  before: SnapshotReader,
  after: SnapshotReader,
  options: CompareOptions = {},
): Promise<string[]> {
  const lines: string[] = [];
  for await (const change of compareSnapshots(before, after, options)) {
    const differences = change.change === 'changed' ? ` ${change.differences.join('+')}` : '';
    lines.push(`${change.change} ${change.path}${differences}`);
  }
  return lines;
}

describe('comparison of snapshots', () => {
  let shop: ShopArchive;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());

  it('finds what was added, removed and changed', async () => {
    const forth = [
      'added /shop/apps/Deployment/v1/api.yaml',
      'changed /shop/apps/Deployment/v1/web.yaml content',
      'removed /shop/apps/Deployment/v1/worker.yaml',
    ];
    assert.deepEqual(await changes(shop.before, shop.after), forth);
    assert.deepEqual(await changes(shop.after, shop.before), [
      'removed /shop/apps/Deployment/v1/api.yaml',
      'changed /shop/apps/Deployment/v1/web.yaml content',
      'added /shop/apps/Deployment/v1/worker.yaml',
    ]);
    assert.deepEqual(await changes(shop.before, shop.before), []);
  });

  it('looks only below a path, and wants it to be in one of them', async () => {
    assert.deepEqual(await changes(shop.before, shop.after, { path: '/staging' }), []);
    const worker = '/shop/apps/Deployment/v1/worker.yaml';
    assert.deepEqual(await changes(shop.before, shop.after, { path: worker }), [`removed ${worker}`]);
    await assert.rejects(changes(shop.before, shop.after, { path: '/nowhere' }), { code: 'NOT_FOUND_PATH' });
  });
});

describe('comparison of folders', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ptar-compare-')));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('sees types, targets and modes, but not times', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    for (const [root, mode, target, time] of [
      [one, 0o644, 'a', 1_000_000_000],
      [two, 0o600, 'b', 1_100_000_000],
    ] as const) {
      await mkdir(root);
      await writeFile(join(root, 'mode'), 'same', { mode });
      await chmod(join(root, 'mode'), mode);
      await writeFile(join(root, 'time'), 'same');
      await utimes(join(root, 'time'), time, time);
      await symlink(target, join(root, 'link'));
      if (root === one) await mkdir(join(root, 'type'));
      else await writeFile(join(root, 'type'), '');
    }
    const archivePath = join(folder, 'a.ptar');
    await captureSources({
      sources: [one, two],
      archivePath,
      encryption: () => Promise.resolve('plaintext'),
    });
    const archive = await openArchiveFile(archivePath);
    const [before, after] = await archive.snapshots();
    assert.ok(before !== undefined && after !== undefined);
    const moved = under(after, two, one);
    assert.deepEqual(
      (await changes(before, moved, { path: one })).map((line) => line.replace(`${one}/`, '')),
      ['changed link target', 'changed mode mode', 'changed type type'],
    );
    await archive.close();
  });

  it('agrees with a comparison of two sets of paths', async () => {
    const name = fc.constantFrom('a', 'a.b', 'a-', 'b', 'Z', 'ä');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const paths = fc.uniqueArray(path, { maxLength: 6 }).map(withoutFolders);
    await fc.assert(
      fc.asyncProperty(paths, paths, async (older, newer) => {
        // A file that becomes a folder is changed, not removed.
        fc.pre(withoutFolders([...older, ...newer]).length === older.length + newer.length);
        const root = await mkdtemp(join(folder, 'case-'));
        for (const [side, files] of [
          ['one', older],
          ['two', newer],
        ] as const) {
          await mkdir(join(root, side));
          for (const file of files) {
            await mkdir(join(root, side, file, '..'), { recursive: true });
            await writeFile(join(root, side, file), '');
          }
        }
        const archivePath = join(root, 'a.ptar');
        const sources = [join(root, 'one'), join(root, 'two')];
        await captureSources({ sources, archivePath, encryption: () => Promise.resolve('plaintext') });
        const archive = await openArchiveFile(archivePath);
        const [before, after] = await archive.snapshots();
        assert.ok(before !== undefined && after !== undefined);
        const moved = under(after, join(root, 'two'), join(root, 'one'));
        const files = new Set([...older, ...newer]);
        const found = (await changes(before, moved, { path: join(root, 'one') }))
          .map((line) => line.replace(`${join(root, 'one')}/`, ''))
          .filter((line) => files.has(line.slice(line.indexOf(' ') + 1)));
        const expected = [
          ...newer.filter((file) => !older.includes(file)).map((file) => `added ${file}`),
          ...older.filter((file) => !newer.includes(file)).map((file) => `removed ${file}`),
        ];
        assert.deepEqual(found.sort(), expected.sort());
        await archive.close();
      }),
      { numRuns: 15 },
    );
  }).timeout(120_000);
});

/** Files of which none is a folder of another. */
function withoutFolders(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
}

/** `snapshot` with everything below `from` shown below `to`, so that captures of two folders can be compared. */
function under(snapshot: SnapshotReader, from: string, to: string): SnapshotReader {
  const there = (path: string): string =>
    path === to || path.startsWith(`${to}/`) ? from + path.slice(to.length) : path;
  const back = (path: string): string => to + path.slice(from.length);
  return {
    entry: async (path: string) => snapshot.entry(there(path)),
    async *walk(path: string) {
      for await (const entry of snapshot.walk(there(path))) yield { ...entry, path: back(entry.path) };
    },
    async *children(path: string) {
      for await (const entry of snapshot.children(there(path))) yield { ...entry, path: back(entry.path) };
    },
  } as unknown as SnapshotReader;
}
