/** What a cluster changes by living on, so that a comparison can be about what people changed. */
import { leftOutReason } from '../resources/controller-made.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../resources/json-value.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';

/** Kinds of which controllers make some objects that people also change, such as the labels of a Node. */
const CHANGED_BY_PEOPLE = new Set([
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'FlowSchema',
  'Namespace',
  'Node',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'Role',
  'RoleBinding',
  'Service',
  'ServiceAccount',
]);
/** Kinds that are worth a word when they come or go, although people do not make them. */
const COMES_AND_GOES = new Set(['Node']);

/** Why a change says nothing of what people did; undefined where it may. */
export function churnReason(
  change: 'added' | 'removed' | 'changed',
  { kind }: ResourceIdentity,
  object: JsonObject,
): string | undefined {
  const isTold = (change === 'changed' ? CHANGED_BY_PEOPLE : COMES_AND_GOES).has(kind);
  return isTold ? undefined : leftOutReason(object);
}

/**
 * The owner that a controller manages the object for, as `Kind/name`; undefined where there is none. A Pod of a Deployment's ReplicaSet,
 * which is named after its template's hash, counts for the Deployment.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
 */
export function controllerOwner(object: JsonObject): string | undefined {
  const owner = arrayAt(object, 'metadata', 'ownerReferences').find(
    (reference) => valueAt(reference, 'controller') === true,
  );
  const [kind, name] = [stringAt(owner, 'kind'), stringAt(owner, 'name')];
  if (kind === undefined || name === undefined) return undefined;
  const hash = stringAt(object, 'metadata', 'labels', 'pod-template-hash');
  const isOfDeployment = kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`);
  return isOfDeployment ? `Deployment/${name.slice(0, -hash.length - 1)}` : `${kind}/${name}`;
}
