/** Runs `inside/` in the extension host of a real editor, against the installed package. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { TestArchives } from '../extension/test-archives.ts';
import { requirement } from '../requirements.ts';
import { startEditor, type Editor } from './editor.ts';
import type { InsideResult } from './inside/index.ts';
import { extensionPackage } from './vsix.ts';

const root = path.join(import.meta.dirname, '..', '..');
const RUN_LIMIT_MS = 180_000;

describe('extension host', function () {
  this.timeout(300_000);
  let folder: string;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let remove = stop;

  before(requirement('vscode'));
  before(async () => {
    // Inside the project, because mocha is found from there.
    await mkdir(path.join(root, 'coverage'), { recursive: true });
    folder = await mkdtemp(path.join(root, 'coverage', 'inside-'));
    await writeFile(
      path.join(folder, 'package.json'),
      '{ "name": "driver", "publisher": "test", "version": "0.0.1", "engines": { "vscode": "*" } }',
    );
    await build({
      entryPoints: [path.join(root, 'test', 'vscode', 'inside', 'index.ts')],
      outfile: path.join(folder, 'index.js'),
      bundle: true,
      format: 'cjs',
      platform: 'node',
      external: ['vscode', 'mocha'],
      logLevel: 'error',
    });
    const archives = await TestArchives.create();
    remove = async () => {
      await archives.remove();
      await rm(folder, { recursive: true, force: true });
    };
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'many' },
      data: { password: Buffer.from('canary-7f3a9').toString('base64') },
    };
    const archive = await archives.capture('inside.ptar', [await archives.configMaps('many', 2, [secret])]);
    editor = await startEditor({
      vsix: await extensionPackage(),
      environment: {
        PTAR_INSIDE_ARCHIVE: archive,
        PTAR_INSIDE_RESULTS: path.join(folder, 'results.json'),
      },
      // Without it the workbench takes no tests from its address.
      arguments: ['--vscode-option', 'enable-smoke-test-driver'],
    });
    stop = () => editor.stop();
  });
  after(async () => {
    await stop();
    await remove();
  });

  it('passes all tests inside', async () => {
    const ended = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error('the tests inside did not end in time')), RUN_LIMIT_MS).unref();
      void editor.page.exposeFunction('codeAutomationExit', resolve);
    });
    await editor.page.exposeFunction('codeAutomationLog', () => undefined);
    const remote = (file: string): string => `vscode-remote://${editor.authority}${file}`;
    const payload = [
      ['extensionDevelopmentPath', remote(folder)],
      ['extensionTestsPath', remote(path.join(folder, 'index.js'))],
    ];
    await editor.load({ payload: JSON.stringify(payload) });
    const code = await ended;
    const results = JSON.parse(await readFile(path.join(folder, 'results.json'), 'utf8')) as InsideResult[];
    assert.deepEqual(
      results.filter(({ error }) => error !== undefined),
      [],
    );
    assert.equal(code, 0);
    assert.equal(results.length, 7);
  });
});
