import * as vscode from 'vscode';
import type { Result, ResultSet } from '../result.ts';

/** A view of results: what the last search, comparison or verification found. */
export class ResultTree implements vscode.TreeDataProvider<Result> {
  readonly #changes = new vscode.EventEmitter<Result | undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #view: vscode.TreeView<Result>;
  readonly #viewId: string;
  readonly #contextKey: string;
  #results: readonly Result[] = [];

  /** @param contextKey is true while there are results */
  constructor(viewId: string, contextKey: string) {
    this.#viewId = viewId;
    this.#contextKey = contextKey;
    this.#view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true });
  }

  /** Shows `set` and brings the view to the front. */
  async show(set: ResultSet): Promise<void> {
    this.#results = set.results;
    this.#view.description = set.title;
    this.#view.message = set.results.length === 0 ? set.empty : '';
    await vscode.commands.executeCommand('setContext', this.#contextKey, true);
    this.#changes.fire(undefined);
    await vscode.commands.executeCommand(`${this.#viewId}.focus`);
  }

  async clear(): Promise<void> {
    this.#results = [];
    await vscode.commands.executeCommand('setContext', this.#contextKey, false);
    this.#changes.fire(undefined);
  }

  getChildren(result?: Result): Result[] {
    return [...(result === undefined ? this.#results : (result.children ?? []))];
  }

  getTreeItem(result: Result): vscode.TreeItem {
    const hasChildren = (result.children ?? []).length > 0;
    const isGroup = hasChildren && result.target === undefined;
    const item = new vscode.TreeItem(
      result.label,
      isGroup
        ? vscode.TreeItemCollapsibleState.Expanded
        : hasChildren
          ? vscode.TreeItemCollapsibleState.Collapsed
          : vscode.TreeItemCollapsibleState.None,
    );
    item.iconPath = new vscode.ThemeIcon(result.icon);
    if (result.description !== undefined) item.description = result.description;
    // A description is cut off where the view is narrow.
    item.tooltip = [result.label, result.description, result.tooltip].filter(Boolean).join('\n');
    item.accessibilityInformation = { label: `${result.label} ${result.description ?? ''}` };
    if (result.target !== undefined) {
      item.command = { command: 'ptar.openResult', title: result.label, arguments: [result.target] };
    }
    return item;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changes.dispose();
  }
}
