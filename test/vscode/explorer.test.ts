/** The explorer as a person uses it: the packed extension in a real editor. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { requirement } from '../requirements.ts';
import { startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';
import { Workbench } from './workbench.ts';

const PICTURES =
  process.env['PTAR_PICTURES'] ?? path.join(import.meta.dirname, '..', '..', 'coverage', 'pictures');

describe('extension in the editor', function () {
  this.timeout(60_000);
  let editor: Editor;
  let workbench: Workbench;

  before(requirement('vscode'));
  before(async function () {
    this.timeout(180_000);
    editor = await startEditor({ vsix: await extensionPackage() });
    workbench = new Workbench(editor.page, PICTURES);
    await editor.load();
  });
  after(async () => {
    await editor?.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await workbench.picture(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
    for (let presses = 0; presses < 3; presses++) await editor.page.keyboard.press('Escape');
  });

  it('welcomes who has no archive, and opens the sample', async () => {
    await workbench.openContainer('ptar');
    await editor.page
      .locator('.part.sidebar .welcome-view-content', { hasText: 'No cluster is needed' })
      .waitFor();
    await workbench.picture('welcome');
    await editor.page
      .locator('.part.sidebar .welcome-view a.monaco-button', { hasText: 'Try the Sample' })
      .click();
    await workbench.row('shop.ptar').waitFor();
    await workbench.row(/UTC$/).waitFor();
  });

  it('shows snapshots, layers, namespaces, kinds and objects', async () => {
    await workbench.expand(/UTC$/);
    await workbench.expand('API objects');
    await workbench.expand('shop');
    await workbench.expand('Deployment');
    await workbench.row('catalog').waitFor();
    await workbench.picture('archives');
  });

  it('opens an object in a read-only editor', async () => {
    await workbench.row('catalog').click();
    await workbench.tab('catalog.yaml').waitFor();
    await workbench.editorShows('kind: Deployment');
    await workbench.picture('object');
  });

  it('says nothing on the console', () => {
    const known = /vsda|\[lifecycle\]|github-authentication|Timed out waiting for authentication provider/;
    assert.deepEqual(
      editor.console.filter((line) => line.startsWith('[error]') && !known.test(line)),
      [],
    );
  });
});
