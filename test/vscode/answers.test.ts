/** What the explorer answers in its list of results: timelines and verifications. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { requirement } from '../requirements.ts';
import { startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', 'examples', 'shop');

describe('answers of the explorer', function () {
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
    const archivePath = path.join(editor.workspace, 'release.ptar');
    await captureSources({
      sources: [`manifests:${EXAMPLES}/before`],
      archivePath,
      encryption: () => Promise.resolve('plaintext'),
    });
    await addSnapshots({ sources: [`manifests:${EXAMPLES}/after`], archivePath });
    await writeFile(path.join(editor.workspace, 'damaged.ptar'), await damaged(archivePath));
    await editor.load();
  });
  after(async () => {
    await stop();
  });
  recoverFailures(() => ({ workbench, editor }));

  /** The archive with one bit of a chunk turned. */
  async function damaged(archivePath: string): Promise<Uint8Array> {
    const archive = await openArchiveFile(archivePath);
    const { blobs } = archive.parts.state;
    const indexes = Array.from({ length: blobs.count }, (_, index) => index);
    const chunk = indexes.find((index) => blobs.type(index) === ResourceType.chunk);
    const middle = blobOffset(archive.parts, chunk!) + Math.floor(blobs.length(chunk!) / 2);
    await archive.close();
    const bytes = await readFile(archivePath);
    bytes[middle] = bytes[middle]! ^ 1;
    return bytes;
  }

  it('tells what happened between two snapshots, of one kind too, and leads to it', async () => {
    await workbench.quick.file('release.ptar');
    await workbench.webview.locator('h1', { hasText: 'release.ptar' }).waitFor();
    await workbench.openContainer('ptar');
    await workbench.expand('release.ptar');
    await workbench.menu(workbench.row(/UTC$/), 'Timeline');
    const checkout = /\d\d:\d\d:\d\d Deployment\.apps\/checkout$/;
    const legacy = /\d\d:\d\d:\d\d Deployment\.apps\/legacy/;
    await workbench.row(/ConfigMap\/catalog$/).waitFor();
    await workbench.picture('timeline');
    await workbench.open(checkout, /checkout \(.* ↔ /);
    await workbench.open(legacy, /^legacy.*\.yaml/);
    for (const label of [/UTC$/, 'API objects', 'shop']) await workbench.expand(label);
    await workbench.menu(workbench.row('Deployment'), 'Timeline');
    await workbench.row(/ConfigMap\/catalog$/).waitFor({ state: 'detached' });
    await workbench.row(checkout).waitFor();
    await workbench.quick.command('ptar: Clear Results');
    await workbench.row(checkout).waitFor({ state: 'detached' });
  });

  it('lists what a verification found, and leads to what is damaged', async () => {
    await workbench.menu(workbench.row('release.ptar'), 'Verify Archive');
    await workbench.toastShows('Every byte is what was captured.');
    await workbench.collapse('release.ptar');
    await workbench.quick.file('damaged.ptar');
    await workbench.row('damaged.ptar').waitFor();
    await workbench.menu(workbench.row('damaged.ptar'), 'Verify Archive');
    await editor.page.locator('.part.sidebar', { hasText: /damaged\.ptar: [1-9]\d* findings?/ }).waitFor();
    await workbench.row(/chunks of \/shop\/.* cannot be read/).waitFor();
    await workbench.picture('findings');
  });

  it('says nothing in its log that is a bug', async () => {
    assert.doesNotMatch(await editor.extensionLog(), /TypeError|ReferenceError/);
  });
});
