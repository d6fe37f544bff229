/** Runs `inside/` in the extension host of a real editor, against the installed package. */
import assert from 'node:assert/strict';
import { requirement } from '../requirements.ts';
import { insideSuite, type InsideSuite } from './driver.ts';
import { startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';

const RUN_LIMIT_MS = 180_000;

describe('extension host', function () {
  this.timeout(300_000);
  let suite: InsideSuite;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let remove = stop;

  before(requirement('vscode'));
  before(async () => {
    suite = await insideSuite();
    remove = () => suite.remove();
    editor = await startEditor({
      vsix: await extensionPackage(),
      environment: suite.environment,
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
      ['extensionDevelopmentPath', remote(suite.folder)],
      ['extensionTestsPath', remote(suite.entry)],
    ];
    await editor.load({ payload: JSON.stringify(payload) });
    const code = await ended;
    const results = await suite.results();
    assert.deepEqual(
      results.filter(({ error }) => error !== undefined),
      [],
    );
    assert.equal(code, 0);
    assert.equal(results.length, 7);
  });
});
