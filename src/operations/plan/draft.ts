/** Objects on their way into a plan: what is known of each before the target is asked. */
import { isPtarError } from '../../errors.ts';
import type { SnapshotEntry } from '../../format/index.ts';
import { leftOutReason } from '../../resources/controller-made.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import { pathOf, type ResourceIdentity } from '../../resources/object-path.ts';
import { referencesOf, type ObjectReference, type ReferenceTarget } from '../../resources/references.ts';
import { ownersOf, type OwnerName } from '../../resources/restorable-object.ts';
import { restoreLevels, type GraphEdge } from '../../resources/restore-graph.ts';
import { compareForRestore, restoreRank } from '../../resources/restore-order.ts';
import { kindKey, objectKey } from './object-key.ts';
import type { ObjectTransform } from './restore-events.ts';
import { neededBy, requiredIdentity, type SelectedEntry } from './source-objects.ts';

/** An object that a plan is made for. */
export interface Draft {
  readonly id: string;
  /** In the target. */
  readonly identity: ResourceIdentity;
  readonly entry: SnapshotEntry;
  /** Why it is never restored; empty where it may be. */
  readonly leftOut: string;
  /** Why it cannot be read; empty where it can. */
  readonly problem: string;
  readonly notes: readonly string[];
  readonly owners: readonly OwnerName[];
  readonly needs: readonly ReferenceTarget[];
  /** Classes that it names and cannot do without. */
  readonly classes: readonly ClassReference[];
  /** What it adds to the API; undefined for all but CustomResourceDefinitions and APIServices. */
  readonly api: DefinedApi | undefined;
}

/** A class that an object names. */
export interface ClassReference {
  readonly what: 'storage-class' | 'ingress-class' | 'priority-class' | 'runtime-class';
  readonly target: ReferenceTarget;
}

/** A part of the API that an object provides. */
export interface DefinedApi {
  readonly group: string;
  /** Undefined for all of the group (an APIService). */
  readonly kind: string | undefined;
  readonly plural: string | undefined;
  readonly versions: readonly string[];
  /** The CustomResourceDefinition itself. */
  readonly definition: JsonObject | undefined;
}

/** A {@link Draft} with its place in the order. */
export interface PlacedDraft extends Draft {
  readonly rank: number;
  readonly dependsOn: readonly string[];
}

const CLASS_ROLES: Readonly<Partial<Record<ObjectReference['role'], ClassReference['what']>>> = {
  'storage class': 'storage-class',
  'ingress class': 'ingress-class',
  'priority class': 'priority-class',
  'runtime class': 'runtime-class',
};

/** What is to be said about a file that is no object. */
const NOT_AN_OBJECT = 'not an API object';

/** Looks at an entry of a selection. */
export function draftOf(
  { entry, identity, object, problem }: SelectedEntry,
  transform: ObjectTransform | undefined,
): Draft {
  const nothing = { entry, notes: [], owners: [], needs: [], classes: [], api: undefined };
  if (identity === undefined) {
    const file = { group: '', version: '', kind: 'File', namespace: undefined, name: entry.path };
    return { ...nothing, id: entry.path, identity: file, leftOut: NOT_AN_OBJECT, problem: '' };
  }
  if (object === undefined) return { ...nothing, id: entry.path, identity, leftOut: '', problem };
  const leftOut = leftOutReason(object) ?? '';
  if (leftOut !== '') return { ...nothing, id: pathOf(identity), identity, leftOut, problem: '' };
  try {
    const { object: restored, notes } = transform?.apply(object) ?? { object, notes: [] };
    const own = requiredIdentity(restored);
    return {
      entry,
      id: pathOf(own),
      identity: own,
      leftOut: '',
      problem: '',
      notes,
      owners: ownersOf(restored),
      needs: neededBy(restored),
      classes: classesOf(restored),
      api: definedApi(own, restored),
    };
  } catch (error) {
    if (!isPtarError(error)) throw error;
    return { ...nothing, id: pathOf(identity), identity, leftOut: '', problem: error.message };
  }
}

function classesOf(object: JsonObject): ClassReference[] {
  const found = new Map<string, ClassReference>();
  for (const { role, target, optional } of referencesOf(object)) {
    const what = CLASS_ROLES[role];
    if (what !== undefined && !optional) found.set(`${what}\0${target.name}`, { what, target });
  }
  return [...found.values()];
}

function definedApi({ kind, group }: ResourceIdentity, object: JsonObject): DefinedApi | undefined {
  if (kind === 'APIService' && group === 'apiregistration.k8s.io') {
    if (valueAt(object, 'spec', 'service') === undefined) return undefined;
    return {
      group: stringAt(object, 'spec', 'group') ?? '',
      kind: undefined,
      plural: undefined,
      versions: [stringAt(object, 'spec', 'version') ?? ''],
      definition: undefined,
    };
  }
  if (kind !== 'CustomResourceDefinition' || group !== 'apiextensions.k8s.io') return undefined;
  const served = arrayAt(object, 'spec', 'versions').filter((one) => valueAt(one, 'served') === true);
  return {
    group: stringAt(object, 'spec', 'group') ?? '',
    kind: stringAt(object, 'spec', 'names', 'kind') ?? '',
    plural: stringAt(object, 'spec', 'names', 'plural') ?? '',
    versions: served.map((one) => stringAt(one, 'name') ?? ''),
    definition: object,
  };
}

/** Drafts in the order in which they are to be written. A second one of the same id is left out: one object has one place. */
export function placeDrafts(drafts: readonly Draft[]): PlacedDraft[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const unique = [...byId.values()];
  const active = unique.filter(({ leftOut }) => leftOut === '');
  const nodes = unique.map(({ id, identity }) => ({ id, rank: restoreRank(identity) }));
  const levels = restoreLevels(nodes, edgesBetween(active));
  return unique
    .map((draft) => {
      const { level: rank = 0, dependsOn = [] } = levels.get(draft.id) ?? {};
      return { ...draft, rank, dependsOn };
    })
    .sort((left, right) => left.rank - right.rank || compareForRestore(left.identity, right.identity));
}

function* edgesBetween(drafts: readonly Draft[]): Generator<GraphEdge> {
  const byKey = new Map(drafts.map(({ id, identity }) => [objectKey(identity), id]));
  const kinds = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const { id, api } of drafts) {
    if (api?.kind !== undefined) kinds.set(kindKey({ group: api.group, kind: api.kind }), id);
    else if (api !== undefined) groups.set(`${api.group}/${api.versions.join()}`, id);
  }
  for (const { id, identity, owners, needs } of drafts) {
    const { namespace, group, version } = identity;
    const hard = [
      namespace === undefined ? undefined : byKey.get(namespaceKey(namespace)),
      kinds.get(kindKey(identity)),
      groups.get(`${group}/${version}`),
      ...owners.map((owner) => ownerId(owner, namespace, byKey)),
    ];
    for (const to of hard) if (to !== undefined) yield { from: id, to, hard: true };
    for (const need of needs) {
      const to = byKey.get(objectKey(need));
      if (to !== undefined) yield { from: id, to, hard: false };
    }
  }
}

/** What an owner is known by: owners are cluster-scoped, or of the namespace of what they own. */
export function ownerId<T>(
  { group, kind, name }: OwnerName,
  namespace: string | undefined,
  byKey: ReadonlyMap<string, T>,
): T | undefined {
  return (
    byKey.get(objectKey({ group, kind, name, namespace })) ??
    byKey.get(objectKey({ group, kind, name, namespace: undefined }))
  );
}

/** The key of a Namespace. */
export function namespaceKey(name: string): string {
  return objectKey({ group: '', kind: 'Namespace', namespace: undefined, name });
}
