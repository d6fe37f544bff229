/**
 * Rollouts: new revisions of the templates of Deployments (ReplicaSets), StatefulSets and DaemonSets (ControllerRevisions), and returns
 * to older ones.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment,
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
 */
import type { SnapshotReader } from '../format/index.ts';
import { timeAt } from '../resources/conditions.ts';
import { arrayAt, JsonNumber, stringAt, valueAt, type JsonObject } from '../resources/json-value.ts';
import { listObjects } from './list-objects.ts';
import {
  isWithin,
  objectNamedBy,
  timeWithin,
  type EntryObject,
  type ImageChange,
  type Interval,
  type TimelineEntry,
} from './timeline-entry.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const KINDS = ['replicasets.apps', 'controllerrevisions.apps'] as const;

interface KeptRevision {
  readonly owner: EntryObject;
  readonly name: string;
  readonly number: number;
  readonly createdMs: number | undefined;
  /** By container. */
  readonly images: ReadonlyMap<string, string>;
}

type Revisions = ReadonlyMap<string, KeptRevision>;

/** The rollouts between two captures. */
export async function rolloutEntries(
  before: SnapshotReader,
  after: SnapshotReader,
  interval: Interval,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly TimelineEntry[]> {
  const old = await revisionsIn(before, namespace, signal);
  const current = await revisionsIn(after, namespace, signal);
  const entries: TimelineEntry[] = [];
  for (const [key, revision] of current) {
    const known = old.get(key);
    const isNew =
      known === undefined && revision.createdMs !== undefined && isWithin(interval, revision.createdMs);
    const isRollback = known !== undefined && revision.number > known.number;
    const previous = precedingRevision(revision, isRollback ? old : new Map([...old, ...current]));
    // The first revision is no rollout: its workload is new.
    if ((!isNew && !isRollback) || previous === undefined) continue;
    const { owner, name, number, createdMs, images } = revision;
    entries.push({
      type: 'rollout',
      ...timeWithin(interval, isNew ? createdMs : undefined),
      object: owner,
      isWarning: false,
      revision: { name, number, isRollback },
      images: imageChanges(previous.images, images),
    });
  }
  return entries;
}

/** Of the same owner, the one with the highest number below. */
function precedingRevision(revision: KeptRevision, all: Revisions): KeptRevision | undefined {
  let found: KeptRevision | undefined;
  for (const other of all.values()) {
    const { owner, number } = other;
    const isSame =
      owner.kind === revision.owner.kind &&
      owner.name === revision.owner.name &&
      owner.namespace === revision.owner.namespace;
    if (
      isSame &&
      number < revision.number &&
      other.name !== revision.name &&
      number > (found?.number ?? -1)
    ) {
      found = other;
    }
  }
  return found;
}

async function revisionsIn(
  snapshot: SnapshotReader,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Revisions> {
  const found = new Map<string, KeptRevision>();
  for (const kind of KINDS) {
    const query = { kind, ...(namespace !== undefined && { namespace }) };
    for await (const item of listObjects(snapshot, query, signal && { signal })) {
      const revision = 'problem' in item ? undefined : revisionOf(item.content);
      if (revision !== undefined) {
        found.set(`${kind}\0${revision.owner.namespace ?? ''}\0${revision.name}`, revision);
      }
    }
  }
  return found;
}

function revisionOf(object: JsonObject): KeptRevision | undefined {
  const reference = arrayAt(object, 'metadata', 'ownerReferences').find(
    (item) => valueAt(item, 'controller') === true,
  );
  const owner = objectNamedBy(reference, stringAt(object, 'metadata', 'namespace'));
  const isReplicaSet = stringAt(object, 'kind') === 'ReplicaSet';
  const number = isReplicaSet
    ? Number(stringAt(object, 'metadata', 'annotations', REVISION) ?? Number.NaN)
    : numberOf(object);
  if (owner === undefined || Number.isNaN(number)) return undefined;
  const template = isReplicaSet ? ['spec', 'template'] : ['data', 'spec', 'template'];
  const containers = ['initContainers', 'containers'].flatMap((list) =>
    arrayAt(object, ...template, 'spec', list),
  );
  return {
    owner,
    name: stringAt(object, 'metadata', 'name') ?? '',
    number,
    createdMs: timeAt(object, 'metadata', 'creationTimestamp'),
    images: new Map(
      containers.map((container) => [stringAt(container, 'name') ?? '', stringAt(container, 'image') ?? '']),
    ),
  };
}

function numberOf(object: JsonObject): number {
  const revision = object.get('revision');
  return revision instanceof JsonNumber ? revision.toNumber() : Number.NaN;
}

function imageChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly ImageChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((container) => ({ container, before: before.get(container), after: after.get(container) }))
    .filter((change) => change.before !== change.after);
}
