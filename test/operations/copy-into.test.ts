import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import { copyIntoArchive, type CopyIntoOptions, type CopyResult } from '../../src/operations/copy-archive.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { withCode } from '../format/expected-error.ts';
import { captureShop, type ShopArchive } from './shop-archive.ts';
import { leftovers, noise, PASSPHRASE, passphrase, soundSnapshots, sourceFolder } from './written-archive.ts';

describe('copying snapshots into an archive that is there', () => {
  let shop: ShopArchive;
  let folder: string;
  let targetPath: string;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-into-'));
    targetPath = path.join(folder, 'all.ptar');
    await create(targetPath);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** An encrypted archive of another hashing and compression than the shop's. */
  async function create(archivePath: string): Promise<void> {
    const source = await sourceFolder(folder, 'source', { large: noise(1_000_000, 1), small: 'text' });
    await captureSources({
      sources: [source],
      archivePath,
      encryption: () => Promise.resolve({ passphrase: PASSPHRASE, kdf: 'SCRYPT' }),
      hashing: 'SHA256',
      compression: 'GZIP',
    });
  }
  const copyInto = (options: Partial<CopyIntoOptions> = {}): Promise<CopyResult> =>
    copyIntoArchive({ archive: shop.archive, targetPath, passphrase, ...options });

  it('keeps what was there, and stays what it is: passphrase, hashing, compression', async () => {
    const [first] = await soundSnapshots(targetPath);
    const before = await openArchiveFile(targetPath, { passphrase });
    const { snapshots, encrypted, size } = await copyInto();
    assert.ok(encrypted);
    assert.equal((await readFile(targetPath)).length, size);
    assert.deepEqual(
      (await soundSnapshots(targetPath)).sort(),
      [first, ...snapshots.map(({ to }) => to)].sort(),
    );
    const archive = await openArchiveFile(targetPath, { passphrase });
    assert.deepEqual(archive.configuration, before.configuration);
    assert.deepEqual(archive.key, before.key);
    const copy = await archive.snapshot(snapshots[1]!.to);
    for await (const entry of shop.after.walk('/')) {
      const copied = await copy.entry(entry.path);
      assert.deepEqual(copied.info, entry.info);
      if (!entry.path.endsWith('.yaml')) continue;
      const bytes = await copy.bytes(copied, 10_000);
      assert.ok(Buffer.from(bytes).equals(await shop.after.bytes(entry, 10_000)));
    }
    assert.deepEqual(copy.header.context?.at(-1), { key: 'CopiedFrom', value: shop.after.id });
    await archive.close();
    await before.close();
  });

  it('takes a part of it, without its Secrets, and stores no content twice', async () => {
    const one = await copyInto({ selections: ['Deployment/api'] });
    const two = await copyInto({ secrets: 'omit', snapshots: [shop.after] });
    const three = await copyInto({ secrets: 'omit', snapshots: [shop.after] });
    assert.equal(two.snapshots[0]!.omitted, 1);
    assert.ok(three.size - two.size < two.size - one.size);
    assert.equal((await soundSnapshots(targetPath)).length, 4);
  });

  it('does not lose what somebody else has written meanwhile', async () => {
    const other = path.join(folder, 'other.ptar');
    await copyFile(targetPath, other);
    const replaced = await readFile(other);
    let isReplaced = false;
    const written = copyInto({
      onProgress: () => {
        isReplaced = true;
      },
      passphrase: async () => {
        await rename(other, targetPath);
        return PASSPHRASE;
      },
    });
    await assert.rejects(written, withCode('CONNECTOR_CONFLICT'));
    assert.ok(isReplaced, 'it had got as far as copying');
    assert.ok((await readFile(targetPath)).equals(replaced));
    assert.deepEqual(await leftovers(folder), []);
  });

  it('lets one of two writers through at a time', async () => {
    const results = await Promise.allSettled([copyInto(), copyInto(), copyInto()]);
    const refused = results.filter((result) => result.status === 'rejected');
    for (const { reason } of refused) withCode('CONNECTOR_CONFLICT')(reason);
    assert.equal((await soundSnapshots(targetPath)).length, 1 + 2 * (results.length - refused.length));
    assert.ok(refused.length < results.length);
    assert.deepEqual(await leftovers(folder), []);
  });

  it('leaves everything as it is when it fails', async () => {
    const before = await readFile(targetPath);
    const link = path.join(folder, 'shop.ptar');
    await symlink(shop.archive.name, link);
    const wrong = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('another'));
    for (const [options, code] of [
      [{ passphrase: wrong }, 'KEY_WRONG'],
      [{ signal: AbortSignal.abort() }, 'CANCELLED'],
      [{ selections: ['Deployment/none'] }, 'NOT_FOUND_PATH'],
      [{ targetPath: path.join(folder, 'none.ptar') }, 'NOT_FOUND_ARCHIVE'],
      [{ targetPath: link }, 'USAGE'],
    ] as const) {
      await assert.rejects(copyInto(options), withCode(code));
    }
    assert.ok((await readFile(targetPath)).equals(before));
    assert.deepEqual(await leftovers(folder), []);
  });
});
