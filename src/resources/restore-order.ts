/**
 * In which order kinds are created, so that what an object needs is there before it, and what acts on objects comes after them. Kinds of
 * one rank may be created side by side; a deletion goes the other way round.
 */
import type { ResourceIdentity } from './object-path.ts';

interface Stage {
  /** `Kind` or `Kind.group`. */
  readonly kinds: readonly string[];
  readonly reason: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const STORAGE = 'storage.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

/** Earliest first; each stage with the reason why it stands where it does. */
const STAGES: readonly Stage[] = [
  {
    kinds: ['CustomResourceDefinition.apiextensions.k8s.io'],
    reason: 'without it its objects cannot even be named',
  },
  { kinds: ['Namespace'], reason: 'namespaced objects live in it' },
  {
    kinds: [
      'PriorityClass.scheduling.k8s.io',
      'RuntimeClass.node.k8s.io',
      'DeviceClass.resource.k8s.io',
      'IngressClass.networking.k8s.io',
    ],
    reason: 'Pods and Ingresses are refused or left alone without the class that they name',
  },
  {
    kinds: [
      'FlowSchema.flowcontrol.apiserver.k8s.io',
      'PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io',
    ],
    reason: 'shapes the traffic of all that follows',
  },
  {
    kinds: [
      `StorageClass.${STORAGE}`,
      `CSIDriver.${STORAGE}`,
      `VolumeAttributesClass.${STORAGE}`,
      'VolumeSnapshotClass.snapshot.storage.k8s.io',
    ],
    reason: 'claims name it when they are provisioned',
  },
  {
    kinds: ['ResourceQuota', 'LimitRange'],
    reason: 'limits and defaults apply only to what is created after them',
  },
  { kinds: ['ServiceAccount'], reason: 'Pods run as it, bindings name it' },
  { kinds: ['Secret', 'ConfigMap'], reason: 'Pods mount them at their start' },
  { kinds: [`ClusterRole.${RBAC}`, `Role.${RBAC}`], reason: 'bindings name them' },
  {
    kinds: [`ClusterRoleBinding.${RBAC}`, `RoleBinding.${RBAC}`],
    reason: 'controllers need their rights when their Pods start',
  },
  {
    kinds: ['PersistentVolume', 'VolumeSnapshotContent.snapshot.storage.k8s.io'],
    reason: 'claims bind to it',
  },
  { kinds: ['VolumeSnapshot.snapshot.storage.k8s.io'], reason: 'claims name it as their data source' },
  { kinds: ['PersistentVolumeClaim'], reason: 'Pods wait for their claims' },
  {
    kinds: ['Service'],
    reason: 'Pods get the addresses of Services only at their start; StatefulSets name theirs',
  },
  { kinds: ['NetworkPolicy.networking.k8s.io'], reason: 'no Pod may run a moment without it' },
  {
    kinds: ['ResourceClaimTemplate.resource.k8s.io', 'ResourceClaim.resource.k8s.io', 'PodTemplate'],
    reason: 'Pods name them',
  },
  { kinds: ['PodDisruptionBudget.policy'], reason: 'protects Pods from their first moment' },
  { kinds: ['Pod'], reason: 'a controller adopts Pods that are there instead of making new ones' },
  {
    kinds: ['ReplicaSet.apps', 'ReplicationController', 'ControllerRevision.apps'],
    reason: 'a Deployment adopts what is there',
  },
  {
    kinds: ['DaemonSet.apps', 'Deployment.apps', 'StatefulSet.apps'],
    reason: 'the workloads: what they need is there',
  },
  { kinds: ['Job.batch', 'CronJob.batch'], reason: 'a task wants the services that it talks to' },
  {
    kinds: ['*'],
    reason: 'custom resources and kinds without a place of their own: their controllers run by now',
  },
  { kinds: ['HorizontalPodAutoscaler.autoscaling'], reason: 'scales the workload that it names' },
  {
    kinds: [
      'Endpoints',
      'EndpointSlice.discovery.k8s.io',
      'Ingress.networking.k8s.io',
      'HTTPRoute.gateway.networking.k8s.io',
      'GRPCRoute.gateway.networking.k8s.io',
    ],
    reason: 'traffic comes when there is something to receive it',
  },
  {
    kinds: [`ValidatingAdmissionPolicy.${ADMISSION}`, `MutatingAdmissionPolicy.${ADMISSION}`],
    reason: 'bindings name it',
  },
  {
    kinds: [`ValidatingAdmissionPolicyBinding.${ADMISSION}`, `MutatingAdmissionPolicyBinding.${ADMISSION}`],
    reason: 'what was captured was admitted already',
  },
  {
    kinds: ['APIService.apiregistration.k8s.io'],
    reason: 'an API whose Pods do not run yet breaks discovery and the deletion of namespaces',
  },
  {
    // No webhook is asked about these themselves.
    kinds: [`ValidatingWebhookConfiguration.${ADMISSION}`, `MutatingWebhookConfiguration.${ADMISSION}`],
    reason: 'a webhook whose Pods do not run yet would refuse everything after it',
  },
];

const stageOf = new Map<string, number>();
STAGES.forEach(({ kinds }, index) => {
  for (const kind of kinds) stageOf.set(kind, index);
});

/** Rank of a kind, from 0: lower ranks are created first. Kinds that have no place of their own come after the workloads. */
export function restoreRank(identity: Pick<ResourceIdentity, 'group' | 'kind'>): number {
  const name = identity.group === '' ? identity.kind : `${identity.kind}.${identity.group}`;
  return stageOf.get(name) ?? stageOf.get('*') ?? 0;
}

/** Why a kind has its rank, for a person. */
export function restoreRankReason(rank: number): string {
  return STAGES[rank]?.reason ?? '';
}

/** Orders by rank, then group, kind, namespace and name, so that a restore is always the same. */
export function compareForRestore(left: ResourceIdentity, right: ResourceIdentity): number {
  const byRank = restoreRank(left) - restoreRank(right);
  if (byRank !== 0) return byRank;
  for (const field of ['group', 'kind', 'namespace', 'name'] as const) {
    const [a, b] = [left[field] ?? '', right[field] ?? ''];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
