/**
 * Objects that controllers make again by themselves: a restore leaves them out and says why. Each is told by its owner, its label or its
 * fixed name, never by its kind alone where people make such objects too; what somebody changed by hand is not left out.
 */
import { arrayAt, objectAt, stringAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';
import { splitApiVersion } from './object-path.ts';

/** Plakar's label for helper objects that a connector made for itself. */
export const GENERATED_LABEL = 'plakar.io/generated-resource';

interface Row {
  /** `Kind` or `Kind.group`; several of one reason. */
  readonly kinds: readonly string[];
  readonly where?: (object: JsonObject) => boolean;
  readonly reason: string | ((object: JsonObject) => string);
}

const label = (object: JsonObject, name: string): string | undefined =>
  stringAt(object, 'metadata', 'labels', name);
const annotation = (object: JsonObject, name: string): string | undefined =>
  stringAt(object, 'metadata', 'annotations', name);
const nameOf = (object: JsonObject): string => stringAt(object, 'metadata', 'name') ?? '';
const namespaceOf = (object: JsonObject): string => stringAt(object, 'metadata', 'namespace') ?? '';

function controllerOf(object: JsonObject): JsonValue | undefined {
  return arrayAt(object, 'metadata', 'ownerReferences').find(
    (owner) => valueAt(owner, 'controller') === true,
  );
}
const isOwned = (object: JsonObject): boolean => controllerOf(object) !== undefined;
function ownerReason(object: JsonObject): string {
  const owner = controllerOf(object);
  return `${stringAt(owner, 'kind') ?? 'its owner'} ${stringAt(owner, 'name') ?? ''} makes it again`;
}

/** True where metadata holds no label (besides `except`) and no annotation: nobody touched the object. */
function isUntouched(object: JsonObject, except?: string): boolean {
  const labels = [...(objectAt(object, 'metadata', 'labels')?.keys() ?? [])].filter(
    (name) => name !== except,
  );
  return labels.length === 0 && (objectAt(object, 'metadata', 'annotations')?.size ?? 0) === 0;
}

const SYSTEM_NAMESPACES = new Set(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
const SYSTEM_CONFIG_MAPS = new Set([
  'extension-apiserver-authentication',
  'kube-apiserver-legacy-service-account-token-tracking',
]);
/** Accounts that kube-controller-manager runs its controllers as. Source: ClusterRoles `system:controller:NAME` of Kubernetes 1.31–1.36. */
const CONTROLLER_ACCOUNTS = new Set(
  (
    'attachdetach-controller certificate-controller cloud-provider clusterrole-aggregation-controller ' +
    'cronjob-controller daemon-set-controller deployment-controller device-taint-eviction-controller ' +
    'disruption-controller endpoint-controller endpointslice-controller endpointslicemirroring-controller ' +
    'ephemeral-volume-controller expand-controller generic-garbage-collector horizontal-pod-autoscaler ' +
    'job-controller legacy-service-account-token-cleaner namespace-controller node-controller ' +
    'persistent-volume-binder pod-garbage-collector podcertificaterequestcleaner pv-protection-controller ' +
    'pvc-protection-controller replicaset-controller replication-controller resource-claim-controller ' +
    'resourcequota-controller root-ca-cert-publisher route-controller selinux-warning-controller ' +
    'service-account-controller service-cidrs-controller service-controller statefulset-controller ' +
    'storage-version-migrator-controller ttl-after-finished-controller ttl-controller ' +
    'validatingadmissionpolicy-status-controller volumeattributesclass-protection-controller'
  ).split(' '),
);
const RBAC = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map(
  (kind) => `${kind}.rbac.authorization.k8s.io`,
);
const FLOW_CONTROL = ['FlowSchema', 'PriorityLevelConfiguration'].map(
  (kind) => `${kind}.flowcontrol.apiserver.k8s.io`,
);

const ROWS: readonly Row[] = [
  {
    kinds: ['ConfigMap'],
    where: (object) => nameOf(object) === 'kube-root-ca.crt',
    reason: 'the root CA publisher puts it into every namespace',
  },
  {
    kinds: ['ConfigMap'],
    where: (object) => namespaceOf(object) === 'kube-system' && SYSTEM_CONFIG_MAPS.has(nameOf(object)),
    reason: 'the API server writes it for its own cluster',
  },
  {
    kinds: ['ServiceAccount'],
    where: (object) =>
      nameOf(object) === 'default' &&
      isUntouched(object) &&
      !object.has('imagePullSecrets') &&
      !object.has('automountServiceAccountToken'),
    reason: 'the service account controller puts it into every namespace',
  },
  {
    kinds: ['ServiceAccount'],
    where: (object) =>
      namespaceOf(object) === 'kube-system' && CONTROLLER_ACCOUNTS.has(nameOf(object)) && isUntouched(object),
    reason: 'kube-controller-manager makes it for a controller of its own',
  },
  {
    kinds: ['Secret'],
    where: (object) => stringAt(object, 'type') === 'kubernetes.io/service-account-token',
    reason: 'its token is valid only in the cluster that signed it; the token controller writes new ones',
  },
  {
    kinds: ['Namespace'],
    where: (object) =>
      SYSTEM_NAMESPACES.has(nameOf(object)) && isUntouched(object, 'kubernetes.io/metadata.name'),
    reason: 'the API server makes it in every cluster',
  },
  {
    kinds: ['Pod'],
    where: (object) => annotation(object, 'kubernetes.io/config.mirror') !== undefined,
    reason: 'mirror of a static Pod; the kubelet makes it from a file on its node',
  },
  {
    kinds: [
      'Pod',
      'ReplicaSet.apps',
      'ReplicationController',
      'ControllerRevision.apps',
      'Job.batch',
      'EndpointSlice.discovery.k8s.io',
      'Endpoints',
      'ResourceClaim.resource.k8s.io',
      'CSIStorageCapacity.storage.k8s.io',
    ],
    where: isOwned,
    reason: ownerReason,
  },
  {
    kinds: ['EndpointSlice.discovery.k8s.io'],
    where: (object) => (label(object, 'endpointslice.kubernetes.io/managed-by') ?? '').endsWith('.k8s.io'),
    reason: 'the EndpointSlice controllers make it from Services, Pods and Endpoints',
  },
  {
    kinds: ['Endpoints'],
    where: (object) =>
      label(object, 'endpoints.kubernetes.io/managed-by') === 'endpoint-controller' ||
      annotation(object, 'endpoints.kubernetes.io/last-change-trigger-time') !== undefined,
    reason: 'the Endpoints controller makes it from the Service and its Pods',
  },
  {
    kinds: ['Service', 'Endpoints', 'EndpointSlice.discovery.k8s.io'],
    where: (object) => namespaceOf(object) === 'default' && nameOf(object) === 'kubernetes',
    reason: 'the API server makes it for itself',
  },
  { kinds: ['Event', 'Event.events.k8s.io'], reason: 'tells what happened in the cluster; it is not a wish' },
  {
    kinds: ['Lease.coordination.k8s.io', 'LeaseCandidate.coordination.k8s.io'],
    reason: 'a heartbeat or lock that its holder renews',
  },
  { kinds: ['Node', 'CSINode.storage.k8s.io'], reason: 'the kubelet registers it' },
  {
    kinds: ['VolumeAttachment.storage.k8s.io'],
    reason: 'the attach/detach controller makes it for Pods that run',
  },
  { kinds: ['ResourceSlice.resource.k8s.io'], reason: 'the driver on the node publishes it' },
  {
    kinds: ['CertificateSigningRequest.certificates.k8s.io', 'PodCertificateRequest.certificates.k8s.io'],
    reason: 'a request that is answered once; whoever needs a certificate asks again',
  },
  {
    kinds: ['APIService.apiregistration.k8s.io'],
    where: (object) => label(object, 'kube-aggregator.kubernetes.io/automanaged') !== undefined,
    reason: 'the aggregator registers the API by itself',
  },
  {
    kinds: RBAC,
    where: (object) =>
      label(object, 'kubernetes.io/bootstrapping') === 'rbac-defaults' &&
      annotation(object, 'rbac.authorization.kubernetes.io/autoupdate') !== 'false',
    reason: 'a default of the API server, which repairs it at every start',
  },
  {
    kinds: FLOW_CONTROL,
    where: (object) => annotation(object, 'apf.kubernetes.io/autoupdate-spec') === 'true',
    reason: 'a default of the API server, which keeps it up to date',
  },
  {
    kinds: ['PriorityClass.scheduling.k8s.io'],
    where: (object) => /^system-(?:cluster|node)-critical$/.test(nameOf(object)),
    reason: 'the API server makes it in every cluster',
  },
  {
    kinds: ['IPAddress.networking.k8s.io'],
    where: (object) => label(object, 'ipaddress.kubernetes.io/managed-by') === 'ipallocator.k8s.io',
    reason: 'the API server books the address of a Service with it',
  },
  {
    kinds: ['ServiceCIDR.networking.k8s.io'],
    where: (object) => nameOf(object) === 'kubernetes',
    reason: 'the API server makes it from its own flags',
  },
  {
    kinds: ['ComponentStatus', 'StorageVersion.internal.apiserver.k8s.io'],
    reason: 'tells how the control plane is',
  },
  { kinds: ['NodeMetrics.metrics.k8s.io', 'PodMetrics.metrics.k8s.io'], reason: 'a measurement' },
];

const rowsByKind = new Map<string, Row[]>();
for (const row of ROWS) {
  for (const kind of row.kinds) rowsByKind.set(kind, [...(rowsByKind.get(kind) ?? []), row]);
}

/** Why a restore leaves `object` out, for a person; undefined where it belongs into a restore. */
export function leftOutReason(object: JsonObject): string | undefined {
  if (label(object, GENERATED_LABEL) !== undefined) return 'a backup tool made it for itself';
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const row = rowsByKind
    .get(group === '' ? kind : `${kind}.${group}`)
    ?.find(({ where }) => where === undefined || where(object));
  if (row === undefined) return undefined;
  return typeof row.reason === 'string' ? row.reason : row.reason(object);
}
