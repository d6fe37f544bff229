/** Entry point of the explorer. Nothing heavy is loaded here: archives, clusters and comparisons are, when they are first needed. */
import * as vscode from 'vscode';
import { ArchiveShelf } from '../archive-shelf.ts';
import { ARCHIVE_SCHEME, type ArchiveAddress } from '../archive-uri.ts';
import type { ArchiveContent } from '../archive-content.ts';
import { NodeChildren } from '../node-children.ts';
import { RevealedSecrets } from '../revealed-secrets.ts';
import { ArchiveDrop } from './archive-drop.ts';
import { ArchiveFileSystem } from './archive-file-system.ts';
import { ArchiveTree } from './archive-tree.ts';
import { watchArchives } from './archive-watch.ts';
import { registerCommands } from './commands.ts';
import { ComparedDocuments } from './compared-documents.ts';
import { Decorations } from './decorations.ts';
import { OverviewEditor } from './overview-editor.ts';
import { keptRecords, shelfPorts } from './passphrase-prompt.ts';
import { RestoreSession } from './restore-session.ts';
import { ResultTree } from './result-tree.ts';
import { SecretState } from './secret-state.ts';
import type { Services } from './services.ts';
import { uriOf } from './uri.ts';

/** Called by the editor when a view, an archive or a command of ours is first used. */
export function activate(context: vscode.ExtensionContext): void {
  const begunMs = performance.now();
  const log = vscode.window.createOutputChannel('ptar', { log: true });
  const shelf = new ArchiveShelf(shelfPorts(context), keptRecords(context));
  const children = new NodeChildren(shelf, () =>
    vscode.workspace.getConfiguration('ptar').get<number>('pageSize', 1000),
  );
  const revealed = new RevealedSecrets();
  let loading: Promise<ArchiveContent> | undefined;
  const content = (): Promise<ArchiveContent> => {
    loading ??= import('../archive-content.ts').then((module) => new module.ArchiveContent(shelf, revealed));
    return loading;
  };
  const tree = new ArchiveTree({ children, revealed, shelf });
  const treeView = vscode.window.createTreeView('ptar.archives', {
    treeDataProvider: tree,
    dragAndDropController: new ArchiveDrop(),
    canSelectMany: true,
    showCollapseAll: true,
    manageCheckboxStateManually: true,
  });
  const fileSystem = new ArchiveFileSystem({ content });
  const decorations = new Decorations({ shelf, revealed });
  const results = new ResultTree('ptar.results', 'ptar.hasResults');
  const plans = new ResultTree('ptar.plan', 'ptar.hasPlan');
  const documents = new ComparedDocuments({ content });
  const contentChanged = (address: ArchiveAddress): void => {
    fileSystem.changed(address);
    decorations.changed(uriOf(address));
  };
  const services: Services = {
    context,
    log,
    shelf,
    children,
    revealed,
    tree,
    treeView,
    results,
    plans,
    restore: new RestoreSession(),
    documents,
    content,
    contentChanged,
  };
  context.subscriptions.push(
    log,
    treeView,
    results,
    plans,
    documents.register(),
    vscode.workspace.registerFileSystemProvider(ARCHIVE_SCHEME, fileSystem, {
      isReadonly: true,
      isCaseSensitive: true,
    }),
    vscode.window.registerFileDecorationProvider(decorations),
    vscode.window.registerCustomEditorProvider('ptar.overview', new OverviewEditor(services), {
      supportsMultipleEditorsPerDocument: true,
    }),
    treeView.onDidChangeCheckboxState(({ items }) => {
      tree.setChecked(items);
    }),
    new SecretState({ content, revealed }, fileSystem),
    watchArchives(services),
    registerCommands(services),
    new vscode.Disposable(
      shelf.onChange((key) => {
        children.forget(key);
        if (shelf.records().every((record) => record.key !== key) || shelf.state(key).is !== 'open') {
          revealed.hideArchive(key);
        }
        showWhetherThereAreAny(shelf);
        tree.refresh();
        decorations.changed();
      }),
    ),
  );
  showWhetherThereAreAny(shelf);
  log.info(`activated in ${(performance.now() - begunMs).toFixed(1)} ms`);
}

function showWhetherThereAreAny(shelf: ArchiveShelf): void {
  void vscode.commands.executeCommand('setContext', 'ptar.hasArchives', shelf.records().length > 0);
}
