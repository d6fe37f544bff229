/** Objects that the selection covers, the target has and the archive does not. */
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { UsageError } from '../../errors.ts';
import type { SnapshotReader } from '../../format/index.ts';
import { leftOutReason } from '../../resources/controller-made.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { identityOf, pathOf, type ResourceIdentity } from '../../resources/object-path.ts';
import { restoreRank } from '../../resources/restore-order.ts';
import { NO_NAMESPACE, type ObjectCatalogue, type ObjectQuery } from '../object-catalogue.ts';
import { objectQueryOf } from '../selection.ts';
import { hasStatusSubresource } from './prepared-object.ts';
import type { JudgeContext } from './judge-context.ts';
import { judgementOf } from './judgement.ts';
import { liveReference } from './live-reference.ts';
import { kindKey, objectKey } from './object-key.ts';
import type { PlanItem } from './plan.ts';
import type { PlanSelection } from './restore-events.ts';
import { predicateOf, type SourceObjects } from './source-objects.ts';

/** All objects of a kind in a namespace: both what was captured and what is there. */
interface Collection {
  readonly kind: Pick<ResourceIdentity, 'group' | 'kind'>;
  readonly namespace: string | undefined;
}

/**
 * The deletions of a plan. Only collections are looked at of which the snapshot holds objects somewhere: what was never captured is not
 * missing in the archive.
 * @param rank of the first deletion
 * @throws UsageError where the capture was itself a selection by label, field or path; ConnectorError; CancelledError
 */
export async function* prunedItems(
  context: JudgeContext,
  snapshot: SnapshotReader,
  selection: PlanSelection,
  rank: number,
): AsyncGenerator<PlanItem> {
  checkCapturedWhole(snapshot);
  const isMeant = predicateOf(selection);
  const rankMax = 1_000;
  for (const collection of await collectionsOf(context.source.catalogue, snapshot, selection)) {
    const place = rank + rankMax - restoreRank(collection.kind);
    try {
      for await (const live of extraObjects(context.target, context.source, collection)) {
        if (isMeant !== undefined && !isMeant(live)) continue;
        const item = await judgedDeletion(context, live);
        if (item !== undefined) yield { ...item, rank: place };
      }
    } catch (error) {
      const judgement = judgementOf(error);
      if (judgement === undefined) throw error;
      yield { ...unseen(collection), ...judgement, changes: [], notes: [], rank: place };
    }
  }
}

/** A collection that may not be listed: nobody knows what would have to go. */
function unseen({ kind, namespace }: Collection): Pick<PlanItem, 'id' | 'identity' | 'dependsOn'> {
  const identity = { ...kind, version: '*', namespace, name: '*' };
  return { id: pathOf(identity), identity, dependsOn: [] };
}

function checkCapturedWhole(snapshot: SnapshotReader): void {
  const captured = sourceFact(snapshot, 'kubernetes.selection');
  if (captured === undefined) {
    throw new UsageError('pruning needs a capture of a cluster: in others nobody knows what was left out');
  }
  const { labelSelector, fieldSelector, include, exclude } = JSON.parse(captured) as Record<string, unknown>;
  if ([labelSelector, fieldSelector, include, exclude].every((choice) => choice === undefined)) return;
  throw new UsageError(
    'the capture was a selection by label, field or path: what is not in it was perhaps never captured, so nothing can be pruned by it',
  );
}

function sourceFact(snapshot: SnapshotReader, key: string): string | undefined {
  return (snapshot.source.context ?? []).find((pair) => pair.key === key)?.value;
}

async function collectionsOf(
  catalogue: ObjectCatalogue,
  snapshot: SnapshotReader,
  { selections, namespace }: PlanSelection,
): Promise<Collection[]> {
  const scope = namespace === undefined ? {} : { namespace };
  const queries: readonly ObjectQuery[] =
    selections.length === 0 ? [scope] : selections.flatMap((one) => queryOf(one, scope) ?? []);
  const incomplete = incompleteKinds(snapshot);
  const collections = new Map<string, Collection>();
  const captured = new Map<string, Pick<ResourceIdentity, 'group' | 'kind'>>();
  const namespaces = new Set<string>();
  const namespaced = new Set<string>();
  for await (const object of catalogue.objects()) {
    captured.set(kindKey(object), { group: object.group, kind: object.kind });
    if (object.namespace === undefined) continue;
    namespaces.add(object.namespace);
    namespaced.add(kindKey(object));
  }
  for (const query of queries) {
    const kinds = await kindsOf(catalogue, query, captured);
    for (const kind of kinds) {
      if (incomplete.has(kindKey(kind))) continue;
      const within = namespaced.has(kindKey(kind))
        ? query.namespace === undefined
          ? [...namespaces]
          : [query.namespace]
        : // Cluster-scoped objects only where their kind was named.
          query.kind === undefined
          ? []
          : [undefined];
      for (const one of within) collections.set(`${kindKey(kind)}\0${one ?? ''}`, { kind, namespace: one });
    }
  }
  return [...collections.values()];
}

async function kindsOf(
  catalogue: ObjectCatalogue,
  query: ObjectQuery,
  captured: ReadonlyMap<string, Pick<ResourceIdentity, 'group' | 'kind'>>,
): Promise<Iterable<Pick<ResourceIdentity, 'group' | 'kind'>>> {
  if (query.kind === undefined) return captured.values();
  for await (const object of catalogue.objects({ kind: query.kind })) return [object];
  return [];
}

/** Undefined for a selection of single objects: they leave no gap that something could stand in. */
function queryOf(selection: string, scope: { readonly namespace?: string }): ObjectQuery | undefined {
  if (!selection.startsWith('/')) {
    const query = objectQueryOf(selection, scope);
    return query.name === undefined ? query : undefined;
  }
  const [, namespace = '', group, kind, , name] = selection.split('/');
  if (name !== undefined && name !== '') return undefined;
  if (namespace === '') return {};
  if (group === undefined || group === '') return { namespace };
  if (kind === undefined || kind === '') return undefined;
  return { namespace, kind: group === NO_NAMESPACE ? kind : `${kind}.${group}` };
}

/** Kinds of which the capture may lack objects: some could not be read, or not in every namespace. */
function incompleteKinds(snapshot: SnapshotReader): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (const line of (sourceFact(snapshot, 'kubernetes.failed') ?? '').split('\n')) {
    const [, kind, group = ''] = /^(\w+)(?:\.([\w.-]+))?/.exec(line) ?? [];
    if (kind !== undefined) kinds.add(kindKey({ kind, group }));
  }
  return kinds;
}

/** Objects of a collection that the archive does not have, but for those that controllers make and those that go anyway. */
async function* extraObjects(
  target: RestoreTarget,
  source: SourceObjects,
  { kind, namespace }: Collection,
): AsyncGenerator<JsonObject> {
  const resource = target.kinds.preferred(kind.group, kind.kind);
  if (resource?.verbs.includes('delete') !== true || !resource.verbs.includes('list')) return;
  if (kind.kind === 'Namespace' && kind.group === '') return;
  const captured = new Set<string>();
  const query = { namespace: namespace ?? NO_NAMESPACE };
  for await (const object of source.catalogue.objects(query)) captured.add(objectKey(object));
  for await (const live of target.list(resource, namespace)) {
    const identity = identityOf(live);
    if (identity === undefined || captured.has(objectKey(identity))) continue;
    if (leftOutReason(live) !== undefined || arrayAt(live, 'metadata', 'ownerReferences').length > 0) {
      continue;
    }
    if (valueAt(live, 'metadata', 'deletionTimestamp') === undefined) yield live;
  }
}

async function judgedDeletion(
  { target, mac }: JudgeContext,
  live: JsonObject,
): Promise<Omit<PlanItem, 'rank'> | undefined> {
  const identity = identityOf(live);
  if (identity === undefined) return undefined;
  const { group, version, kind, namespace, name } = identity;
  const resource = target.kinds.find(group, version, kind);
  if (resource === undefined) return undefined;
  const uid = stringAt(live, 'metadata', 'uid') ?? '';
  const item = { id: pathOf(identity), identity, changes: [], notes: [], dependsOn: [] };
  const reference = liveReference(mac, live, hasStatusSubresource(resource));
  try {
    await target.dryRun.delete(resource, namespace, name, { uid });
  } catch (error) {
    const judgement = judgementOf(error);
    if (judgement === undefined) throw error;
    return { ...item, ...judgement, changes: [], notes: [], live: reference };
  }
  return {
    ...item,
    verdict: 'delete',
    how: 'proven',
    reason: 'the archive does not have it',
    live: reference,
  };
}
