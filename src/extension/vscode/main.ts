/**
 * Entry point. What it imports is bundled into one small file; the explorer, and what the explorer needs, is loaded when the editor first
 * asks for something. So nothing here may be imported elsewhere but as a type, or the bundle of the entry falls into pieces.
 */
import * as vscode from 'vscode';
import type { ArchiveRecord } from '../archive-shelf.ts';
import type { Node } from '../node.ts';
import { ArchiveDrop } from './archive-drop.ts';
import { registerCommands } from './commands.ts';
import type { Entrance, RecordStore } from './entrance.ts';
import type { Explorer } from './explorer.ts';
import { LateTree, registerProviders } from './late-providers.ts';
import { ResultTree } from './result-tree.ts';

/** Called by the editor when a view, an archive or a command of ours is first used. */
export function activate(context: vscode.ExtensionContext): void {
  const begunMs = performance.now();
  let loading: Promise<Explorer> | undefined;
  const explorer = (): Promise<Explorer> => {
    loading ??= import('./explorer.ts').then(({ createExplorer }) => createExplorer(entrance));
    return loading;
  };
  const log = vscode.window.createOutputChannel('ptar', { log: true });
  const treeChanges = new vscode.EventEmitter<Node | undefined>();
  const treeView = vscode.window.createTreeView('ptar.archives', {
    treeDataProvider: new LateTree(explorer, treeChanges.event),
    dragAndDropController: new ArchiveDrop(),
    canSelectMany: true,
    showCollapseAll: true,
    manageCheckboxStateManually: true,
  });
  const entrance: Entrance = {
    context,
    log,
    treeView,
    results: new ResultTree('ptar.results', 'ptar.hasResults'),
    plans: new ResultTree('ptar.plan', 'ptar.hasPlan'),
    treeChanges,
    fileChanges: new vscode.EventEmitter(),
    decorationChanges: new vscode.EventEmitter(),
    records: recordStore(context),
  };
  const { results, plans, fileChanges, decorationChanges, records } = entrance;
  const registered = [
    registerProviders(explorer, entrance),
    registerCommands(log, async () => (await explorer()).services),
  ];
  context.subscriptions.push(log, treeView, results, plans, treeChanges, fileChanges, decorationChanges);
  context.subscriptions.push(...registered);
  void vscode.commands.executeCommand('setContext', 'ptar.hasArchives', records.read().length > 0);
  log.info(`activated in ${(performance.now() - begunMs).toFixed(1)} ms`);
}

function recordStore({ workspaceState }: vscode.ExtensionContext): RecordStore {
  const key = 'ptar.archives';
  return {
    read: () => workspaceState.get<ArchiveRecord[]>(key, []),
    write: (records) => workspaceState.update(key, records),
  };
}
