import * as vscode from 'vscode';
import type { ArchiveShelf } from '../archive-shelf.ts';
import { CheckedPaths } from '../checked-paths.ts';
import type { NodeChildren } from '../node-children.ts';
import { isPathNode, type Node, snapshotOfNode } from '../node.ts';
import { textOfNode } from '../node-text.ts';
import type { RevealedSecrets } from '../revealed-secrets.ts';
import { addressOfNode, uriOf } from './uri.ts';

/** What the tree shows, and what it depends on. */
interface TreeServices {
  readonly children: NodeChildren;
  readonly revealed: RevealedSecrets;
  readonly shelf: ArchiveShelf;
}

/** The view "Archives". */
export class ArchiveTree {
  readonly #services: TreeServices;
  readonly #changes: vscode.EventEmitter<Node | undefined>;
  /** By archive and snapshot. */
  readonly #checks = new Map<string, CheckedPaths>();

  constructor(services: TreeServices, changes: vscode.EventEmitter<Node | undefined>) {
    this.#services = services;
    this.#changes = changes;
  }

  /** Draws `node` and what is below it again; everything without one. */
  refresh(node?: Node): void {
    this.#changes.fire(node);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const { children } = this.#services;
    return [...(node === undefined ? children.roots() : await children.of(node))];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const text = textOfNode(node, { nowMs: Date.now(), isRevealed: (which) => this.#isRevealed(which) });
    const item = new vscode.TreeItem(text.label, collapsibleState(node));
    item.id = node.id;
    item.iconPath = new vscode.ThemeIcon(text.icon);
    item.contextValue = text.context.join(' ');
    if (text.description !== undefined) item.description = text.description;
    if (text.spoken !== undefined) item.accessibilityInformation = { label: text.spoken };
    if (isPathNode(node)) {
      const uri = uriOf(addressOfNode(node));
      if (node.type === 'object' || node.type === 'file' || node.type === 'folder') item.resourceUri = uri;
      if (node.type === 'object' || node.type === 'file') {
        item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [uri] };
      }
      if (isRestorable(node)) {
        const isChecked = this.checksOf(node.archiveKey, node.snapshotId).isChecked(node.path);
        item.checkboxState = {
          state: isChecked ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked,
          tooltip: vscode.l10n.t('Select for restoring; a folder stands for everything in it'),
        };
      }
    }
    if (node.type === 'more') {
      item.command = { command: 'ptar.loadMore', title: vscode.l10n.t('Load more'), arguments: [node] };
    }
    if (node.type === 'message' && node.action !== 'none') {
      const command = node.action === 'unlock' ? 'ptar.unlock' : 'ptar.refresh';
      item.command = { command, title: text.label, arguments: [node.parent] };
    }
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    const { tooltipOf } = await import('../node-tooltip.ts');
    const markdown = await tooltipOf(node, this.#services.shelf);
    if (markdown !== undefined) item.tooltip = new vscode.MarkdownString(markdown);
    return item;
  }

  /** What is checked of one snapshot. */
  checksOf(archiveKey: string, snapshotId: string): CheckedPaths {
    const key = `${archiveKey}/${snapshotId}`;
    let checks = this.#checks.get(key);
    if (checks === undefined) this.#checks.set(key, (checks = new CheckedPaths()));
    return checks;
  }

  /** The snapshots of which something is checked, with what. */
  checked(): readonly { archiveKey: string; snapshotId: string; checks: CheckedPaths }[] {
    return [...this.#checks].flatMap(([key, checks]) => {
      const [archiveKey = '', snapshotId = ''] = key.split('/');
      return checks.isEmpty ? [] : [{ archiveKey, snapshotId, checks }];
    });
  }

  /** Follows what was clicked. */
  setChecked(items: readonly (readonly [Node, vscode.TreeItemCheckboxState])[]): void {
    const snapshots = new Set<Node>();
    for (const [node, state] of items) {
      if (!isPathNode(node)) continue;
      const isChecked = state === vscode.TreeItemCheckboxState.Checked;
      this.checksOf(node.archiveKey, node.snapshotId).set(node.path, isChecked);
      const snapshot = snapshotOfNode(node);
      if (snapshot !== undefined) snapshots.add(snapshot);
    }
    this.#checksChanged();
    for (const snapshot of snapshots) this.refresh(snapshot);
  }

  clearChecks(): void {
    this.#checks.clear();
    this.#checksChanged();
    this.refresh();
  }

  #checksChanged(): void {
    void vscode.commands.executeCommand('setContext', 'ptar.hasChecks', this.checked().length > 0);
  }

  #isRevealed(node: Node): boolean {
    return isPathNode(node) && this.#services.revealed.has(addressOfNode(node));
  }
}

function isRestorable(node: Node): boolean {
  if (node.type === 'layer') return node.layer === 'objects';
  return node.type === 'namespace' || node.type === 'kind' || node.type === 'object';
}

function collapsibleState(node: Node): vscode.TreeItemCollapsibleState {
  switch (node.type) {
    case 'object':
    case 'file':
    case 'failure':
    case 'more':
    case 'message':
      return vscode.TreeItemCollapsibleState.None;
    case 'archive':
    case 'snapshot':
    case 'layer':
    case 'namespace':
    case 'kind':
    case 'folder':
      return vscode.TreeItemCollapsibleState.Collapsed;
  }
}
