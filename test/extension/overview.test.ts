import assert from 'node:assert/strict';
import { closedPage, overviewPage, type PageFrame } from '../../src/extension/overview-page.ts';
import { overviewOf } from '../../src/extension/overview.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

const FRAME: PageFrame = {
  nonce: 'bm9uY2U=',
  language: 'en',
  nowMs: Date.now(),
  commandUri: (command) => `command:${command}?%22`,
};

describe('overview of an archive', () => {
  let archives: TestArchives;

  before(async () => {
    archives = await TestArchives.create();
  });
  after(() => archives.remove());

  it('counts what is there', async () => {
    const { shelf, key } = await shelfWith(await archives.shop('shop.ptar'));
    const archive = await shelf.open(key, true);
    const overview = await overviewOf(archive);
    assert.equal(overview.snapshots.length, 2);
    assert.equal(overview.encryption, undefined);
    assert.equal(overview.size, archive.reader.statistics().size);
    const [newest] = overview.snapshots;
    const counted = overview.kinds.reduce((sum, { count }) => sum + count, 0);
    assert.equal(counted, newest?.files);
    assert.equal(overview.kinds.find(({ kind }) => kind === 'Deployment')?.count, 3);
    assert.equal(newest?.signature, 'unsigned');
    const html = overviewPage(overview, FRAME);
    assert.match(html, /Deployment<\/th><td>3</);
    await shelf.remove(key);
  });

  it('shows names as text, runs no script and loads nothing', () => {
    const evil = `</td><script>alert(1)</script><img src="https://example.com/x" onerror='x'>`;
    const html = overviewPage(
      {
        location: `/tmp/${evil}.ptar`,
        size: 1,
        repositoryId: evil,
        encryption: evil,
        kdf: evil,
        compression: evil,
        hashing: evil,
        snapshots: [
          {
            id: 'ab'.repeat(32),
            capturedMs: 0,
            name: evil,
            origin: evil,
            type: evil,
            files: 1,
            size: 1,
            failed: 1,
            signature: 'valid',
          },
        ],
        logicalSize: 10,
        kinds: [{ kind: evil, count: 1 }],
        namespaces: 1,
        failures: [{ path: evil, reason: evil }],
        certificates: [{ where: evil, path: evil, subject: evil, expiresMs: 0 }],
      },
      FRAME,
    );
    for (const page of [html, closedPage(`/tmp/${evil}`, evil, 'unlock', FRAME)]) {
      assert.doesNotMatch(page, /<script|<img|<[^>]*\s(?:on\w+|src|style)=|href="http/);
      assert.match(page, /default-src 'none'; style-src 'nonce-bm9uY2U='"/);
    }
  });
});
