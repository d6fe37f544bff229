/** What the views themselves do: filter, more, clear. */
import * as vscode from 'vscode';
import { NameFilter } from '../name-filter.ts';
import type { Node } from '../node.ts';
import type { ResultTarget } from '../result.ts';
import type { Services } from './services.ts';

/** Asks for a filter and shows it above the tree. */
export async function filter(services: Services, ...args: readonly unknown[]): Promise<void> {
  const [given] = args;
  const typed =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Filter by Name'),
          prompt: vscode.l10n.t('Every word has to be in namespace/kind/name.'),
          placeHolder: 'shop deployment',
          value: services.children.filter.text,
        });
  if (typed !== undefined) setFilter(services, typed);
}

/** Shows everything again. */
export function clearFilter(services: Services): void {
  setFilter(services, '');
}

function setFilter({ children, tree, treeView }: Services, text: string): void {
  children.filter = new NameFilter(text);
  const { isEmpty, text: shown } = children.filter;
  treeView.message = isEmpty ? '' : vscode.l10n.t('Filter: {0}', shown);
  void vscode.commands.executeCommand('setContext', 'ptar.isFiltered', !isEmpty);
  tree.refresh();
}

/** Shows the next children of the folder in which a node "Load more…" stands. */
export async function loadMore({ children, tree }: Services, ...args: readonly unknown[]): Promise<void> {
  const { parent } = args[0] as Node;
  if (parent === undefined) return;
  await children.showMore(parent);
  tree.refresh(parent);
}

/** Unchecks everything. */
export function clearChecks({ tree }: Services): void {
  tree.clearChecks();
}

/** Empties and hides the view of results. */
export async function clearResults({ results }: Services): Promise<void> {
  await results.clear();
}

/** Opens what a result leads to. */
export async function openResult({ documents }: Services, ...args: readonly unknown[]): Promise<void> {
  await documents.open(args[0] as ResultTarget);
}

/** Brings the log to the front. */
export function showLog({ log }: Services): void {
  log.show();
}
