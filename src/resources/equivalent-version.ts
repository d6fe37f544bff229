/**
 * Versions of built-in kinds that have the same fields: an object of one is an object of the other under another `apiVersion`. For a
 * cluster that no longer serves the version in which an object was captured.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
 */
import { objectAt, type JsonObject } from './json-value.ts';

interface Row {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly versions: readonly string[];
  /** Objects for which it does not hold. */
  readonly except?: (object: JsonObject) => boolean;
}

const RBAC = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
const ROWS: readonly Row[] = [
  { group: 'batch', kinds: ['CronJob'], versions: ['v1beta1', 'v1'] },
  { group: 'autoscaling', kinds: ['HorizontalPodAutoscaler'], versions: ['v2beta2', 'v2'] },
  {
    group: 'policy',
    kinds: ['PodDisruptionBudget'],
    versions: ['v1beta1', 'v1'],
    // An empty selector means no Pod in v1beta1, and every Pod in v1.
    except: (budget) => (objectAt(budget, 'spec', 'selector')?.size ?? 0) === 0,
  },
  { group: 'rbac.authorization.k8s.io', kinds: RBAC, versions: ['v1alpha1', 'v1beta1', 'v1'] },
  { group: 'scheduling.k8s.io', kinds: ['PriorityClass'], versions: ['v1alpha1', 'v1beta1', 'v1'] },
  { group: 'node.k8s.io', kinds: ['RuntimeClass'], versions: ['v1beta1', 'v1'] },
  { group: 'networking.k8s.io', kinds: ['IngressClass'], versions: ['v1beta1', 'v1'] },
  {
    group: 'storage.k8s.io',
    kinds: ['StorageClass', 'CSIDriver', 'VolumeAttributesClass'],
    versions: ['v1beta1', 'v1'],
  },
  {
    group: 'flowcontrol.apiserver.k8s.io',
    kinds: ['FlowSchema', 'PriorityLevelConfiguration'],
    versions: ['v1beta3', 'v1'],
  },
];

/** A version of `served` whose objects are the same as those of `version`; undefined where there is none. */
export function equivalentVersion(
  object: JsonObject,
  { group, kind, version }: { readonly group: string; readonly kind: string; readonly version: string },
  served: readonly string[],
): string | undefined {
  const row = ROWS.find((one) => one.group === group && one.kinds.includes(kind));
  if (row?.versions.includes(version) !== true || row.except?.(object) === true) return undefined;
  return row.versions.toReversed().find((other) => served.includes(other));
}
