/** What the selected objects need, by what they say themselves. No cluster is asked. */
import type { SnapshotReader } from '../../format/index.ts';
import { leftOutReason } from '../../resources/controller-made.ts';
import { imagesNamedBy } from '../../resources/image-places.ts';
import { completeImage } from '../../resources/image-reference.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import {
  apiVersionOf,
  formatIdentity,
  identityOf,
  type ResourceIdentity,
} from '../../resources/object-path.ts';
import type { ReferenceRole } from '../../resources/reference-place.ts';
import { builtInScope, referencesOf, type ReferenceTarget } from '../../resources/references.ts';
import { NO_NAMESPACE } from '../object-catalogue.ts';
import { kindKey, objectKey } from '../plan/object-key.ts';
import type { ObjectTransform, PlanSelection } from '../plan/restore-events.ts';
import { SourceObjects } from '../plan/source-objects.ts';
import { NeedList, type Need, type RequirementKind } from './requirements.ts';

/** What a need is about. */
export type NeedSubject =
  | { readonly is: 'api'; readonly identity: ResourceIdentity; readonly object: JsonObject }
  | { readonly is: 'object'; readonly target: ReferenceTarget }
  | { readonly is: 'image' };

/** Everything that was found in a selection. */
export interface SelectionNeeds {
  readonly needs: readonly Need<NeedSubject>[];
  /** Keys of the selected objects, as `object-key.ts` has them. */
  readonly selected: ReadonlySet<string>;
  /** Custom kinds that selected CustomResourceDefinitions define, with their versions, by `kindKey`. */
  readonly defined: ReadonlyMap<string, readonly string[]>;
  /** Group versions that selected APIServices bring: `metrics.example.com/v1`. */
  readonly aggregated: ReadonlySet<string>;
  /** Objects that are restored. */
  readonly objects: number;
  /** Objects that could not be read. */
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

const CLASS_KINDS: Readonly<Partial<Record<ReferenceRole, RequirementKind>>> = {
  'storage class': 'storage class',
  'volume attributes class': 'volume attributes class',
  'snapshot class': 'snapshot class',
  driver: 'csi driver',
  'ingress class': 'ingress class',
  'gateway class': 'gateway class',
  'priority class': 'priority class',
  'runtime class': 'runtime class',
  'device class': 'device class',
};
/** What an object names and does not wait for, or what a cluster gives it. */
const LOOSE_ROLES: ReadonlySet<ReferenceRole> = new Set([
  'owner',
  'event',
  'node',
  'bound claim',
  'bound volume',
  'endpoint',
  'reservation',
  'token',
]);
/** Made in every namespace. */
const MADE_OBJECTS: ReadonlySet<string> = new Set(['ConfigMap./kube-root-ca.crt', 'ServiceAccount./default']);

/**
 * Reads the selected objects and gathers what they need, after `transform`.
 * @throws UsageError; NotFoundError; IntegrityError; FormatError; CancelledError
 */
export async function needsOfSelection(
  snapshot: SnapshotReader,
  selection: PlanSelection,
  transform: ObjectTransform | undefined,
  signal: AbortSignal | undefined,
): Promise<SelectionNeeds> {
  const list = new NeedList<NeedSubject>();
  const selected = new Set<string>();
  const defined = new Map<string, readonly string[]>();
  const aggregated = new Set<string>();
  const problems: { path: string; problem: string }[] = [];
  let objects = 0;
  for await (const { entry, object: read, problem } of new SourceObjects(snapshot).select(
    selection,
    signal,
  )) {
    if (problem !== '') problems.push({ path: entry.path, problem });
    if (read === undefined || leftOutReason(read) !== undefined) continue;
    const object = transform?.apply(read).object ?? read;
    const identity = identityOf(object);
    if (identity === undefined) continue;
    objects += 1;
    selected.add(objectKey(identity));
    noteDefinition(object, identity, defined, aggregated);
    addNeeds(list, object, identity);
  }
  return { needs: list.all(), selected, defined, aggregated, objects, problems };
}

function noteDefinition(
  object: JsonObject,
  { kind, group }: ResourceIdentity,
  defined: Map<string, readonly string[]>,
  aggregated: Set<string>,
): void {
  if (kind === 'CustomResourceDefinition') {
    const versions = arrayAt(object, 'spec', 'versions').filter((one) => valueAt(one, 'served') === true);
    const names = versions.flatMap((one) => stringAt(one, 'name') ?? []);
    const custom = {
      group: stringAt(object, 'spec', 'group') ?? '',
      kind: stringAt(object, 'spec', 'names', 'kind') ?? '',
    };
    defined.set(kindKey(custom), names);
  } else if (kind === 'APIService' && group === 'apiregistration.k8s.io') {
    aggregated.add(`${stringAt(object, 'spec', 'group') ?? ''}/${stringAt(object, 'spec', 'version') ?? ''}`);
  }
}

function addNeeds(list: NeedList<NeedSubject>, object: JsonObject, identity: ResourceIdentity): void {
  const by = nameOf(identity);
  const { group, kind, namespace } = identity;
  const type = `${group === '' ? kind : `${kind}.${group}`}/${identity.version}`;
  const isBuiltIn = builtInScope(group, kind) !== undefined;
  list.add(isBuiltIn ? 'api' : 'definition', type, { is: 'api', identity, object }, by);
  if (namespace !== undefined) {
    const target = { group: '', kind: 'Namespace', namespace: undefined, name: namespace };
    list.add('namespace', namespace, { is: 'object', target }, by);
  }
  for (const { role, target, optional } of referencesOf(object)) {
    const classKind = CLASS_KINDS[role];
    if (classKind !== undefined) {
      // An annotation may name a class that only a controller knows; drivers need no object of their own.
      if (!optional || classKind === 'csi driver') {
        list.add(classKind, target.name, { is: 'object', target }, by);
      }
    } else if (
      !optional &&
      !LOOSE_ROLES.has(role) &&
      !MADE_OBJECTS.has(`${kindKey(target)}/${target.name}`)
    ) {
      list.add('object', nameOf({ ...target, version: '' }), { is: 'object', target }, by);
    }
  }
  for (const { image } of imagesNamedBy(object)) list.add('image', completeImage(image), { is: 'image' }, by);
}

/** `shop/deployment.apps/web`. */
function nameOf(identity: ResourceIdentity): string {
  return `${identity.namespace ?? NO_NAMESPACE}/${formatIdentity(identity)}`;
}

/** For messages: `Deployment of apps/v1`. */
export function kindName(identity: ResourceIdentity): string {
  return `${identity.kind} of ${apiVersionOf(identity)}`;
}
