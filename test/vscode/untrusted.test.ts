/** The explorer in a workspace that nobody trusts: archives are browsed, clusters are not reached. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TestArchives } from '../extension/test-archives.ts';
import { requirement } from '../requirements.ts';
import { errorsOnConsole, startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

/** Entries of menus and of the palette that reach clusters, or run programs that do. */
const CLUSTER_ENTRIES = ['Restore…', 'Compare with Live Cluster…', 'Terminal: ptar cat … | kubectl apply'];
const CLUSTER_COMMANDS = ['ptar: Capture Cluster', 'ptar: Restore', 'ptar: Undo Restore'];
/** What a key of a person's own can run, whatever menus offer. */
const KEYS = [
  { key: 'ctrl+alt+1', command: 'ptar.capture' },
  { key: 'ctrl+alt+2', command: 'ptar.restore' },
];
const NOT_TRUSTED = 'This workspace is not trusted, so clusters are not reached';
/** What the tests are about, and what the editor says of itself when it starts again what needs trust. */
const EXPECTED = /not trusted|vscode\.typescript-language-features/;

describe('explorer in an untrusted workspace', function () {
  this.timeout(180_000);
  let archives: TestArchives;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let remove = stop;
  let workbench: Workbench;

  before(requirement('vscode'));
  before(async function () {
    this.timeout(240_000);
    archives = await TestArchives.create();
    remove = () => archives.remove();
    editor = await startEditor({
      vsix: await extensionPackage(),
      isTrusted: false,
      settings: { 'security.workspace.trust.startupPrompt': 'never' },
    });
    stop = () => editor.stop();
    workbench = new Workbench(editor.page);
    await writeFile(path.join(editor.folder, 'user', 'User', 'keybindings.json'), JSON.stringify(KEYS));
    const shop = await readFile(await archives.shop('shop.ptar'));
    await writeFile(path.join(editor.workspace, 'shop.ptar'), shop);
    // A workspace may bring settings along; nobody has said that this one may choose a kubeconfig.
    await mkdir(path.join(editor.workspace, '.vscode'));
    await writeFile(
      path.join(editor.workspace, '.vscode', 'settings.json'),
      JSON.stringify({ 'ptar.kubeconfig': '/evil/config' }),
    );
    await editor.load();
  });
  after(async () => {
    await stop();
    await remove();
  });
  recoverFailures(() => ({ workbench, editor }));

  it('says what it does there and what not', async () => {
    await workbench.openContainer('ptar');
    const welcome = editor.page.locator('.part.sidebar .welcome-view-content');
    await welcome.filter({ hasText: 'clusters are not reached' }).waitFor();
    await workbench.picture('untrusted');
    assert.equal(await welcome.locator('a', { hasText: 'Capture Cluster' }).isVisible(), false);
  });

  it('opens archives, objects and comparisons', async () => {
    await workbench.quick.file('shop.ptar');
    await workbench.webview.locator('h1', { hasText: 'shop.ptar' }).waitFor();
    await workbench.expand('shop.ptar', /UTC$/, 'API objects', 'shop', 'Deployment');
    await workbench.open('catalog', 'catalog.yaml');
    await workbench.editorShows('kind: Deployment');
    await workbench.menu(workbench.row('checkout'), 'Compare with Previous Snapshot');
    await workbench.tab(/checkout \(/).waitFor();
  });

  it('offers nothing that reaches a cluster', async () => {
    const entries = await workbench.menuEntries(workbench.row('catalog'));
    assert.ok(entries.includes('Copy as YAML'), entries.join());
    for (const entry of CLUSTER_ENTRIES) assert.ok(!entries.includes(entry), entry);
    assert.equal(await workbench.quick.offers('ptar: Filter by Name'), true);
    for (const command of CLUSTER_COMMANDS) {
      assert.equal(await workbench.quick.offers(command), false, command);
    }
  });

  it('says why where it is asked all the same', async () => {
    await workbench.row('catalog').click();
    for (const { key } of KEYS) {
      await editor.page.keyboard.press(key.replace('ctrl', 'Control').replace('alt', 'Alt'));
      await workbench.clickToast(NOT_TRUSTED, 'Manage Trust');
      await editor.page.locator('.workspace-trust-editor').waitFor();
      await workbench.closeToasts();
    }
    assert.equal(await workbench.quick.input.isVisible(), false);
  });

  it('reaches them as soon as the workspace is trusted', async () => {
    await editor.page.locator('.workspace-trust-editor .monaco-button', { hasText: 'Trust' }).first().click();
    await editor.page.locator('.workspace-trust-header', { hasText: 'You trust' }).waitFor();
    assert.equal(await workbench.quick.offers('ptar: Capture Cluster'), true);
    const entries = await workbench.menuEntries(workbench.row('catalog'));
    for (const entry of CLUSTER_ENTRIES) assert.ok(entries.includes(entry), entry);
  });

  it('says nothing on the console', () => {
    assert.deepEqual(errorsOnConsole(editor, EXPECTED), []);
  });
});
