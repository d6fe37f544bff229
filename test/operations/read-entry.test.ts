import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import type { SnapshotReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { readEntry, type ReadEntryOptions } from '../../src/operations/read-entry.ts';
import { captureShop, SECRET_VALUE, type ShopArchive } from './shop-archive.ts';

async function read(
  snapshot: SnapshotReader,
  path: string,
  options?: ReadEntryOptions,
): Promise<{ masked: boolean; text: string }> {
  const { masked, content } = await readEntry(snapshot, await snapshot.entry(path), options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return { masked, text: Buffer.concat(chunks).toString() };
}

describe('reading an entry', () => {
  let shop: ShopArchive;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());

  const SECRET = '/shop/_/Secret/v1/db.yaml';

  it('hides the values of a Secret and keeps its keys', async () => {
    const { masked, text } = await read(shop.before, SECRET);
    assert.equal(masked, true);
    assert.match(text, /password:/);
    assert.ok(!text.includes(SECRET_VALUE));
  });

  it('shows them when asked, byte by byte', async () => {
    const { masked, text } = await read(shop.before, SECRET, { showSecrets: true });
    assert.equal(masked, false);
    assert.match(text, new RegExp(`password: ${SECRET_VALUE}\n`));
  });

  it('refuses folders and paths that are not there', async () => {
    await assert.rejects(read(shop.before, '/shop'), { code: 'USAGE', message: /is a folder/ });
    await assert.rejects(read(shop.before, '/nowhere'), { code: 'NOT_FOUND_PATH' });
  });

  describe('of a captured folder', () => {
    let folder: string;
    let snapshot: SnapshotReader;
    let close: () => Promise<void>;
    const LIST = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  stringData: {p: plain-value}\n`;
    const NOT_SECRET = '# a comment that stays\nkind: ConfigMap\ndata: {about: "kind: Secret"}\n';

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ptar-read-'));
      await mkdir(join(folder, 'in', 'shop', '_', 'Secret', 'v1'), { recursive: true });
      await writeFile(join(folder, 'in', 'list.yml'), LIST);
      await writeFile(
        join(folder, 'in', 'list.json'),
        JSON.stringify({ kind: 'Secret', apiVersion: 'v1', data: { p: 'cGxhaW4=' } }),
      );
      await writeFile(join(folder, 'in', 'config.yaml'), NOT_SECRET);
      await writeFile(join(folder, 'in', 'broken.yaml'), 'Secret: [unclosed');
      await writeFile(join(folder, 'in', 'shop', '_', 'Secret', 'v1', 'db.yaml'), 'stringData: [plain-value');
      await symlink('config.yaml', join(folder, 'in', 'link.yaml'));
      const archivePath = join(folder, 'a.ptar');
      await captureSources({
        sources: [join(folder, 'in')],
        archivePath,
        encryption: () => Promise.resolve('plaintext'),
      });
      const archive = await openArchiveFile(archivePath);
      const [only] = await archive.snapshots();
      assert.ok(only !== undefined);
      snapshot = only;
      close = () => archive.close();
    });
    after(async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    });
    const at = (name: string): string => join(snapshot.source.importer.directory, name);

    it('hides Secrets in lists and in JSON', async () => {
      for (const [name, value] of [
        ['list.yml', 'plain-value'],
        ['list.json', 'cGxhaW4='],
      ] as const) {
        const { masked, text } = await read(snapshot, at(name));
        assert.equal(masked, true, name);
        assert.ok(!text.includes(value), name);
      }
    });

    it('leaves everything else as it is', async () => {
      assert.deepEqual(await read(snapshot, at('config.yaml')), { masked: false, text: NOT_SECRET });
      assert.deepEqual(await read(snapshot, at('broken.yaml')), { masked: false, text: 'Secret: [unclosed' });
    });

    it('rather refuses than shows what lies in a Secret’s place', async () => {
      await assert.rejects(read(snapshot, at('shop/_/Secret/v1/db.yaml')), (error: unknown) => {
        assert(error instanceof UsageError);
        assert.ok(!error.message.includes('plain-value'));
        return true;
      });
    });

    it('says where a link points', async () => {
      await assert.rejects(read(snapshot, at('link.yaml')), {
        code: 'USAGE',
        message: /link to config\.yaml/,
      });
    });
  });
});
