import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSigner, type ArchiveReader, type SnapshotReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { copyArchive, type CopyOptions, type CopyResult } from '../../src/operations/copy-archive.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from '../format/expected-error.ts';
import { captureShop, SECRET_VALUE, type ShopArchive } from './shop-archive.ts';
import { soundSnapshots, sourceFolder } from './written-archive.ts';

describe('copying snapshots', () => {
  let shop: ShopArchive;
  let folder: string;
  let targetPath: string;
  const opened: ArchiveReader[] = [];
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-copy-'));
    targetPath = path.join(folder, 'copy.ptar');
  });
  afterEach(async () => {
    for (const archive of opened.splice(0)) await archive.close();
    await rm(folder, { recursive: true, force: true });
  });

  const copy = (options: Partial<CopyOptions> = {}): Promise<CopyResult> =>
    copyArchive({
      archive: shop.archive,
      targetPath,
      encryption: () => Promise.resolve('plaintext'),
      ...options,
    });

  /** Text by path, of one snapshot of the copy. */
  async function textsOf(index = 0): Promise<{ snapshot: SnapshotReader; texts: Map<string, string> }> {
    await soundSnapshots(targetPath);
    const archive = await openArchiveFile(targetPath);
    const snapshot = (await archive.snapshots())[index]!;
    const texts = new Map<string, string>();
    for await (const entry of snapshot.walk('/')) {
      const isFile = entry.path.endsWith('.yaml');
      texts.set(entry.path, isFile ? Buffer.from(await snapshot.bytes(entry, 10_000)).toString() : '');
    }
    opened.push(archive);
    return { snapshot, texts };
  }

  it('keeps times, names and facts, in order, and says what it was made of', async () => {
    const { snapshots } = await copy();
    assert.deepEqual(
      snapshots.map(({ from }) => from),
      [shop.before.id, shop.after.id],
    );
    const { snapshot } = await textsOf(1);
    const { header } = shop.after;
    assert.deepEqual(
      [snapshot.header.timestamp, snapshot.header.durationNs, snapshot.header.name, snapshot.source.context],
      [header.timestamp, header.durationNs, header.name, shop.after.source.context],
    );
    assert.deepEqual(snapshot.header.context?.at(-1), { key: 'CopiedFrom', value: shop.after.id });
    assert.deepEqual(snapshot.source.summary, shop.after.source.summary);
  });

  it('takes a selection with the folders above it, and skips snapshots that have nothing of it', async () => {
    const result = await copy({ selections: ['Deployment/api'] });
    assert.deepEqual(
      result.skipped.map(({ id }) => id),
      [shop.before.id],
    );
    const { snapshot, texts } = await textsOf();
    const leaf = '/shop/apps/Deployment/v1/api.yaml';
    assert.deepEqual(
      [...texts.keys()],
      ['/', '/shop', '/shop/apps', '/shop/apps/Deployment', '/shop/apps/Deployment/v1', leaf],
    );
    for (const at of ['/', '/shop/apps']) {
      assert.deepEqual((await snapshot.entry(at)).info, (await shop.after.entry(at)).info);
    }
    await assert.rejects(
      copy({ selections: ['Deployment/none'], overwrite: true }),
      withCode('NOT_FOUND_PATH'),
    );
  });

  it('takes overlapping selections once', async () => {
    const selections = ['/shop/apps/Deployment', '/shop', '/shop/_/Secret/v1/db.yaml', '/'];
    const { snapshots } = await copy({ snapshots: [shop.after], selections });
    assert.equal(snapshots[0]!.failed, 0);
    assert.equal(snapshots[0]!.entries, await shop.after.entryCount());
  });

  it('signs the copies', async () => {
    const signer = createSigner(nodePrimitives, nodePrimitives.randomBytes(32));
    await copy({ signer });
    const archive = await openArchiveFile(targetPath);
    for (const snapshot of await archive.snapshots()) {
      assert.deepEqual(await snapshot.signature(), { publicKey: signer.publicKey, valid: true });
    }
    await archive.close();
  });

  it('puts hashes in the place of Secret values, and says so', async () => {
    const { snapshots } = await copy({ secrets: 'redact', compression: 'none' });
    assert.deepEqual(
      snapshots.map(({ redacted, omitted, failed }) => [redacted, omitted, failed]),
      [
        [1, 0, 0],
        [1, 0, 0],
      ],
    );
    const { snapshot, texts } = await textsOf();
    assert.deepEqual(snapshot.header.context?.slice(-2), [
      { key: 'CopiedFrom', value: shop.before.id },
      { key: 'Redaction', value: 'values of Secrets replaced by salted hashes' },
    ]);
    const secret = texts.get('/shop/_/Secret/v1/db.yaml') ?? '';
    assert.match(secret, /^data:\n {2}password: [A-Za-z0-9+/=]+$/m);
    for (const bytes of await Promise.all(
      (await readdir(folder)).map((name) => readFile(path.join(folder, name))),
    )) {
      assert.ok(!bytes.includes(SECRET_VALUE));
      assert.ok(!bytes.includes(Buffer.from(SECRET_VALUE, 'base64')));
    }
    // The same content of both snapshots has the same hashes.
    assert.equal((await textsOf(1)).texts.get('/shop/_/Secret/v1/db.yaml'), secret);
    // Another copy has another salt.
    await copy({ secrets: 'redact', overwrite: true });
    assert.notEqual((await textsOf()).texts.get('/shop/_/Secret/v1/db.yaml'), secret);
  });

  it('leaves Secrets out, and nothing else', async () => {
    const { snapshots } = await copy({ secrets: 'omit', snapshots: [shop.after] });
    assert.equal(snapshots[0]!.omitted, 1);
    const { texts } = await textsOf();
    const expected: string[] = [];
    for await (const { path: at } of shop.after.walk('/')) if (!at.endsWith('/db.yaml')) expected.push(at);
    assert.deepEqual([...texts.keys()], expected);
  });

  it('redacts no snapshot whose Secrets could be anywhere', async () => {
    const source = await sourceFolder(folder, 'source', {
      'secret.yaml': 'kind: Secret\nstringData: {a: b}',
    });
    const mixed = path.join(folder, 'mixed.ptar');
    const encryption: CopyOptions['encryption'] = () => Promise.resolve('plaintext');
    await captureSources({ sources: [source, `manifests:${source}`], archivePath: mixed, encryption });
    const archive = await openArchiveFile(mixed);
    const [files] = await archive.snapshots();
    const { skipped } = await copy({ archive, secrets: 'redact' });
    assert.deepEqual(
      skipped.map(({ id }) => id),
      [files!.id],
    );
    const alone = copy({ archive, secrets: 'redact', snapshots: [files!], overwrite: true });
    await assert.rejects(alone, withCode('USAGE'));
    await archive.close();
  });

  it('leaves no file behind when it fails, and replaces none unasked', async () => {
    const cancelled = copy({ signal: AbortSignal.abort() });
    await assert.rejects(cancelled, withCode('CANCELLED'));
    assert.deepEqual(await readdir(folder), []);
    await copy();
    await assert.rejects(copy(), withCode('USAGE'));
    assert.deepEqual(await readdir(folder), ['copy.ptar']);
  });
});
