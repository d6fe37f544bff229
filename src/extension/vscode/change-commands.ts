/** What changed and what happened between snapshots, and the history of an object. */
import * as vscode from 'vscode';
import { UsageError } from '../../errors.ts';
import type { OpenArchive, OpenSnapshot } from '../open-archive.ts';
import { chooseSnapshot, openArchiveOf, pathNodesOf, snapshotOf } from './command-subject.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';

/** Shows what changed up to a snapshot since another one, that before it unless a person chooses. */
export async function showWhatChanged(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key, archive, snapshot } = await snapshotOf(services, args);
  const [before, after] = await choosePair(archive, snapshot, vscode.l10n.t('What changed since'));
  const { whatChanged } = await import('../change-results.ts');
  const set = await withProgress(vscode.l10n.t('Comparing snapshots'), (signal) =>
    whatChanged(key, before.reader, after.reader, signal),
  );
  await services.results.show(set);
}

/** Shows what happened between two snapshots, in order of time; of the objects at and below what was clicked. */
export async function showTimeline(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key, archive, snapshot, node } = await snapshotOf(services, args);
  const [begin, end] = await choosePair(archive, snapshot, vscode.l10n.t('Timeline since'));
  const [{ timelineResults, timelineScope }, { snapshotsBetween }] = await Promise.all([
    import('../timeline-results.ts'),
    import('../../operations/snapshot-choice.ts'),
  ]);
  const readers = snapshotsBetween(await archive.reader.snapshots(), begin.reader, end.reader);
  const set = await withProgress(vscode.l10n.t('Reading what happened'), (signal) =>
    timelineResults(key, readers, timelineScope(node), signal),
  );
  await services.results.show(set);
}

/** The snapshot and another one, which a person chooses where there is a choice; the older in front. */
async function choosePair(
  archive: OpenArchive,
  snapshot: OpenSnapshot,
  title: string,
): Promise<readonly [OpenSnapshot, OpenSnapshot]> {
  const isOther = (id: string): boolean => id !== snapshot.reader.id;
  const snapshots = await archive.snapshots();
  if (snapshots.length < 2) {
    throw new UsageError(
      vscode.l10n.t('This archive has one snapshot; there is nothing to compare it with.'),
    );
  }
  const only = snapshots.length === 2 ? snapshots.find(({ reader }) => isOther(reader.id)) : undefined;
  const other = only ?? (await chooseSnapshot(archive, title, ({ reader }) => isOther(reader.id)));
  return snapshots.indexOf(other) > snapshots.indexOf(snapshot) ? [other, snapshot] : [snapshot, other];
}

/** Shows when an object appeared, each change, and when it went. */
export async function showHistory(services: Services, ...args: readonly unknown[]): Promise<void> {
  const node = pathNodesOf(services, args).find(({ type }) => type === 'object');
  if (node?.type !== 'object') throw new UsageError(vscode.l10n.t('Select an object first.'));
  const { archive } = await openArchiveOf(services, [node.archiveKey]);
  const { historyResults } = await import('../change-results.ts');
  const readers = (await archive.snapshots()).map(({ reader }) => reader);
  const set = await withProgress(vscode.l10n.t('Reading all snapshots'), (signal) =>
    historyResults(readers, node.identity, signal),
  );
  await services.results.show(set);
}
