/** What happened between captures, in order of time: what the cluster wrote down, and what only the comparison of captures shows. */
import { UsageError } from '../errors.ts';
import { msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import { timeAt } from '../resources/conditions.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import { diffObjects, type ObjectChange } from './diff-objects.ts';
import { snapshotSide, type SideProblem } from './diff-side.ts';
import { eventEntries } from './timeline-events.ts';
import {
  isWithin,
  timeWithin,
  type EntryObject,
  type EntryTime,
  type Interval,
  type TimelineEntry,
} from './timeline-entry.ts';
import { rolloutEntries } from './timeline-rollouts.ts';
import { conditionEntries, restartEntries } from './timeline-states.ts';

export type { TimelineEntry } from './timeline-entry.ts';

/** What controllers make that is worth a word when it comes or goes. */
const TOLD_KINDS = new Set(['Pod', 'Job', 'Node']);
/** Kinds that change all the time, or are told in another way. */
const UNTOLD_KINDS = new Set(['Event', 'Lease', 'ReplicaSet', 'ControllerRevision']);

/** Of what the cluster dates to the same second: what was wanted before what came of it. */
const ORDER: Readonly<Record<TimelineEntry['type'], number>> = {
  changed: 0,
  rollout: 1,
  event: 2,
  added: 3,
  restart: 4,
  condition: 5,
  removed: 6,
};

/** What narrows a timeline. */
export interface TimelineOptions {
  /** Only this namespace; makes the comparison shorter. */
  readonly namespace?: string;
  /** Only entries about objects for which this holds. */
  readonly isSelected?: (object: EntryObject) => boolean;
  /** Only entries from then on; Unix milliseconds. */
  readonly sinceMs?: number;
  readonly signal?: AbortSignal;
}

/** A capture between which and the next something happened. */
export interface TimelineCapture {
  readonly snapshotId: string;
  /** Unix milliseconds. */
  readonly capturedMs: number;
}

/** An entry with its capture. */
export type PlacedEntry = TimelineEntry & {
  /** Index in `captures` of that which knows of it, but not that before it. */
  readonly capture: number;
};

/** Entries in order of time; what is only known to lie between two captures stands where the later one was made. */
export interface Timeline {
  /** The oldest first. */
  readonly captures: readonly TimelineCapture[];
  readonly entries: readonly PlacedEntry[];
  readonly problems: readonly SideProblem[];
}

/**
 * The timeline of two or more captures of one cluster. Each is compared with the next; the more there are, the more exact are the
 * times of what the cluster does not date itself. In memory there is one entry for everything that happened.
 *
 * @throws UsageError for less than two captures, or two of the same moment; IntegrityError; FormatError; CancelledError
 */
export async function timeline(
  snapshots: readonly SnapshotReader[],
  options: TimelineOptions = {},
): Promise<Timeline> {
  const { namespace, signal, isSelected, sinceMs = 0 } = options;
  const sorted = snapshots.toSorted((left, right) => capturedMs(left) - capturedMs(right));
  const times = sorted.map(capturedMs);
  const whole: Interval = { beginMs: times[0] ?? 0, endMs: times[times.length - 1] ?? 0 };
  if (whole.endMs <= whole.beginMs) {
    throw new UsageError('a timeline lies between two captures of different times; name two');
  }
  const events = await eventEntries(sorted, whole, namespace, signal);
  const entries: PlacedEntry[] = events.map((entry) => ({
    ...entry,
    capture: captureAfter(times, entry.atMs),
  }));
  const problems: SideProblem[] = [];
  for (const [capture, after] of sorted.entries()) {
    const before = sorted[capture - 1];
    if (before === undefined) continue;
    const interval: Interval = { beginMs: capturedMs(before), endMs: capturedMs(after) };
    for (const entry of await rolloutEntries(before, after, interval, namespace, signal)) {
      entries.push({ ...entry, capture });
    }
    for await (const item of comparedEntries(before, after, interval, options)) {
      if ('problem' in item) problems.push(item);
      else entries.push({ ...item, capture });
    }
  }
  return {
    captures: sorted.map((snapshot) => ({ snapshotId: snapshot.id, capturedMs: capturedMs(snapshot) })),
    entries: entries
      .filter(({ atMs, object }) => atMs >= sinceMs && (isSelected?.(object) ?? true))
      .sort((left, right) => left.atMs - right.atMs || ORDER[left.type] - ORDER[right.type]),
    problems,
  };
}

/** Index of the first capture that was made then or later; of the last, whose clock may be behind, where there is none. */
function captureAfter(times: readonly number[], ms: number): number {
  const index = times.findIndex((time) => time >= ms);
  return index < 0 ? times.length - 1 : Math.max(index, 1);
}

function capturedMs(snapshot: SnapshotReader): number {
  return msFromTimestamp(snapshot.header.timestamp);
}

async function* comparedEntries(
  before: SnapshotReader,
  after: SnapshotReader,
  interval: Interval,
  { namespace, signal }: TimelineOptions,
): AsyncGenerator<TimelineEntry | SideProblem> {
  const sides = [snapshotSide(before, '', before.id), snapshotSide(after, '', after.id)] as const;
  const isSelected = (identity: ResourceIdentity): boolean =>
    identity.kind !== 'Event' && (namespace === undefined || identity.namespace === namespace);
  const scope = { isSelected, ...(signal && { signal }) };
  // What people and controllers wanted, without what the cluster writes by itself.
  const wanted = new Map<string, ObjectChange>();
  for await (const change of diffObjects(...sides, scope)) {
    if ('problem' in change) yield change;
    else if (change.change === 'changed') wanted.set(pathOf(change.identity), change);
  }
  for await (const change of diffObjects(...sides, { ...scope, allFields: true })) {
    if (!('problem' in change)) yield* entriesOf(change, wanted.get(pathOf(change.identity)), interval);
  }
}

function* entriesOf(
  { change, identity, before, after, churn }: ObjectChange,
  wanted: ObjectChange | undefined,
  interval: Interval,
): Generator<TimelineEntry> {
  const isTold = churn === undefined || TOLD_KINDS.has(identity.kind);
  const about = { object: identity, isWarning: false } as const;
  if (before !== undefined && after !== undefined) {
    if (wanted !== undefined && wanted.churn === undefined && !UNTOLD_KINDS.has(identity.kind)) {
      const { time, managers } = writeOf(wanted, interval);
      yield { type: 'changed', ...time, ...about, changes: wanted.changes, managers };
    }
    if (!UNTOLD_KINDS.has(identity.kind)) yield* conditionEntries(identity, before, after, interval);
  } else if (change === 'removed' && isTold) {
    // While it was still there, only its end could be announced.
    yield { type: 'removed', ...timeWithin(interval, undefined), ...about };
  } else if (change === 'added' && isTold) {
    const createdMs = timeAt(after, 'metadata', 'creationTimestamp');
    // Older than the capture before, which for some reason does not have it: it was not added.
    if (createdMs === undefined || isWithin(interval, createdMs)) {
      yield { type: 'added', ...timeWithin(interval, createdMs), ...about };
    }
  }
  if (after !== undefined) yield* restartEntries(identity, before, after, interval);
}

/** Who made a change inside of the interval, and when they last wrote. */
function writeOf(
  { writes }: ObjectChange,
  interval: Interval,
): { readonly time: EntryTime; readonly managers: readonly string[] } {
  const within = writes.flatMap(({ atMs, manager }) =>
    atMs !== undefined && isWithin(interval, atMs) ? [{ atMs, manager }] : [],
  );
  if (within.length === 0) return { time: timeWithin(interval, undefined), managers: [] };
  return {
    time: { atMs: Math.max(...within.map(({ atMs }) => atMs)), precision: 'last write' },
    managers: [...new Set(within.map(({ manager }) => manager))],
  };
}
