/** What a restore is about: what was clicked, or what is checked. */
import * as vscode from 'vscode';
import type { Node } from '../node.ts';
import type { OpenArchive, OpenSnapshot } from '../open-archive.ts';
import { checkedSelections } from '../checked-selections.ts';
import { nodesInSnapshot, ofSeveralSnapshots } from './command-subject.ts';
import type { Services } from './services.ts';

/** The selection of a restore. */
export interface RestoreSelection {
  readonly archiveKey: string;
  readonly archive: OpenArchive;
  readonly snapshot: OpenSnapshot;
  /** Paths in the snapshot. */
  readonly selections: readonly string[];
  /** For a person: `catalog`, `3 selected`. */
  readonly name: string;
}

/** @throws UsageError where nothing, or something of several snapshots, is selected */
export async function restoreSelection(
  services: Services,
  args: readonly unknown[],
): Promise<RestoreSelection> {
  const { tree, shelf } = services;
  const checked = tree.checked();
  const [onlyChecked, ...others] = checked;
  const isFromTitle = args.length === 0 || args[0] === undefined;
  if (isFromTitle && onlyChecked !== undefined) {
    if (others.length > 0) throw ofSeveralSnapshots();
    const archive = await shelf.open(onlyChecked.archiveKey, true);
    const snapshot = await archive.snapshot(onlyChecked.snapshotId);
    const selections = await checkedSelections(snapshot, onlyChecked.checks);
    const name = vscode.l10n.t('{0} checked', selections.length);
    return { archiveKey: onlyChecked.archiveKey, archive, snapshot, selections, name };
  }
  const nodes = nodesInSnapshot(services, args, vscode.l10n.t('Select or check what to restore first.'));
  const [first] = nodes;
  const archive = await shelf.open(first.archiveKey, true);
  const snapshot = await archive.snapshot(first.snapshotId);
  const { withNamespaces } = await import('../checked-selections.ts');
  const paths = nodes.map((node) => ('path' in node ? node.path : snapshot.catalogue.root));
  const selections = await withNamespaces(snapshot, paths);
  const name = nodes.length === 1 ? nameOf(first) : vscode.l10n.t('{0} selected', nodes.length);
  return { archiveKey: first.archiveKey, archive, snapshot, selections, name };
}

function nameOf(node: Node): string {
  if (node.type === 'object') return node.identity.name;
  if (node.type === 'namespace') return node.namespace ?? vscode.l10n.t('cluster-scoped objects');
  return node.type === 'kind' ? node.kind : vscode.l10n.t('everything');
}
