/** What happened between snapshots, in order of time, as results. */
import type { SnapshotReader } from '../format/index.ts';
import { printable } from '../operations/printable.ts';
import {
  changesLeftOut,
  entryDetails,
  entryText,
  PRECISION_MARKS,
  timeOfDay,
} from '../operations/timeline-text.ts';
import { timeline, type PlacedEntry, type Timeline, type TimelineOptions } from '../operations/timeline.ts';
import { formatNumber, formatTime } from '../operations/quantities.ts';
import { fullName, type KindName } from './kind-table.ts';
import type { Node } from './node.ts';
import type { Result, ResultSet, ResultTarget } from './result.ts';
import { t } from './translation.ts';

/** Most entries that are listed; the newest stay. */
const ENTRIES_MAX = 5000;
const WARNING_ICON = 'warning';

/** Codicons of entries that are no bad news. */
const ICONS: Readonly<Record<PlacedEntry['type'], string>> = {
  event: 'bell',
  added: 'diff-added',
  removed: 'diff-removed',
  changed: 'diff-modified',
  rollout: 'rocket',
  restart: 'debug-restart',
  condition: 'pulse',
};

/** What a timeline is about. */
export interface TimelineScope extends Pick<TimelineOptions, 'namespace' | 'isSelected'> {
  /** For the head of the view; empty for everything. */
  readonly name: string;
}

/** The scope of a node of the tree: the objects that are at and below it; everything where it stands for no object. */
export function timelineScope(node: Node | undefined): TimelineScope {
  if (node?.type === 'namespace') {
    const { namespace } = node;
    if (namespace !== undefined) return { name: namespace, namespace };
    return { name: t('Cluster-scoped'), isSelected: (object) => object.namespace === undefined };
  }
  if (node?.type === 'kind') {
    const { namespace } = node.parent?.type === 'namespace' ? node.parent : {};
    return {
      name: fullName(node),
      ...(namespace !== undefined && { namespace }),
      isSelected: (object) => isOfKind(object, node) && object.namespace === namespace,
    };
  }
  if (node?.type === 'object') {
    const { identity } = node;
    const { namespace, name } = identity;
    return {
      name: `${fullName(identity)}/${name}`,
      ...(namespace !== undefined && { namespace }),
      isSelected: (object) =>
        isOfKind(object, identity) && object.name === name && object.namespace === namespace,
    };
  }
  return { name: '' };
}

function isOfKind(left: KindName, right: KindName): boolean {
  return left.kind === right.kind && left.group === right.group;
}

/**
 * The timeline of two or more snapshots; where there are more, in a group for each that tells what happened up to it.
 * @throws UsageError for snapshots of one moment; IntegrityError; FormatError; CancelledError
 */
export async function timelineResults(
  archiveKey: string,
  snapshots: readonly SnapshotReader[],
  { name, ...scope }: TimelineScope,
  signal: AbortSignal,
): Promise<ResultSet> {
  const story = await timeline(snapshots, { ...scope, signal });
  const { captures, entries, problems } = story;
  const kept = entries.slice(-ENTRIES_MAX);
  const dates = new Set(
    [...captures.map(({ capturedMs }) => capturedMs), ...kept.map(({ atMs }) => atMs)].map(dayOf),
  );
  const groups = captures.slice(1).flatMap((capture, index): readonly Result[] => {
    const children = kept
      .filter((entry) => entry.capture === index + 1)
      .map((entry) => entryResult(archiveKey, entry, story, dates.size > 1));
    if (captures.length === 2 || children.length === 0) return children;
    const label = t('Until {0}', formatTime(new Date(capture.capturedMs)));
    return [{ label, icon: 'history', description: formatNumber(children.length), children }];
  });
  const unread = problems.map(({ path, problem }) => ({
    label: path,
    description: problem,
    icon: WARNING_ICON,
  }));
  const [first, last] = [captures[0], captures.at(-1)].map((capture) =>
    formatTime(new Date(capture?.capturedMs ?? 0)),
  );
  return {
    title: [
      name,
      `${first ?? ''} → ${last ?? ''}`,
      ...(kept.length < entries.length ? [t('the last {0} entries', formatNumber(ENTRIES_MAX))] : []),
    ]
      .filter((part) => part !== '')
      .join(' · '),
    results:
      unread.length === 0
        ? groups
        : [...groups, { label: t('Could not be compared'), icon: WARNING_ICON, children: unread }],
    empty: t('Nothing happened between these snapshots that they know of.'),
  };
}

function entryResult(archiveKey: string, entry: PlacedEntry, story: Timeline, withDay: boolean): Result {
  const { object, atMs, precision, isWarning, type } = entry;
  const mark = PRECISION_MARKS[precision].trim();
  const time = `${withDay ? `${dayOf(atMs)} ` : ''}${timeOfDay(atMs)}`;
  const leftOut = changesLeftOut(entry);
  const details = [...entryDetails(entry), ...(leftOut > 0 ? [t('… {0} more', leftOut)] : [])];
  const text = printable(entryText(entry));
  return {
    label: printable(`${mark}${time} ${fullName(object)}/${object.name}`),
    description: printable([object.namespace ?? '', text].filter((part) => part !== '').join(' · ')),
    icon: isWarning ? WARNING_ICON : ICONS[type],
    tooltip: [text, ...(mark === '' ? [] : [precisionText(precision)])].join('\n'),
    target: targetOf(archiveKey, entry, story),
    children: details.map((label) => ({ label, icon: 'symbol-field' })),
  };
}

function precisionText(precision: PlacedEntry['precision']): string {
  if (precision === 'last write') return t('The time is that of the last write.');
  if (precision === 'between') {
    return t('Some time between the two captures; the time is that of the later one.');
  }
  return '';
}

function targetOf(
  archiveKey: string,
  { type, object, capture }: PlacedEntry,
  { captures }: Timeline,
): ResultTarget {
  const [before = '', after = ''] = [captures[capture - 1]?.snapshotId, captures[capture]?.snapshotId];
  const inSnapshot = (snapshotId: string) => ({ from: 'snapshot', archiveKey, snapshotId, object }) as const;
  switch (type) {
    case 'changed':
    case 'rollout': {
      const times = [captures[capture - 1], captures[capture]].map((side) =>
        formatTime(new Date(side?.capturedMs ?? 0)),
      );
      const title = `${object.name} (${times.join(' ↔ ')})`;
      return { opens: 'diff', before: inSnapshot(before), after: inSnapshot(after), title };
    }
    case 'removed':
      return { opens: 'found', archiveKey, snapshotIds: [before], object };
    case 'added':
      return { opens: 'found', archiveKey, snapshotIds: [after], object };
    case 'event':
    case 'restart':
    case 'condition':
      return { opens: 'found', archiveKey, snapshotIds: [after, before], object };
  }
}

/** `2026-11-21`, UTC. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
