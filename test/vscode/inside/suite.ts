/** What only the editor's API can tell, asked inside the extension host, of the installed extension. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { archiveKeyOf } from '../../../src/extension/archive-uri.ts';

const CANARY = Buffer.from('canary-7f3a9').toString('base64');

/** Defines the tests. PTAR_INSIDE_ARCHIVE is an archive with the object `many/Secret/db` in every snapshot. */
export function defineSuite(): void {
  describe('explorer inside the editor', () => {
    const location = process.env['PTAR_INSIDE_ARCHIVE'] ?? '';
    const authority = archiveKeyOf(location);
    let snapshot: string;

    const uri = (path: string): vscode.Uri =>
      vscode.Uri.from({ scheme: 'ptar', authority, path: `/${snapshot}${path}` });
    const read = async (which: vscode.Uri): Promise<string> =>
      Buffer.from(await vscode.workspace.fs.readFile(which)).toString();

    before(async () => {
      await vscode.commands.executeCommand('ptar.openArchive', vscode.Uri.file(location));
      const root = await vscode.workspace.fs.readDirectory(
        vscode.Uri.from({ scheme: 'ptar', authority, path: '/' }),
      );
      snapshot = root[0]?.[0] ?? '';
    });

    it('is installed, and is the package under test', () => {
      const extension = vscode.extensions.getExtension('ptar.ptar');
      assert.equal(extension?.isActive, true);
      const manifest = extension.packageJSON as { readonly enabledApiProposals?: unknown };
      assert.equal(manifest.enabledApiProposals, undefined);
    });

    it('has every command that it contributes', async () => {
      const known = new Set(await vscode.commands.getCommands(true));
      const contributed = vscode.extensions.getExtension('ptar.ptar')?.packageJSON as {
        contributes: { commands: { command: string }[] };
      };
      for (const { command } of contributed.contributes.commands) assert.ok(known.has(command), command);
    });

    it('is a read-only file system', async () => {
      assert.equal(vscode.workspace.fs.isWritableFileSystem('ptar'), false);
      const file = uri('/many/_/ConfigMap/v1/item-00000.yaml');
      const stat = await vscode.workspace.fs.stat(file);
      assert.equal(stat.permissions, vscode.FilePermission.Readonly);
      assert.equal(stat.size, Buffer.byteLength(await read(file)));
      await assert.rejects(async () => vscode.workspace.fs.writeFile(file, Buffer.from('x')));
      await assert.rejects(async () => vscode.workspace.fs.delete(file));
      await assert.rejects(async () => vscode.workspace.fs.readFile(uri('/many/none.yaml')), {
        code: 'FileNotFound',
      });
    });

    it('opens objects as YAML documents', async () => {
      const document = await vscode.workspace.openTextDocument(uri('/many/_/ConfigMap/v1/item-00000.yaml'));
      assert.equal(document.languageId, 'yaml');
      await vscode.window.showTextDocument(document);
      assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, 'ptar');
    });

    it('hides Secrets from editors, the clipboard and comparisons until they are revealed', async () => {
      const secret = uri('/many/_/Secret/v1/db.yaml');
      assert.ok(!(await read(secret)).includes(CANARY));
      const document = await vscode.workspace.openTextDocument(secret);
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('ptar.copyYaml', secret);
      assert.ok(!(await vscode.env.clipboard.readText()).includes(CANARY));
      const cleaned = await vscode.workspace.openTextDocument(secret.with({ scheme: 'ptar-cleaned' }));
      assert.ok(!cleaned.getText().includes(CANARY) && cleaned.getText().includes('hidden-'));
      await vscode.commands.executeCommand('ptar.revealSecret', secret);
      assert.ok((await read(secret)).includes(CANARY));
      await until(() => document.getText().includes(CANARY));
      await vscode.commands.executeCommand('ptar.hideSecret', secret);
      assert.ok(!(await read(secret)).includes(CANARY));
      await until(() => !document.getText().includes(CANARY));
    });

    it('opens the overview for a .ptar file', async () => {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(location));
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputCustom);
      assert.equal(input.viewType, 'ptar.overview');
    });

    it('cannot be read any more once it is closed', async () => {
      await vscode.commands.executeCommand('ptar.closeArchive', authority);
      await assert.rejects(async () => vscode.workspace.fs.readFile(uri('/many/_/Secret/v1/db.yaml')));
    });
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 50) {
    if (waitedMs > 20_000) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
