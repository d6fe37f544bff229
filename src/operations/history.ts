import { throwIfCancelled } from '../errors.ts';
import { msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import { arrayAt, stringAt, type JsonObject } from '../resources/json-value.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { diffObjects, type ObjectChange } from './diff-objects.ts';
import { snapshotSide, type DiffSide } from './diff-side.ts';

/** A change of an object between two captures. */
export interface HistoryEntry {
  /** When the capture began that shows it; Unix milliseconds. */
  readonly capturedMs: number;
  /** 64 hex digits. */
  readonly snapshotId: string;
  readonly change: ObjectChange;
  /** Field managers that wrote since the capture before, as `managedFields` of the object say. */
  readonly managers: readonly string[];
}

const NOTHING: DiffSide = {
  name: 'nothing',
  isStored: true,
  hasObjects: () => Promise.resolve(false),
  async *objects() {
    // Holds none.
  },
};

/**
 * What became of the objects for which `isSelected` holds, over `snapshots` in the order of their time: when each was there first, every
 * change, when it was gone.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* objectHistory(
  snapshots: readonly SnapshotReader[],
  isSelected: (identity: ResourceIdentity) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<HistoryEntry> {
  const timeOf = (snapshot: SnapshotReader): number => msFromTimestamp(snapshot.header.timestamp);
  let previous = NOTHING;
  let previousMs = 0;
  for (const snapshot of snapshots.toSorted((left, right) => timeOf(left) - timeOf(right))) {
    throwIfCancelled(signal);
    const current = snapshotSide(snapshot, '', snapshot.id);
    const capturedMs = timeOf(snapshot);
    for await (const change of diffObjects(previous, current, { isSelected, ...(signal && { signal }) })) {
      if ('problem' in change) continue;
      const managers = await managersSince(current, change.identity, previousMs, isSelected);
      yield { capturedMs, snapshotId: snapshot.id, change, managers };
    }
    previous = current;
    previousMs = capturedMs;
  }
}

async function managersSince(
  side: DiffSide,
  { kind, namespace, name }: ResourceIdentity,
  sinceMs: number,
  isSelected: (identity: ResourceIdentity) => boolean,
): Promise<readonly string[]> {
  for await (const object of side.objects()) {
    if ('problem' in object || !isSelected(object.identity)) continue;
    const { identity } = object;
    if (identity.kind !== kind || identity.name !== name || identity.namespace !== namespace) continue;
    return managersOf(await object.read(), sinceMs);
  }
  return [];
}

function managersOf(object: JsonObject, sinceMs: number): readonly string[] {
  const names = new Set<string>();
  for (const entry of arrayAt(object, 'metadata', 'managedFields')) {
    const time = Date.parse(stringAt(entry, 'time') ?? '');
    const isStatus = stringAt(entry, 'subresource') === 'status';
    if (!isStatus && !(time <= sinceMs)) names.add(stringAt(entry, 'manager') ?? '');
  }
  return [...names];
}
