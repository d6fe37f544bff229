/** The library in a browser: bundled, under a strict content security policy, in a page and in a worker. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { blobSource, openArchive } from '../../src/format/index.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { findChromium } from '../browser.ts';
import { requirement } from '../requirements.ts';
import type { RoundTripReport, ServedArchive } from './browser/archive-round-trip.ts';
import { expectedLines, fixtures } from './fixtures.ts';

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
/** Deriving an Argon2id key in JavaScript takes seconds, on a busy machine many. */
const RUN_LIMIT_MS = 300_000;
const SHOWN = ['basic', 'basic-encrypted', 'basic-sha256', 'multi'];

describe('ptar/format in a browser', function () {
  this.timeout(RUN_LIMIT_MS);
  let server: Server | undefined;
  let browser: Browser | undefined;
  let page: Page;
  const complaints: string[] = [];
  const shown = fixtures.filter(({ name }) => SHOWN.includes(name));
  const served: ServedArchive[] = shown.map(({ name, passphrase }) => ({
    url: `/${name}.ptar`,
    ...(passphrase !== undefined && { passphrase }),
  }));

  before(requirement('browser'));
  before(async () => {
    const files = new Map<string, readonly [type: string, body: Uint8Array | string]>();
    files.set('/', ['text/html', '<!doctype html><title>ptar</title><script src="/page.js"></script>']);
    for (const { name, archive } of shown) {
      files.set(`/${name}.ptar`, ['application/octet-stream', await readFile(archive)]);
    }
    const { outputFiles } = await build({
      entryPoints: ['page', 'worker'].map((name) => path.join(import.meta.dirname, 'browser', `${name}.ts`)),
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2023',
      outdir: '/',
      write: false,
      logLevel: 'error',
    });
    for (const file of outputFiles) {
      files.set(`/${path.basename(file.path)}`, ['text/javascript', file.contents]);
    }
    const listening = createServer((request, response) => {
      const [type, body] = files.get(request.url ?? '') ?? [];
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': type ?? 'text/plain',
        'content-security-policy': POLICY,
      });
      response.end(body);
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('console', (message) => {
      // The icon that browsers ask for by themselves is not there.
      if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${(listening.address() as AddressInfo).port}/`);
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  for (const where of ['runInPage', 'runInWorker'] as const) {
    it(`reads and writes archives (${where})`, async () => {
      const report = (await page.evaluate(
        ([name, archives]) =>
          (globalThis as unknown as Record<string, (a: unknown) => unknown>)[name]!(archives),
        [where, served] as const,
      )) as RoundTripReport;
      for (const fixture of shown) {
        const { paths, findings } = report.read[`/${fixture.name}.ptar`]!;
        const expected = (await expectedLines(fixture)) as { path?: string }[];
        assert.deepEqual(findings, []);
        assert.deepEqual(paths.sort(), expected.flatMap((line) => line.path ?? []).sort());
      }
      assert.equal(report.written.text, 'written in a browser');
      assert.equal(report.written.isSigned, true);
      const archive = await openArchive(
        blobSource(new Blob([Uint8Array.from(report.written.bytes)]), 'made there'),
        {
          primitives: nodePrimitives,
          passphrase: () => Promise.resolve(Buffer.from('in a browser')),
        },
      );
      const [snapshot] = await archive.snapshots();
      assert.equal(
        Buffer.from(await snapshot!.bytes(await snapshot!.entry('/note.txt'), 1000)).toString(),
        'written in a browser',
      );
    });
  }

  it('breaks no content security policy', () => {
    assert.deepEqual(complaints, []);
  });
});
