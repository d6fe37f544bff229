/** The explorer itself, loaded when a view, a file or a command of it is first used. Archives, clusters and comparisons come later still. */
import * as vscode from 'vscode';
import { ArchiveShelf } from '../archive-shelf.ts';
import type { ArchiveContent } from '../archive-content.ts';
import type { ArchiveAddress } from '../archive-uri.ts';
import { NodeChildren } from '../node-children.ts';
import { RevealedSecrets } from '../revealed-secrets.ts';
import { translateWith } from '../translation.ts';
import { ArchiveFileSystem } from './archive-file-system.ts';
import { ArchiveTree } from './archive-tree.ts';
import { watchArchives } from './archive-watch.ts';
import { ComparedDocuments } from './compared-documents.ts';
import { Decorations } from './decorations.ts';
import type { Entrance } from './entrance.ts';
import { shelfPorts } from './passphrase-prompt.ts';
import { RestoreSession } from './restore-session.ts';
import { SecretState } from './secret-state.ts';
import type { Services } from './services.ts';
import { uriOf } from './uri.ts';

/** The parts that the editor asks. */
export interface Explorer {
  readonly services: Services;
  readonly fileSystem: ArchiveFileSystem;
  readonly decorations: Decorations;
}

/** Puts the parts together. */
export function createExplorer(entrance: Entrance): Explorer {
  const { context, log, treeView, results, plans, treeChanges, fileChanges, decorationChanges } = entrance;
  translateWith(vscode.l10n.t);
  const shelf = new ArchiveShelf(shelfPorts(entrance), entrance.records.read());
  const children = new NodeChildren(shelf, () =>
    vscode.workspace.getConfiguration('ptar').get<number>('pageSize', 1000),
  );
  const revealed = new RevealedSecrets();
  let loading: Promise<ArchiveContent> | undefined;
  const content = (): Promise<ArchiveContent> => {
    loading ??= import('../archive-content.ts').then((module) => new module.ArchiveContent(shelf, revealed));
    return loading;
  };
  const tree = new ArchiveTree({ children, revealed, shelf }, treeChanges);
  const fileSystem = new ArchiveFileSystem({ content }, fileChanges);
  const decorations = new Decorations({ shelf, revealed }, decorationChanges);
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
    documents: new ComparedDocuments({ content }),
    content,
    contentChanged: (address: ArchiveAddress) => {
      fileSystem.changed(address);
      decorations.changed(uriOf(address));
    },
  };
  context.subscriptions.push(
    treeView.onDidChangeCheckboxState(({ items }) => {
      tree.setChecked(items);
    }),
    new SecretState({ content, revealed }, fileChanges.event),
    watchArchives(services),
    new vscode.Disposable(
      shelf.onChange((key) => {
        children.forget(key);
        if (shelf.records().every((record) => record.key !== key) || shelf.state(key).is !== 'open') {
          revealed.hideArchive(key);
        }
        void vscode.commands.executeCommand('setContext', 'ptar.hasArchives', shelf.records().length > 0);
        tree.refresh();
        decorations.changed();
      }),
    ),
  );
  return { services, fileSystem, decorations };
}
