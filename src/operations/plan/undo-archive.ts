/** What objects were like before a restore: an archive with the keys of the one that is restored from. */
import type { LiveObjects } from '../../connectors/kubernetes/live-objects.ts';
import { readObject } from '../../connectors/kubernetes/restore-entry.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { recordFromObject } from '../../connectors/object-record.ts';
import { createFileSink } from '../../connectors/stores/file-store.ts';
import { NotFoundError, throwIfCancelled } from '../../errors.ts';
import { siblingArchive, type ArchiveReader, type SnapshotReader } from '../../format/index.ts';
import { nodePrimitives } from '../../platform/node/primitives.ts';
import type { JsonObject } from '../../resources/json-value.ts';
import type { ResourceIdentity } from '../../resources/object-path.ts';
import { pathOf } from '../../resources/object-path.ts';
import { liveReference } from './live-reference.ts';
import type { PlanItem } from './plan.ts';
import { hasStatusSubresource } from './prepared-object.ts';

/** Verdicts that change what is there. */
const CHANGING: ReadonlySet<string> = new Set(['update', 'recreate', 'delete']);
/** Objects that are asked for at a time. */
const READ_WIDTH = 8;

/** What was saved, and what has changed since the plan. */
export interface SavedObjects {
  readonly snapshotId: string;
  /** Why an item must not be written, by its id. */
  readonly drifted: ReadonlyMap<string, string>;
}

/**
 * Saves what `items` are about to change into a new archive at `path`, mode 0600, on the disk when it resolves.
 * @throws ConnectorError; CancelledError
 */
export async function saveLiveObjects(
  archive: ArchiveReader,
  target: RestoreTarget,
  items: readonly PlanItem[],
  path: string,
  signal: AbortSignal | undefined,
): Promise<SavedObjects> {
  const changing = items.filter(({ verdict }) => CHANGING.has(verdict));
  const live = target.liveObjects();
  for (const { identity } of changing) {
    const resource = resourceOf(target, identity);
    if (resource !== undefined) live.want(resource, identity.namespace, identity.name);
  }
  const drifted = new Map<string, string>();
  const sink = await createFileSink(path, { overwrite: true });
  const writer = await siblingArchive(archive, sink, { primitives: nodePrimitives });
  try {
    const snapshot = writer.beginSnapshot({
      importer: { type: 'k8s', origin: target.facts.server, directory: '/' },
      name: 'before a restore',
    });
    for (let index = 0; index < changing.length; index += READ_WIDTH) {
      throwIfCancelled(signal);
      const some = changing.slice(index, index + READ_WIDTH);
      const objects = await Promise.all(some.map((item) => liveObjectOf(live, target, item)));
      for (const [position, item] of some.entries()) {
        const object = objects[position];
        const drift = driftOf(archive, target, item, object);
        if (drift !== undefined) drifted.set(item.id, drift);
        if (object !== undefined) await snapshot.add(recordFromObject(savedPath(target, item), object));
      }
    }
    const { id } = await snapshot.finish();
    await writer.close();
    return { snapshotId: id, drifted };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** In the version that is served: an item has the one that was captured. */
function savedPath(target: RestoreTarget, { identity }: PlanItem): string {
  return pathOf({ ...identity, version: resourceOf(target, identity)?.version ?? identity.version });
}

function resourceOf(target: RestoreTarget, { group, version, kind }: ResourceIdentity) {
  return target.kinds.find(group, version, kind) ?? target.kinds.preferred(group, kind);
}

async function liveObjectOf(
  live: LiveObjects,
  target: RestoreTarget,
  { identity }: PlanItem,
): Promise<JsonObject | undefined> {
  const resource = resourceOf(target, identity);
  if (resource === undefined) return undefined;
  return live.get(resource, identity.namespace, identity.name);
}

function driftOf(
  archive: ArchiveReader,
  target: RestoreTarget,
  { identity, live }: PlanItem,
  object: JsonObject | undefined,
): string | undefined {
  const resource = resourceOf(target, identity);
  if (object === undefined || resource === undefined) return 'it is gone since the plan was made';
  if (live === undefined) return undefined;
  const now = liveReference(archive.parts.keys.mac, object, hasStatusSubresource(resource));
  if (now.uid !== live.uid) return 'it was deleted and created again since the plan was made';
  return now.digest === live.digest ? undefined : 'it has changed since the plan was made';
}

/** The object as it was before the restore. @param identity in the version that the target serves @throws IntegrityError; FormatError */
export async function savedObject(
  snapshot: SnapshotReader,
  identity: ResourceIdentity,
): Promise<JsonObject | undefined> {
  try {
    return await readObject(snapshot, await snapshot.entry(pathOf(identity)));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
