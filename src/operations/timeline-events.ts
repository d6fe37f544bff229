/** The Events of a timeline: each once, however many captures have it. */
import { throwIfCancelled } from '../errors.ts';
import type { SnapshotReader } from '../format/index.ts';
import { objectAt, stringAt, type JsonObject } from '../resources/json-value.ts';
import { eventFrom } from './describe-object.ts';
import { listObjects } from './list-objects.ts';
import { isWithin, objectNamedBy, type Interval, type TimelineEntry } from './timeline-entry.ts';

/** Events that a timeline holds; what comes after that is left out. */
const EVENTS_MAX = 200_000;

/** The Events of all captures that were seen last inside of the interval, whose times are of whole seconds; the newest state of each counts. */
export async function eventEntries(
  snapshots: readonly SnapshotReader[],
  interval: Interval,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly TimelineEntry[]> {
  const byUid = new Map<string, TimelineEntry>();
  const query = { kind: 'events', ...(namespace !== undefined && { namespace }) };
  for (const snapshot of snapshots) {
    throwIfCancelled(signal);
    for await (const item of listObjects(snapshot, query, signal && { signal })) {
      if ('problem' in item) continue;
      const entry = entryOf(item.content);
      const uid = stringAt(item.content, 'metadata', 'uid') ?? item.path;
      if (entry === undefined || !isWithin(interval, entry.atMs)) continue;
      if (byUid.has(uid) || byUid.size < EVENTS_MAX) byUid.set(uid, entry);
    }
  }
  return [...byUid.values()];
}

function entryOf(content: JsonObject): TimelineEntry | undefined {
  const event = eventFrom(content);
  const regarding = objectAt(content, 'involvedObject') ?? objectAt(content, 'regarding');
  const namespace = stringAt(regarding, 'namespace');
  const object = objectNamedBy(regarding, namespace === '' ? undefined : namespace);
  if (object === undefined || event.lastMs === undefined) return undefined;
  return {
    type: 'event',
    atMs: event.lastMs,
    precision: 'exact',
    object,
    isWarning: event.type !== 'Normal',
    event,
  };
}
