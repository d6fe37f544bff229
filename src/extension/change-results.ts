/** What changed between two snapshots, and over all of them, as results. */
import { throwIfCancelled } from '../errors.ts';
import { diffObjects, type ObjectChange } from '../operations/diff-objects.ts';
import { snapshotSide } from '../operations/diff-side.ts';
import { objectHistory } from '../operations/history.ts';
import { formatNumber, formatTime } from '../operations/quantities.ts';
import { dateFromTimestamp, type SnapshotReader } from '../format/index.ts';
import { isSameObject, type ResourceIdentity } from '../resources/object-path.ts';
import { cleanedYaml } from './cleaned-manifest.ts';
import { fullName, kindIcon } from './kind-table.ts';
import { pathBelow } from './object-place.ts';
import type { ComparedDocument, Result, ResultSet } from './result.ts';
import { t } from './translation.ts';

/** Most changes that are listed one by one. */
const CHANGES_MAX = 5000;
/** Codicons of changes. */
const ICONS = { added: 'diff-added', changed: 'diff-modified', removed: 'diff-removed' } as const;

/** How a snapshot is called in titles. */
export function snapshotTitle({ header }: SnapshotReader): string {
  return formatTime(dateFromTimestamp(header.timestamp));
}

/**
 * Objects that `before` and `after` do not share. What controllers make and renew is in a group of its own.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function whatChanged(
  archiveKey: string,
  before: SnapshotReader,
  after: SnapshotReader,
  signal: AbortSignal,
): Promise<ResultSet> {
  const found = { changed: [] as Result[], added: [] as Result[], removed: [] as Result[] };
  const churn: Result[] = [];
  const problems: Result[] = [];
  let count = 0;
  const sides = [
    snapshotSide(before, archiveKey, 'before'),
    snapshotSide(after, archiveKey, 'after'),
  ] as const;
  for await (const change of diffObjects(...sides, { signal })) {
    throwIfCancelled(signal);
    if ('problem' in change) {
      problems.push({ label: change.path, description: change.problem, icon: 'warning' });
      continue;
    }
    count += 1;
    if (count > CHANGES_MAX) continue;
    const result = changeResult(archiveKey, change, before, after);
    if (change.churn === undefined) found[change.change].push(result);
    else churn.push({ ...result, tooltip: change.churn });
  }
  const results = [
    ...group(t('Changed'), ICONS.changed, found.changed),
    ...group(t('Added'), ICONS.added, found.added),
    ...group(t('Removed'), ICONS.removed, found.removed),
    ...group(t('Made by controllers'), 'sync', churn),
    ...group(t('Could not be compared'), 'warning', problems),
  ];
  const more = count > CHANGES_MAX ? `, ${t('the first {0} changes', formatNumber(CHANGES_MAX))}` : '';
  return {
    title: `${snapshotTitle(before)} → ${snapshotTitle(after)}${more}`,
    results,
    empty: t('Nothing changed between these snapshots.'),
  };
}

function group(label: string, icon: string, children: readonly Result[]): readonly Result[] {
  if (children.length === 0) return [];
  return [{ label, icon, description: formatNumber(children.length), children }];
}

function changeResult(
  archiveKey: string,
  change: ObjectChange,
  before: SnapshotReader,
  after: SnapshotReader,
): Result {
  const { identity } = change;
  const fields = change.changes.map(({ label }) => label);
  const documents = {
    before: documentOf(archiveKey, before, change.before === undefined ? undefined : identity),
    after: documentOf(archiveKey, after, change.after === undefined ? undefined : identity),
  };
  return {
    label: `${fullName(identity)}/${identity.name}`,
    description: [identity.namespace ?? '', ...fields.slice(0, 3)].filter((part) => part !== '').join(' · '),
    icon: kindIcon(identity),
    ...(fields.length > 0 && { tooltip: fields.join('\n') }),
    target: {
      opens: 'diff',
      ...documents,
      title: `${identity.name} (${snapshotTitle(before)} ↔ ${snapshotTitle(after)})`,
    },
  };
}

function documentOf(
  archiveKey: string,
  reader: SnapshotReader,
  identity: ResourceIdentity | undefined,
): ComparedDocument {
  if (identity === undefined) return { from: 'nothing' };
  const path = pathBelow(reader.source.importer.directory, identity);
  return { from: 'archive', address: { archiveKey, snapshotId: reader.id, path } };
}

/** When an object appeared, each change, and when it went. @throws IntegrityError; FormatError; CancelledError */
export async function historyResults(
  snapshots: readonly SnapshotReader[],
  identity: ResourceIdentity,
  signal: AbortSignal,
): Promise<ResultSet> {
  const results: Result[] = [];
  for await (const { capturedMs, change, managers } of objectHistory(
    snapshots,
    (other) => isSameObject(identity, other),
    signal,
  )) {
    const time = formatTime(new Date(capturedMs));
    const name = `${identity.kind}-${identity.name}`;
    const text = (object: ObjectChange['before'], when: string): ComparedDocument =>
      object === undefined
        ? { from: 'nothing' }
        : { from: 'memory', name: `${name}.${when}.yaml`, text: cleanedYaml(object) };
    results.push({
      label: time,
      description: [verb(change), ...change.changes.map(({ label }) => label).slice(0, 3), ...managers].join(
        ' · ',
      ),
      icon: ICONS[change.change],
      target: {
        opens: 'diff',
        before: text(change.before, `before ${String(capturedMs)}`),
        after: text(change.after, String(capturedMs)),
        title: `${identity.name} (${verb(change)}, ${time})`,
      },
    });
  }
  return {
    title: t('History of {0}', `${fullName(identity)}/${identity.name}`),
    results: results.reverse(),
    empty: t('No snapshot of this archive has it.'),
  };
}

function verb({ change }: ObjectChange): string {
  if (change === 'added') return t('appeared');
  return change === 'removed' ? t('gone') : t('changed');
}
