/** The explorer as a person uses it: the packed extension in a real editor. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import { requirement } from '../requirements.ts';
import { errorsOnConsole, startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', 'examples', 'shop');
const PASSPHRASE = 'correct horse';

/** What {@link intrude} uses of the page. */
interface PageScope {
  readonly document: { createElement(name: string): { textContent: string } };
  readonly ran?: boolean;
}

/** Runs in the page: tries what an archive must not be able to do. */
async function intrude(body: { append(child: unknown): void }): Promise<object> {
  const scope = globalThis as unknown as PageScope;
  const script = scope.document.createElement('script');
  script.textContent = 'globalThis.ran = true';
  body.append(script);
  const fetched = await fetch('/healthz').catch(() => undefined);
  return { ran: scope.ran === true, fetched: fetched !== undefined };
}

describe('explorer in the editor', function () {
  this.timeout(180_000);
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let workbench: Workbench;

  before(requirement('vscode'));
  before(async function () {
    this.timeout(240_000);
    editor = await startEditor({ vsix: await extensionPackage() });
    stop = () => editor.stop();
    workbench = new Workbench(editor.page);
    await captureSources({
      sources: [`manifests:${EXAMPLES}/before`],
      archivePath: path.join(editor.workspace, 'sealed.ptar'),
      encryption: () => Promise.resolve({ passphrase: Buffer.from(PASSPHRASE), kdf: 'ARGON2ID' }),
    });
    await editor.load();
  });
  after(async () => {
    await stop();
  });
  recoverFailures(() => ({ workbench, editor }));

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
    await workbench.expand(/UTC$/, 'API objects', 'shop', 'Deployment');
    await workbench.row('catalog').waitFor();
    await workbench.badge('checkout', 'M');
    await workbench.badge('recommendations', 'A');
  });

  it('opens an object in a read-only editor', async () => {
    await workbench.open('catalog', 'catalog.yaml');
    await workbench.editorShows('kind: Deployment');
    await workbench.picture('browse');
  });

  it('compares with the snapshot before, without what clusters add', async () => {
    await workbench.menu(workbench.row('checkout'), 'Compare with Previous Snapshot', 'menu');
    await workbench.tab(/checkout \(/).waitFor();
    const diff = editor.page.locator('.part.editor .monaco-diff-editor');
    await diff.locator('.line-insert, .char-insert').first().waitFor({ state: 'attached' });
    assert.doesNotMatch(await workbench.editorText(), /resourceVersion|managedFields/);
    await workbench.picture('compare');
  });

  it('lists what changed between two snapshots', async () => {
    await workbench.menu(workbench.row(/UTC$/), 'What Changed');
    for (const group of ['Changed', 'Added', 'Removed']) await workbench.row(group).waitFor();
    await workbench.picture('what-changed');
    await workbench.open('Deployment.apps/recommendations', /recommendations \(/);
    await workbench.quick.command('ptar: Clear Results');
    await workbench.row('Deployment.apps/recommendations').waitFor({ state: 'detached' });
  });

  it('hides a Secret until it is revealed, and again', async () => {
    await workbench.expand('Secret');
    await workbench.open('orders-db', 'orders-db.yaml');
    await workbench.editorShows('***');
    await workbench.picture('secret');
    const hidden = await workbench.editorText();
    await workbench.menu(workbench.row('orders-db'), 'Reveal Secret Values');
    await workbench.editorHides('***');
    assert.notEqual(await workbench.editorText(), hidden);
    await workbench.menu(workbench.row('orders-db'), 'Hide Secret Values');
    await workbench.editorShows('***');
  });

  it('filters, says so, and shows everything again', async () => {
    await workbench.quick.command('ptar: Filter by Name');
    await workbench.quick.question('Filter by Name');
    await workbench.quick.answer('shop checkout deploy');
    await editor.page.locator('.part.sidebar', { hasText: 'Filter: shop checkout deploy' }).waitFor();
    await workbench.row('Secret').waitFor({ state: 'detached' });
    await workbench.row('checkout').waitFor();
    await workbench.picture('filter');
    await workbench.quick.command('ptar: Clear Filter');
    await workbench.row('Secret').waitFor();
  });

  it('goes to an object by its name, and searches', async () => {
    await workbench.quick.command('ptar: Go to Object');
    await workbench.quick.question('Go to Object');
    await workbench.quick.input.fill('tills');
    await workbench.quick.choose('Go to Object', 'CustomResourceDefinition');
    await workbench.tab(/^tills/).waitFor();
    await workbench.quick.command('ptar: Search');
    await workbench.quick.question('Search in Objects');
    await workbench.quick.answer('image:recommendations');
    await workbench.row('Deployment.apps/recommendations').waitFor();
    await workbench.quick.command('ptar: Clear Results');
  });

  it('asks for the passphrase of an archive, again after a wrong one, and shows what it is', async () => {
    await workbench.quick.file('sealed.ptar');
    await workbench.quick.question('Unlock');
    assert.equal(await workbench.quick.input.getAttribute('type'), 'password');
    await workbench.quick.answer('wrong');
    await editor.page.locator('.quick-input-widget', { hasText: 'Attempt 2' }).waitFor();
    await workbench.picture('passphrase');
    await workbench.quick.answer(PASSPHRASE);
    await workbench.webview.locator('h1', { hasText: 'sealed.ptar' }).waitFor();
    await workbench.webview.locator('.facts', { hasText: 'AES256-GCM-SIV' }).waitFor();
    await workbench.picture('overview');
  });

  it('runs no script in the overview and loads nothing from elsewhere', async () => {
    const outcome = await workbench.webview.locator('body').evaluate(intrude);
    assert.deepEqual(outcome, { ran: false, fetched: false });
  });

  it('locks an archive: what was open cannot be read any more', async () => {
    await workbench.menu(workbench.row('sealed.ptar'), 'Lock');
    await workbench.webview.locator('p', { hasText: 'locked' }).waitFor();
    await workbench.closeEditors();
  });

  it('can be used with the keyboard alone', async () => {
    await workbench.quick.command('ptar: Focus on Archives View');
    const { keyboard } = editor.page;
    await keyboard.press('Home');
    await workbench.focusRow('catalog');
    assert.match(
      (await workbench.row('catalog').getAttribute('aria-label')) ?? '',
      /Deployment\.apps catalog/,
    );
    await keyboard.press('Enter');
    await workbench.tab('catalog.yaml').waitFor();
    await workbench.quick.command('ptar: Focus on Archives View');
    await workbench.focusRow('checkout');
    await workbench.menuByKeyboard('Compare with Previous Snapshot');
    await workbench.tab(/checkout \(/).waitFor();
    await workbench.closeEditors();
  });

  it('reads well in high contrast', async () => {
    await workbench.chooseTheme('Dark High Contrast');
    await editor.page.locator('.monaco-workbench.hc-black').waitFor();
    await workbench.quick.file('sealed.ptar');
    await workbench.quick.question('Unlock');
    await workbench.quick.cancel();
    await workbench.webview.locator('p', { hasText: 'locked' }).waitFor();
    await workbench.picture('high-contrast');
  });

  it('says nothing on the console', () => {
    // The one refusal is what a test above tried.
    assert.deepEqual(errorsOnConsole(editor, /healthz|Blocked script execution/), []);
  });
});
