/** How kinds stand in lists and which picture each has. */

/** `kubectl get all` lists these, in this order. */
const FIRST_KINDS = [
  'Pod',
  'ReplicationController',
  'Service',
  'DaemonSet.apps',
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'HorizontalPodAutoscaler.autoscaling',
  'CronJob.batch',
  'Job.batch',
] as const;

const rankOf = new Map<string, number>(FIRST_KINDS.map((kind, index) => [kind, index]));

/** Codicons by `Kind` or `Kind.group`. Source: https://code.visualstudio.com/api/references/icons-in-labels */
const ICONS: Readonly<Record<string, string>> = {
  Pod: 'package',
  ReplicationController: 'copy',
  Service: 'plug',
  'DaemonSet.apps': 'server-process',
  'Deployment.apps': 'rocket',
  'ReplicaSet.apps': 'copy',
  'StatefulSet.apps': 'layers',
  'HorizontalPodAutoscaler.autoscaling': 'graph',
  'CronJob.batch': 'watch',
  'Job.batch': 'tasklist',
  ConfigMap: 'settings-gear',
  Secret: 'key',
  Namespace: 'symbol-namespace',
  Node: 'server',
  Event: 'bell',
  'Event.events.k8s.io': 'bell',
  PersistentVolume: 'database',
  PersistentVolumeClaim: 'save',
  ServiceAccount: 'account',
  Endpoints: 'link',
  'EndpointSlice.discovery.k8s.io': 'link',
  'Ingress.networking.k8s.io': 'globe',
  'NetworkPolicy.networking.k8s.io': 'shield',
  'PodDisruptionBudget.policy': 'shield',
  'Role.rbac.authorization.k8s.io': 'law',
  'ClusterRole.rbac.authorization.k8s.io': 'law',
  'RoleBinding.rbac.authorization.k8s.io': 'organization',
  'ClusterRoleBinding.rbac.authorization.k8s.io': 'organization',
  'StorageClass.storage.k8s.io': 'database',
  'CustomResourceDefinition.apiextensions.k8s.io': 'symbol-class',
  'Lease.coordination.k8s.io': 'clock',
  ResourceQuota: 'dashboard',
  LimitRange: 'dashboard',
};
const OTHER_ICON = 'symbol-object';

/** What sorts and shows a kind. */
export interface KindName {
  readonly group: string;
  readonly kind: string;
}

/** The order of `kubectl get all`, then the kinds that it leaves out, by name. */
export function compareKinds(left: KindName, right: KindName): number {
  const [one, other] = [fullName(left), fullName(right)];
  const byRank = (rankOf.get(one) ?? FIRST_KINDS.length) - (rankOf.get(other) ?? FIRST_KINDS.length);
  return byRank !== 0 ? byRank : one < other ? -1 : one > other ? 1 : 0;
}

/** Name of the codicon of a kind. */
export function kindIcon(kind: KindName): string {
  return ICONS[fullName(kind)] ?? OTHER_ICON;
}

/** `Deployment.apps`; without a group just the kind. */
export function fullName({ group, kind }: KindName): string {
  return group === '' ? kind : `${kind}.${group}`;
}
