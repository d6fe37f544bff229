/** Archives that come, go, are damaged, locked, far away or full of secrets: the packed extension in a real editor. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RangeServer } from '../connectors/stores/range-server.ts';
import { TestArchives } from '../extension/test-archives.ts';
import { requirement } from '../requirements.ts';
import { errorsOnConsole, startEditor, type Editor } from './editor.ts';
import { comesTrue, insist } from './insist.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

const PASSPHRASE = 'correct horse';
const CANARY = 'canary-58c1e';
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'many' },
  data: { password: Buffer.from(CANARY).toString('base64') },
};
const PAGE_SIZE = 50;
const OBJECTS = 60;
const NOISE_SIZE = 1 << 20;
/** What the tests are about. */
const EXPECTED =
  /cannot reach|not a \.ptar|not unlocked|replaced|no longer there|truncated|passphrase|does not match its id|not open in this window/;

describe('archives in the editor', function () {
  this.timeout(180_000);
  let archives: TestArchives;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let remove = stop;
  let workbench: Workbench;

  const inWorkspace = (name: string): string => path.join(editor.workspace, name);

  before(requirement('vscode'));
  before(async function () {
    this.timeout(240_000);
    archives = await TestArchives.create();
    remove = () => archives.remove();
    editor = await startEditor({
      vsix: await extensionPackage(),
      settings: { 'ptar.pageSize': PAGE_SIZE, 'ptar.rememberKeys': 'never' },
    });
    stop = () => editor.stop();
    workbench = new Workbench(editor.page);
    const many = await archives.capture('many.ptar', [await archives.configMaps('many', OBJECTS, [SECRET])]);
    await copyFile(many, inWorkspace('many.ptar'));
    await copyFile(await archives.shop('sealed.ptar', PASSPHRASE), inWorkspace('sealed.ptar'));
    await copyFile(await archives.shop('shop.ptar'), inWorkspace('shop.ptar'));
    await writeFile(inWorkspace('foreign.ptar'), 'a shopping list: bread, milk, butter');
    await writeFile(inWorkspace('damaged.ptar'), await damaged());
    await editor.load();
    await workbench.openContainer('ptar');
  });
  after(async () => {
    await stop();
    await remove();
  });
  recoverFailures(() => ({ workbench, editor }));

  /** An archive of noise that was changed where the noise is. */
  async function damaged(): Promise<Uint8Array> {
    const folder = path.join(archives.folder, 'noise');
    await mkdir(folder);
    await writeFile(path.join(folder, 'noise.bin'), randomBytes(NOISE_SIZE));
    const bytes = await readFile(await archives.capture('damaged.ptar', [`fs:${folder}`]));
    return bytes.fill(0x99, NOISE_SIZE / 2, NOISE_SIZE / 2 + 100);
  }

  async function open(name: string): Promise<void> {
    await workbench.quick.file(name);
    await workbench.tab(name).waitFor();
    await workbench.row(name).waitFor();
  }

  /** As the editor's own tree of files names it. */
  function remoteUri(file: string): string {
    return `vscode-remote://${editor.authority}${file}`;
  }

  async function close(name: string): Promise<void> {
    // An archive that has just been opened is brought to the front, which closes menus.
    await insist(
      `${name} closes`,
      () => workbench.menu(workbench.row(name), 'Close Archive'),
      async () => !(await workbench.row(name).isVisible()),
    );
  }

  it('shows long lists a page at a time', async () => {
    await open('many.ptar');
    await workbench.expand('many.ptar', /UTC$/, 'API objects', 'many', 'ConfigMap');
    await workbench.scrollTo('Load more…');
    assert.match(
      (await workbench.row('Load more…').getAttribute('aria-label')) ?? '',
      new RegExp(`${PAGE_SIZE} shown`),
    );
    await workbench.row('Load more…').click();
    await workbench.row('Load more…').waitFor({ state: 'detached' });
    await workbench.scrollTo(`item-${String(OBJECTS - 1).padStart(5, '0')}`);
    await workbench.scrollTo('many.ptar');
    await workbench.collapse('ConfigMap');
  });

  it('keeps a Secret that nobody reveals out of everything', async () => {
    await workbench.expand('Secret');
    const secret = workbench.row('db');
    await workbench.hover(secret, 'password');
    assert.doesNotMatch(await workbench.hoverText(), new RegExp(CANARY));
    await workbench.open('db', 'db.yaml');
    await workbench.editorShows('***');
    await workbench.menu(secret, 'Save As');
    await workbench.quick.path('Save db.yaml', inWorkspace('saved.yaml'));
    const isSaved = async (): Promise<boolean> => (await readdir(editor.workspace)).includes('saved.yaml');
    assert.ok(await comesTrue(isSaved, 30_000), (await readdir(editor.workspace)).join());
    await workbench.quick.command('ptar: Search');
    await workbench.quick.question('Search in Objects');
    await workbench.quick.answer(SECRET.data.password);
    await editor.page.locator('.part.sidebar', { hasText: 'Values of Secrets are not searched' }).waitFor();
    await workbench.quick.command('ptar: Clear Results');
    // What the editor and the browser wrote meanwhile: backups, state, caches, logs.
    assert.deepEqual(await filesWith([CANARY, SECRET.data.password]), []);
    await workbench.closeEditors();
  });

  it('reveals one Secret, in its editor and its copy, and hides it with its archive', async () => {
    await workbench.menu(workbench.row('db'), 'Reveal Secret Values');
    await workbench.editorShows(SECRET.data.password);
    await close('many.ptar');
    await workbench.closeEditors();
    await open('many.ptar');
    await workbench.expand('many.ptar', /UTC$/, 'API objects', 'many', 'Secret');
    await workbench.open('db', 'db.yaml');
    await workbench.editorShows('***');
    await workbench.closeEditors();
    await close('many.ptar');
  });

  it('opens an archive from a URL and fetches only parts of it', async () => {
    const server = await RangeServer.start(await readFile(inWorkspace('shop.ptar')));
    const { origin } = server;
    try {
      await workbench.quick.command('ptar: Open Archive from URL');
      await workbench.quick.question('Open Archive from URL');
      await workbench.quick.input.fill('shop.ptar');
      await workbench.quick.message.filter({ hasText: 'An http or https URL of an archive' }).waitFor();
      await workbench.quick.answer(`${origin}/backups/remote.ptar?signature=canary`);
      await workbench.expand('remote.ptar', /UTC$/, 'API objects', 'shop', 'Deployment');
      await workbench.open('catalog', 'catalog.yaml');
      await workbench.editorShows('kind: Deployment');
      assert.ok(server.requests.length > 0 && server.requests.every(({ range }) => range !== undefined));
      assert.doesNotMatch(await workbench.sidebarText(), /canary/);
      await workbench.closeEditors();
      await close('remote.ptar');
    } finally {
      await server.stop();
    }
    await workbench.quick.command('ptar: Open Archive from URL');
    await workbench.quick.question('Open Archive from URL');
    await workbench.quick.answer(`${origin}/gone.ptar`);
    await workbench.toastShows('cannot reach');
    await workbench.closeToasts();
    await close('gone.ptar');
  });

  it('opens archives that are dropped on the view', async () => {
    await open('many.ptar');
    await workbench.closeEditors();
    const uris = ['shop.ptar', 'damaged.ptar'].map((name) => remoteUri(inWorkspace(name)));
    await workbench.drop(['# from elsewhere', ...uris], workbench.row('many.ptar'), async () =>
      (await Promise.all(['shop.ptar', 'damaged.ptar'].map((name) => workbench.row(name).isVisible()))).every(
        Boolean,
      ),
    );
    await close('damaged.ptar');
    await workbench.expand('shop.ptar', /UTC$/);
    await close('many.ptar');
    await close('shop.ptar');
  });

  it('says of a foreign file what it is not, and offers another', async () => {
    await open('foreign.ptar');
    await workbench.webview.locator('p', { hasText: /no \.ptar|not a/ }).waitFor();
    await workbench.picture('foreign');
    await workbench.closeEditors();
    await close('foreign.ptar');
  });

  it('lists what verification finds in a damaged archive, by what is lost', async () => {
    await open('damaged.ptar');
    await workbench.menu(workbench.row('damaged.ptar'), 'Verify Archive');
    await workbench.row(/^the packfile does not match/).waitFor();
    const lost = workbench.row(/^1 of \d+ chunks? of .*noise\.bin/);
    assert.match((await lost.getAttribute('aria-label')) ?? '', /lost: content/);
    await workbench.picture('damaged');
    await workbench.open(/noise\.bin/, 'noise.bin');
    await workbench.quick.command('ptar: Clear Results');
    await workbench.closeEditors();
    await close('damaged.ptar');
  });

  it('gives up after five wrong passphrases, and begins again on demand', async () => {
    await workbench.quick.file('sealed.ptar');
    for (let attempt = 1; attempt <= 5; attempt++) {
      await workbench.quick.question('Unlock');
      if (attempt > 1) {
        await workbench.quick.message.filter({ hasText: `Attempt ${attempt} of 5` }).waitFor();
      }
      await workbench.quick.answer(`wrong ${attempt}`);
    }
    await workbench.webview.locator('p', { hasText: 'locked' }).waitFor();
    await workbench.webview.locator('a', { hasText: 'Unlock' }).click();
    await workbench.quick.question('Unlock');
    await workbench.quick.cancel();
    await workbench.webview.locator('p', { hasText: 'locked' }).waitFor();
    assert.equal(await workbench.toast(/encrypted/).isVisible(), false);
    await workbench.expand('sealed.ptar');
    await workbench.row(/^Locked\. Unlock it/).click();
    await workbench.quick.question('Unlock');
    await workbench.quick.answer(PASSPHRASE);
    await workbench.row(/UTC$/).waitFor();
    await workbench.closeEditors();
  });

  it('holds several archives at once, and has them again after a restart, locked ones locked', async () => {
    await open('shop.ptar');
    await workbench.row('sealed.ptar').waitFor();
    await workbench.quick.command('ptar: Go to Object');
    await workbench.quick.question('Which archive');
    await workbench.quick.cancel();
    await workbench.closeEditors();
    await editor.load();
    await workbench.openContainer('ptar');
    await workbench.row('shop.ptar').waitFor();
    // A page of it that comes back in front asks for the passphrase.
    await insist(
      'the archive is locked',
      async () => {
        if (await workbench.quick.input.isVisible()) await workbench.quick.cancel();
        await workbench.expand('sealed.ptar');
      },
      () => workbench.row(/^Locked\. Unlock it/).isVisible(),
    );
    await close('sealed.ptar');
  });

  it('notices that a file was replaced or deleted, and says what is still shown', async () => {
    await workbench.expand('shop.ptar', /UTC$/);
    await rm(inWorkspace('shop.ptar'));
    await copyFile(inWorkspace('many.ptar'), inWorkspace('shop.ptar'));
    await workbench.quick.command('ptar: Refresh');
    await workbench.clickToast('was replaced. What is open shows what it held before', 'Open Again');
    await workbench.expand('shop.ptar', /UTC$/, 'API objects', 'many');
    await rm(inWorkspace('shop.ptar'));
    await workbench.quick.command('ptar: Refresh');
    await workbench.toastShows('is no longer there. What is open shows what it held');
    await workbench.expand('ConfigMap');
    await workbench.open('item-00000', 'item-00000.yaml');
    await workbench.editorShows('kind: ConfigMap');
    await workbench.clickToast('is no longer there', 'Close Archive');
    await workbench.row('shop.ptar').waitFor({ state: 'detached' });
    await workbench.closeEditors();
  });

  it('says nothing on the console', () => {
    assert.deepEqual(errorsOnConsole(editor, EXPECTED), []);
  });

  /** Files of the editor, its browser and the workspace, but for archives, that hold one of `texts`. */
  async function filesWith(texts: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    const extensions = path.join(editor.folder, 'extensions');
    for (const entry of await readdir(editor.folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || file.endsWith('.ptar') || file.startsWith(extensions)) continue;
      // What is deleted meanwhile holds nothing any more.
      const content = await readFile(file).catch(() => Buffer.alloc(0));
      if (texts.some((text) => content.includes(text))) found.push(file);
    }
    return found;
  }
});
