/** What a command is about: what was clicked, what is selected, or what a person chooses. */
import * as vscode from 'vscode';
import { addressOf, type ArchiveAddress } from '../archive-uri.ts';
import type { ArchiveRecord } from '../archive-shelf.ts';
import { dateFromTimestamp } from '../../format/timestamp.ts';
import {
  archiveKeyOfNode,
  isPathNode,
  type Node,
  type PathNode,
  type SnapshotNode,
  snapshotOfNode,
} from '../node.ts';
import { shownLocation } from '../node-text.ts';
import type { OpenArchive, OpenSnapshot } from '../open-archive.ts';
import { CancelledError, UsageError } from '../../errors.ts';
import { formatTime } from '../../operations/quantities.ts';
import type { Services } from './services.ts';
import { addressOfNode } from './uri.ts';

/** The nodes that a command of the tree is about: the selection where the clicked node is part of it. */
export function nodesOf({ treeView }: Pick<Services, 'treeView'>, args: readonly unknown[]): readonly Node[] {
  const [clicked, selected] = args;
  if (isNode(clicked)) {
    const all = Array.isArray(selected) ? selected.filter(isNode) : treeView.selection;
    return all.some(({ id }) => id === clicked.id) ? all : [clicked];
  }
  return treeView.selection;
}

/** The paths that a command is about, in nodes; from an editor where it was called there. */
export function pathNodesOf(
  services: Pick<Services, 'treeView'>,
  args: readonly unknown[],
): readonly PathNode[] {
  return nodesOf(services, args).filter(isPathNode);
}

/**
 * The snapshot that was clicked, or the paths in one.
 * @param nothing said where there is none of them
 * @throws UsageError also for something of several snapshots
 */
export function nodesInSnapshot(
  services: Pick<Services, 'treeView'>,
  args: readonly unknown[],
  nothing: string,
): readonly [SnapshotNode | PathNode, ...(SnapshotNode | PathNode)[]] {
  const [first, ...others] = nodesOf(services, args).filter(
    (node) => node.type === 'snapshot' || isPathNode(node),
  );
  if (first === undefined) throw new UsageError(nothing);
  const { archiveKey, snapshotId } = first;
  if (others.some((node) => node.archiveKey !== archiveKey || node.snapshotId !== snapshotId)) {
    throw ofSeveralSnapshots();
  }
  return [first, ...others];
}

/** What is said where things of several snapshots are selected. */
export function ofSeveralSnapshots(): UsageError {
  return new UsageError(vscode.l10n.t('The selection is of several snapshots; choose from one at a time.'));
}

/** The addresses that a command is about: of the editor whose title was clicked, of nodes, or of the editor in front. */
export function addressesOf(
  services: Pick<Services, 'treeView'>,
  args: readonly unknown[],
): readonly ArchiveAddress[] {
  const [first] = args;
  if (first instanceof vscode.Uri) return [addressOf(first)].filter((address) => address !== undefined);
  const nodes = pathNodesOf(services, args);
  if (nodes.length > 0) return nodes.map(addressOfNode);
  const active = vscode.window.activeTextEditor?.document.uri;
  const address = active?.scheme === 'ptar' ? addressOf(active) : undefined;
  if (address === undefined) {
    throw new UsageError(vscode.l10n.t('Select an object in the view of archives first.'));
  }
  return [address];
}

/**
 * The archive that a command is about: that of a node, the only one, or one that a person chooses.
 * @throws CancelledError; UsageError where none is open
 */
export async function archiveOf(services: Services, args: readonly unknown[]): Promise<ArchiveRecord> {
  const { shelf } = services;
  const [first] = args;
  if (typeof first === 'string') return shelf.record(first);
  const [node] = nodesOf(services, args);
  const key = node === undefined ? undefined : archiveKeyOfNode(node);
  if (key !== undefined) return shelf.record(key);
  const records = shelf.records();
  const [only] = records;
  if (only === undefined) throw new UsageError(vscode.l10n.t('No archive is open; open one first.'));
  if (records.length === 1) return only;
  const items = records.map((record) => ({ label: shownLocation(record.location), record }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which archive?') });
  if (chosen === undefined) throw new CancelledError();
  return chosen.record;
}

/** As {@link archiveOf}, open; asks for the passphrase where it is locked. */
export async function openArchiveOf(
  services: Services,
  args: readonly unknown[],
): Promise<{ key: string; archive: OpenArchive }> {
  const { key } = await archiveOf(services, args);
  return { key, archive: await services.shelf.open(key, true) };
}

/** The snapshot that a command is about: that of a node, which comes with it, or the newest of the archive. */
export async function snapshotOf(
  services: Services,
  args: readonly unknown[],
): Promise<{ key: string; archive: OpenArchive; snapshot: OpenSnapshot; node: Node | undefined }> {
  const { key, archive } = await openArchiveOf(services, args);
  // The archive may have been named, while something of another one is selected.
  const node = nodesOf(services, args).find((one) => archiveKeyOfNode(one) === key);
  const id = snapshotOfNode(node)?.snapshotId;
  const [newest] = await archive.snapshots();
  const snapshot = id === undefined ? newest : await archive.snapshot(id);
  if (snapshot === undefined) throw new UsageError(vscode.l10n.t('This archive holds no snapshot.'));
  return { key, archive, snapshot, node };
}

/** A snapshot that a person chooses. @throws CancelledError */
export async function chooseSnapshot(
  archive: OpenArchive,
  title: string,
  isOffered: (snapshot: OpenSnapshot) => boolean = () => true,
): Promise<OpenSnapshot> {
  const snapshots = (await archive.snapshots()).filter(isOffered);
  if (snapshots.length === 0) throw new UsageError(vscode.l10n.t('There is no other snapshot to choose.'));
  const items = snapshots.map((snapshot) => {
    const { header, source, id } = snapshot.reader;
    return {
      label: formatTime(dateFromTimestamp(header.timestamp)),
      description: [header.name, source.importer.origin].filter((part) => part !== '').join(' · '),
      detail: id.slice(0, 8),
      snapshot,
    };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen === undefined) throw new CancelledError();
  return chosen.snapshot;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'id' in value && 'parent' in value;
}
