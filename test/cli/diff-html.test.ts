import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { HtmlReport } from '../../src/cli/diff-html.ts';
import { diffObjects } from '../../src/operations/diff-objects.ts';
import { sourceSide } from '../../src/operations/diff-side.ts';
import { findChromium } from '../browser.ts';
import { requirement } from '../requirements.ts';

const HOSTILE =
  '</pre><script>document.title="run"</script><img src="http://127.0.0.1:1/x" onerror=alert(1)>\u202e"\'&';
const PASSWORD = 'hunter2-of-the-page';

function documents(value: string, password: string, replicas: number): string {
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hostile', namespace: 'a' },
      data: { [HOSTILE]: value },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'a' }, stringData: { password } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'b' },
      spec: { replicas },
    },
    ...(replicas > 1 ? [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } }] : []),
  ]
    .map((object) => JSON.stringify(object))
    .join('\n---\n');
}

describe('differences as a page', function () {
  this.timeout(60_000);
  let folder: string;
  let page: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-html-'));
    await writeFile(join(folder, 'before.yaml'), documents(`x${HOSTILE}`, PASSWORD, 1));
    await writeFile(join(folder, 'after.yaml'), documents(`y\n${HOSTILE}`, `${PASSWORD}-2`, 3));
    const [before, after] = ['before', 'after'].map((name) =>
      sourceSide(`manifests:${join(folder, `${name}.yaml`)}`, {}),
    );
    assert.ok(before !== undefined && after !== undefined);
    const report = new HtmlReport();
    for await (const change of diffObjects(before, after)) {
      assert.ok('change' in change);
      await report.add(change);
    }
    const pieces: string[] = [];
    for await (const piece of report.pages(`of ${HOSTILE}`, '; nothing else')) pieces.push(piece);
    await report.close();
    page = pieces.join('');
    await writeFile(join(folder, 'page.html'), page);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('holds no value of a Secret, no script, and nothing of elsewhere', () => {
    assert.ok(
      !page.includes(PASSWORD) && !page.includes(Buffer.from(PASSWORD).toString('base64').slice(0, 12)),
    );
    assert.ok(!/<(?:script|img|link|iframe)|\son\w+=/i.test(page.replaceAll(/&#60;[^]*?&#62;/g, '')));
    assert.ok(!page.includes('\u202e'));
    assert.match(page, /default-src 'none'/);
  });

  describe('in a browser', () => {
    let browser: Browser | undefined;
    before(requirement('browser'));
    before(async () => {
      browser = await chromium.launch({ executablePath: findChromium() ?? '' });
    });
    after(() => browser?.close());

    it('shows the tree first, the detail on a click, asks for nothing and complains of nothing', async () => {
      assert.ok(browser);
      const tab = await browser.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      tab.on('console', (message) => complaints.push(message.text()));
      tab.on('pageerror', (error) => complaints.push(error.message));
      tab.on('request', (request) => requests.push(request.url()));
      await tab.goto(`file://${join(folder, 'page.html')}`);
      assert.deepEqual(await tab.locator('h2').allTextContents(), ['(cluster)', 'a', 'b']);
      const change = tab.getByText('spec.replicas: 1 → 3');
      assert.equal(await change.isVisible(), false);
      await tab.getByText('Deployment.apps').first().click();
      await tab.getByText('~ web').click();
      assert.equal(await change.isVisible(), true);
      assert.match(await tab.title(), /^of <\/pre><script>/);
      assert.equal(await tab.locator('script, img').count(), 0);
      // The policy lets the page have its style.
      assert.equal(await tab.evaluate('getComputedStyle(document.body).maxWidth'), '1200px');
      assert.deepEqual(complaints, []);
      assert.equal(requests.length, 1);
    });
  });
});
