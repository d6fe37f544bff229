import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { chromium, type Browser } from 'playwright-core';
import {
  DEFAULT_PLAN_OPTIONS,
  PLAN_VERSION,
  type Plan,
  type PlanItem,
} from '../../../src/operations/plan/plan.ts';
import { htmlReport } from '../../../src/operations/report/html-report.ts';
import { junitReport } from '../../../src/operations/report/junit-report.ts';
import { checkReportPath, writeReport } from '../../../src/operations/report/report-file.ts';
import {
  restoreReport,
  type ReportedOutcome,
  type ReportedResult,
  type RestoreReport,
} from '../../../src/operations/report/restore-report.ts';
import { findChromium } from '../../browser.ts';
import { withCode } from '../../format/expected-error.ts';
import { requirement } from '../../requirements.ts';

function item(name: string, namespace: string | undefined, reason = ''): PlanItem {
  return {
    id: `/${namespace ?? '_'}/apps/Deployment/v1/${name}.yaml`,
    identity: { group: 'apps', version: 'v1', kind: 'Deployment', namespace, name },
    path: `/${namespace ?? '_'}/apps/Deployment/v1/${name}.yaml`,
    verdict: 'create',
    how: 'proven',
    reason,
    changes: [],
    notes: [],
    rank: 0,
    dependsOn: [],
  };
}

function reportWith(
  ...results: readonly { item: PlanItem; outcome: ReportedOutcome; reason?: string; notes?: string[] }[]
): RestoreReport {
  const plan: Plan = {
    version: PLAN_VERSION,
    createdAt: '2026-01-02T03:04:05Z',
    source: { archive: 'prod.ptar', repositoryId: 'r', snapshotId: 'ab'.repeat(32) },
    target: {
      uri: 'k8s://',
      server: 'https://127.0.0.1',
      context: 'east',
      clusterId: 'u',
      version: 'v1.36.3',
    },
    options: DEFAULT_PLAN_OPTIONS,
    warnings: [],
    items: results.map((result) => result.item),
  };
  const all = results.map((result): ReportedResult => ({
    reason: '',
    notes: [],
    elapsedMs: 1234.5,
    ...result,
  }));
  return restoreReport(plan, all.toReversed(), {
    action: 'restore',
    restoreId: 'r-1',
    startedAt: '2026-01-02T03:04:05Z',
    elapsedMs: 2000,
  });
}

const REPORT = reportWith(
  { item: item('web', 'shop'), outcome: 'created' },
  { item: item('api', 'shop'), outcome: 'failed', reason: 'quota "small" is used up' },
  {
    item: item('old', undefined, 'a controller makes it'),
    outcome: 'skipped',
    notes: ['left alone: namespace shop'],
  },
);

/** What a reader of XML sees, for documents with elements, attributes and text only. */
function tagsOf(xml: string): string[] {
  return [...xml.matchAll(/<\/?([A-Za-z!?][^\s/>]*)/g)].map(([, tag = '']) => tag);
}

describe('reports of restores', () => {
  it('say what became of each object, in the order of the plan', () => {
    assert.deepEqual(
      REPORT.items.map(({ name, outcome, reason }) => [name, outcome, reason]),
      [
        ['deployment.apps/web', 'created', ''],
        ['deployment.apps/api', 'failed', 'quota "small" is used up'],
        ['deployment.apps/old', 'skipped', 'a controller makes it'],
      ],
    );
    assert.equal(REPORT.counts.failed, 1);
    assert.equal(REPORT.items[0]?.elapsedMs, 1235);
  });

  it('are JUnit XML with a suite for each namespace', () => {
    const xml = junitReport(REPORT);
    assert.match(
      xml,
      /<testsuites name="ptar restore r-1" tests="3" failures="1" errors="0" skipped="1" time="2.000">/,
    );
    assert.match(xml, /<testsuite name="shop" tests="2" failures="1" /);
    assert.match(xml, /<testsuite name="\(cluster\)" tests="1" /);
    assert.match(xml, /<testcase classname="deployment\.apps" name="web" time="1\.235"\/>/);
    assert.match(xml, /<failure message="quota &#34;small&#34; is used up" type="failed"\/>/);
    assert.match(xml, /<skipped message="a controller makes it"\/>/);
  });

  it('show what an interrupted run did not get to as errors and first', () => {
    const report: RestoreReport = {
      ...reportWith(
        { item: item('web', 'shop'), outcome: 'created' },
        { item: item('api', 'shop'), outcome: 'unknown', reason: 'interrupted while it was written' },
        { item: item('db', 'shop'), outcome: 'unreached', reason: 'the restore ended before it' },
      ),
      interruption: 'cancelled',
      warnings: ['ResourceQuota <few> has no room'],
    };
    const xml = junitReport(report);
    assert.match(xml, /<testsuites name="ptar restore r-1" tests="3" failures="0" errors="2" /);
    assert.match(xml, /<error message="the restore ended before it" type="unreached"\/>/);
    const html = htmlReport(report);
    assert.match(html, /<h1>Interrupted: 1 object created, 1 object unknown, 1 object unreached<\/h1>/);
    assert.match(html, /What needs a look \(2\)/);
    assert.match(html, /<li>ResourceQuota &#60;few&#62; has no room<\/li>/);
    assert.match(html, /Restored \(1\)/);
  });

  it('of an undo say what was taken back, and nothing that was planned', () => {
    const plan = { ...reportWith(), items: [] };
    const report = restoreReport(
      {
        ...plan,
        version: PLAN_VERSION,
        createdAt: '',
        options: DEFAULT_PLAN_OPTIONS,
        warnings: [],
        items: [],
      },
      [
        {
          item: item('web', 'shop', 'namespace/shop is made by the plan'),
          outcome: 'deleted',
          reason: '',
          notes: [],
          elapsedMs: 1,
        },
      ],
      { action: 'undo', restoreId: 'r-1', startedAt: '', elapsedMs: 1 },
    );
    assert.equal(report.items[0]?.reason, '');
    assert.match(junitReport(report), /<testsuites name="ptar undo r-1"/);
    assert.match(htmlReport(report), /Taken back \(1\)/);
  });

  it('are HTML that loads nothing', () => {
    const html = htmlReport(REPORT);
    assert.match(
      html,
      /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='/,
    );
    assert.doesNotMatch(
      html,
      /<(?:script|link|img|iframe|base|form)|\shref=|\ssrc=|url\(|@import|\son[a-z]+=/i,
    );
    assert.ok(
      html.indexOf('deployment.apps/api') < html.indexOf('deployment.apps/web'),
      'problems come first',
    );
  });

  it('let no object write into them', () => {
    const tags = { xml: new Set(tagsOf(junitReport(REPORT))), html: new Set(tagsOf(htmlReport(REPORT))) };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=y>', "'&\u0000\u202e\ufffe"),
        ),
        (text) => {
          const report = reportWith(
            { item: item(text, text), outcome: 'failed', reason: text, notes: [text] },
            { item: item(text, undefined), outcome: 'skipped', reason: text },
          );
          const xml = junitReport(report);
          for (const tag of tagsOf(xml)) assert.ok(tags.xml.has(tag), tag);
          for (const tag of tagsOf(htmlReport(report))) assert.ok(tags.html.has(tag), tag);
          // What XML 1.0 §2.2 does not allow.
          assert.doesNotMatch(xml, /[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/);
          assert.ok(xml.isWellFormed());
        },
      ),
    );
  });

  it('are written in the form that the name says, for their owner only', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ptar-report-'));
    try {
      for (const [name, begin] of [
        ['r.json', '{'],
        ['r.XML', '<?xml'],
        ['r.html', '<!doctype html>'],
      ] as const) {
        const file = path.join(folder, name);
        await writeReport(file, REPORT);
        assert.ok((await readFile(file, 'utf8')).startsWith(begin));
        if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
      }
      assert.deepEqual(
        JSON.parse(await readFile(path.join(folder, 'r.json'), 'utf8')),
        JSON.parse(JSON.stringify(REPORT)),
      );
      await assert.rejects(checkReportPath('r.txt'), withCode('USAGE'));
      await assert.rejects(checkReportPath(path.join(folder, 'nowhere', 'r.json')), withCode('USAGE'));
      await checkReportPath(path.join(folder, 'r.json'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the page of a restore in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let folder: string;

  before(requirement('browser'));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-page-'));
    browser = await chromium.launch({ executablePath: findChromium() ?? '' });
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has its style, runs nothing and asks for nothing', async () => {
    assert.ok(browser);
    const hostile =
      '</td><script>document.title="run"</script><img src="http://127.0.0.1:1/x" onerror=alert(1)>';
    const file = path.join(folder, 'page.html');
    await writeReport(file, reportWith({ item: item(hostile, 'shop', hostile), outcome: 'failed' }));
    const tab = await browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('pageerror', (error) => complaints.push(error.message));
    tab.on('request', (request) => requests.push(request.url()));
    await tab.goto(pathToFileURL(file).href);
    assert.equal(await tab.title(), 'Restore r-1');
    assert.deepEqual(await tab.locator('h2').allTextContents(), ['What needs a look (1)']);
    assert.equal(await tab.locator('td.failed').textContent(), 'failed');
    assert.equal(await tab.locator('script, img').count(), 0);
    // The policy lets the page have its style, and only that.
    assert.equal(
      await tab.evaluate('getComputedStyle(document.querySelector("td.time")).textAlign'),
      'right',
    );
    assert.deepEqual(complaints, []);
    assert.equal(requests.length, 1);
  });

  it('reads the JUnit form as XML, whatever objects are called', async () => {
    assert.ok(browser);
    const tab = await browser.newPage();
    const names = [
      '<&>"\'',
      ']]>',
      '<!--',
      '&amp;',
      '\u0000\u0008\u000b\u001f\u007f\u0085',
      '\ud800',
      '\ufffe\uffff',
      '\u202e',
    ];
    const xml = junitReport(
      reportWith(
        ...names.map((name) => ({
          item: item(name, 'shop', name),
          outcome: 'failed' as const,
          reason: name,
          notes: [name],
        })),
      ),
    );
    const read = `(() => {
      const parsed = new DOMParser().parseFromString(${JSON.stringify(xml)}, 'text/xml');
      return parsed.querySelector('parsererror')?.textContent ?? parsed.querySelectorAll('failure').length;
    })()`;
    assert.equal(await tab.evaluate(read), names.length);
  });
});
