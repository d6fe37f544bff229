/**
 * Which fields of an object the cluster writes, not people: the one table. A restore leaves them out, because the target refuses them or
 * gives its own; a comparison does, because they say nothing about what somebody wanted. `runtime-fields.ts` applies it.
 */
import type { JsonObject, JsonValue } from './json-value.ts';
import { stringAt, valueAt } from './json-value.ts';

/** What a person may choose to restore without. */
export type CleaningChoice = 'finalizers' | 'CA bundles';

/** One field, or several of the same reason. */
export interface RuntimeField {
  /** `Kind` or `Kind.group`; `any` for all. */
  readonly kind: string;
  /** From the object inwards; `*` stands for every element of an array. */
  readonly path: readonly string[];
  /** Where it is left out. */
  readonly leftOut: 'restore and comparison' | 'restore' | 'comparison';
  /**
   * Kept where a field manager wrote it (the API server does not appear in managedFields for what it fills in), and in objects
   * that never were on a server (no uid).
   */
  readonly unlessWritten?: true;
  /** Left out of a restore only where a person chose so. */
  readonly choice?: CleaningChoice;
  /** Left out only where this holds. */
  readonly where?: (value: JsonValue, object: JsonObject) => boolean;
  /** For a person who asks why. */
  readonly reason: string;
  /** Where Kubernetes says so. */
  readonly source: string;
}

const DOCS = 'https://kubernetes.io/docs';
const API = `${DOCS}/reference/generated/kubernetes-api/v1.34/`;
const META = `${DOCS}/reference/kubernetes-api/common-definitions/object-meta/`;
const LABELS = `${DOCS}/reference/labels-annotations-taints/`;
const SERVICE = `${DOCS}/reference/kubernetes-api/service-resources/service-v1/`;
const VOLUMES = `${DOCS}/concepts/storage/persistent-volumes/`;
const JOB = `${DOCS}/concepts/workloads/controllers/job/#specifying-your-own-pod-selector`;
const TOKENS = `${DOCS}/concepts/security/service-accounts/#get-a-token`;

type Row = Omit<RuntimeField, 'leftOut'> & Partial<Pick<RuntimeField, 'leftOut'>>;

function metadata(name: string, reason: string): Row {
  return { kind: 'any', path: ['metadata', name], reason, source: META };
}
function annotation(kind: string, name: string, reason: string, source = LABELS): Row {
  return { kind, path: ['metadata', 'annotations', name], reason, source };
}

const isTokenName = (value: JsonValue): boolean =>
  /^kube-api-access-[a-z0-9]{5}$/.test(stringAt(value, 'name') ?? '');
const isToken = (value: JsonValue): boolean =>
  isTokenName(value) && valueAt(value, 'projected') !== undefined;
const isDefaultToleration = (value: JsonValue): boolean =>
  /^node\.kubernetes\.io\/(?:not-ready|unreachable)$/.test(stringAt(value, 'key') ?? '') &&
  stringAt(value, 'effect') === 'NoExecute' &&
  valueAt(value, 'tolerationSeconds') !== undefined;
const hasGeneratedSelector = (_: JsonValue, job: JsonObject): boolean =>
  valueAt(job, 'spec', 'manualSelector') !== true;
const isInjected = (_: JsonValue, object: JsonObject): boolean =>
  [
    'cert-manager.io/inject-ca-from',
    'cert-manager.io/inject-ca-from-secret',
    'cert-manager.io/inject-apiserver-ca',
  ].some((name) => stringAt(object, 'metadata', 'annotations', name) !== undefined) ||
  stringAt(object, 'metadata', 'annotations', 'service.beta.openshift.io/inject-cabundle') === 'true';

const POD_TOKEN = 'an access token volume that the ServiceAccount admission adds to every Pod again';
const JOB_SELECTOR = 'the selector and labels that the API server makes from the uid of the Job';
const INJECTED = 'a CA bundle that an injector wrote and writes again (the object carries its annotation)';
const NODE_STATE = 'set by the node controllers for the cluster that the Node is in';

const CA_BUNDLES: readonly (readonly [kind: string, path: readonly string[]])[] = [
  ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map(
    (kind) =>
      [`${kind}.admissionregistration.k8s.io`, ['webhooks', '*', 'clientConfig', 'caBundle']] as const,
  ),
  [
    'CustomResourceDefinition.apiextensions.k8s.io',
    ['spec', 'conversion', 'webhook', 'clientConfig', 'caBundle'],
  ],
  ['APIService.apiregistration.k8s.io', ['spec', 'caBundle']],
];

const ROWS: readonly Row[] = [
  metadata('uid', 'identity in one cluster; the target gives a new one'),
  metadata('resourceVersion', 'version in the etcd of one cluster; refused in a create'),
  metadata('generation', 'counts changes of the spec in one cluster'),
  metadata('creationTimestamp', 'when this cluster created it'),
  metadata('managedFields', 'who wrote which field; the target keeps its own books'),
  metadata('selfLink', 'not served since Kubernetes 1.24'),
  metadata('deletionTimestamp', 'it was being deleted when it was captured'),
  metadata('deletionGracePeriodSeconds', 'it was being deleted when it was captured'),
  {
    kind: 'any',
    path: ['metadata', 'finalizers', '*'],
    where: (value) =>
      value === 'foregroundDeletion' || value === 'orphan' || value === 'batch.kubernetes.io/job-tracking',
    reason: 'a finalizer of a deletion or of the Job controller; nobody would remove it again',
    source: `${DOCS}/concepts/overview/working-with-objects/finalizers/`,
  },
  {
    kind: 'any',
    path: ['metadata', 'finalizers'],
    leftOut: 'restore',
    choice: 'finalizers',
    reason: 'without the controller that takes it off again the object can never be deleted',
    source: `${DOCS}/concepts/overview/working-with-objects/finalizers/`,
  },
  ...['PersistentVolume', 'PersistentVolumeClaim'].map((kind): Row => ({
    kind,
    path: ['metadata', 'finalizers', '*'],
    leftOut: 'comparison',
    where: (value) => typeof value === 'string' && /^kubernetes\.io\/pvc?-protection$/.test(value),
    reason: 'the StorageObjectInUseProtection admission adds it',
    source: `${DOCS}/reference/access-authn-authz/admission-controllers/#storageobjectinuseprotection`,
  })),
  {
    kind: 'Namespace',
    path: ['metadata', 'labels', 'kubernetes.io/metadata.name'],
    leftOut: 'comparison',
    reason: 'the API server labels every Namespace with its name',
    source: `${LABELS}#kubernetes-io-metadata-name`,
  },
  {
    kind: 'any',
    path: ['metadata', 'ownerReferences'],
    leftOut: 'restore',
    reason:
      'names owners by the uid that they had; with a uid that does not exist the garbage collector deletes the object',
    source: `${DOCS}/concepts/architecture/garbage-collection/#owners-dependents`,
  },
  {
    kind: 'any',
    path: ['metadata', 'ownerReferences', '*', 'uid'],
    leftOut: 'comparison',
    reason: 'identity of the owner in one cluster',
    source: META,
  },
  {
    kind: 'any',
    path: ['spec', 'template', 'metadata', 'creationTimestamp'],
    where: (value) => value === null,
    reason: 'an empty time that clients in Go wrote',
    source: 'https://github.com/kubernetes/kubernetes/issues/67610',
  },
  {
    kind: 'any',
    path: ['status'],
    reason: 'what controllers observed; a create and an update of the object ignore or refuse it',
    source: `${DOCS}/concepts/overview/working-with-objects/#object-spec-and-status`,
  },
  {
    ...annotation(
      'any',
      'kubectl.kubernetes.io/last-applied-configuration',
      'kubectl apply keeps a copy of the object here',
    ),
    leftOut: 'comparison',
  },
  annotation(
    'Deployment.apps',
    'deployment.kubernetes.io/revision',
    'counts the rollouts; the controller sets it',
  ),
  annotation(
    'DaemonSet.apps',
    'deprecated.daemonset.template.generation',
    'counts changes of the template; the API server sets it',
  ),
  ...['current-metrics', 'conditions', 'behavior'].map((name) =>
    annotation(
      'HorizontalPodAutoscaler.autoscaling',
      `autoscaling.alpha.kubernetes.io/${name}`,
      'status of newer versions, shown to clients of autoscaling/v1',
      `${DOCS}/tasks/run-application/horizontal-pod-autoscale-walkthrough/`,
    ),
  ),
  annotation(
    'Endpoints',
    'endpoints.kubernetes.io/last-change-trigger-time',
    'set by the Endpoints controller',
  ),

  {
    kind: 'Service',
    path: ['spec', 'clusterIP'],
    unlessWritten: true,
    where: (value) => value !== 'None' && value !== '',
    reason: 'an address that the API server picked from the range of its cluster',
    source: `${DOCS}/concepts/services-networking/cluster-ip-allocation/`,
  },
  {
    kind: 'Service',
    path: ['spec', 'clusterIPs'],
    unlessWritten: true,
    where: (value) => !(Array.isArray(value) && value[0] === 'None'),
    reason: 'the API server fills it from clusterIP and its ranges',
    source: SERVICE,
  },
  {
    kind: 'Service',
    path: ['spec', 'ipFamilies'],
    unlessWritten: true,
    reason: 'filled in from the ranges of the cluster; another cluster may lack the family',
    source: `${DOCS}/concepts/services-networking/dual-stack/#services`,
  },
  {
    kind: 'Service',
    path: ['spec', 'ipFamilyPolicy'],
    unlessWritten: true,
    reason: 'filled in from the ranges of the cluster',
    source: `${DOCS}/concepts/services-networking/dual-stack/#services`,
  },
  {
    kind: 'Service',
    path: ['spec', 'ports', '*', 'nodePort'],
    unlessWritten: true,
    reason: 'a port that the API server picked; it may be taken in the target',
    source: `${DOCS}/concepts/services-networking/service/#nodeport-custom-port`,
  },
  {
    kind: 'Service',
    path: ['spec', 'healthCheckNodePort'],
    unlessWritten: true,
    reason: 'a port that the API server picked; it may be taken in the target',
    source: SERVICE,
  },

  {
    kind: 'PersistentVolumeClaim',
    path: ['spec', 'volumeName'],
    unlessWritten: true,
    reason: 'the volume that the claim was bound to; the target binds or provisions another',
    source: `${VOLUMES}#binding`,
  },
  ...[
    'pv.kubernetes.io/bind-completed',
    'pv.kubernetes.io/bound-by-controller',
    'volume.kubernetes.io/storage-provisioner',
    'volume.beta.kubernetes.io/storage-provisioner',
    'volume.kubernetes.io/selected-node',
  ].map((name) => annotation('PersistentVolumeClaim', name, 'how far the binding of the claim was')),
  annotation(
    'PersistentVolume',
    'pv.kubernetes.io/bound-by-controller',
    'how far the binding of the volume was',
  ),
  ...['uid', 'resourceVersion'].map((name) => ({
    kind: 'PersistentVolume',
    path: ['spec', 'claimRef', name],
    reason: 'identity of the claim in one cluster; without it the volume waits for the claim of that name',
    source: `${VOLUMES}#reserving-a-persistentvolume`,
  })),

  {
    kind: 'Pod',
    path: ['spec', 'nodeName'],
    reason: 'the node that the scheduler picked',
    source: `${DOCS}/concepts/scheduling-eviction/assign-pod-node/#nodename`,
  },
  { kind: 'Pod', path: ['spec', 'volumes', '*'], where: isToken, reason: POD_TOKEN, source: TOKENS },
  ...['containers', 'initContainers'].map((list) => ({
    kind: 'Pod',
    path: ['spec', list, '*', 'volumeMounts', '*'],
    where: isTokenName,
    reason: POD_TOKEN,
    source: TOKENS,
  })),
  {
    kind: 'Pod',
    path: ['spec', 'serviceAccount'],
    reason: 'the old name of serviceAccountName, which the API server fills in',
    source: API,
  },
  {
    kind: 'Pod',
    path: ['spec', 'tolerations', '*'],
    where: isDefaultToleration,
    reason: 'tolerations that the DefaultTolerationSeconds admission adds to every Pod again',
    source: `${DOCS}/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds`,
  },
  ...['priority', 'preemptionPolicy'].map((name) => ({
    kind: 'Pod',
    path: ['spec', name],
    reason: 'worked out from the PriorityClass; a different one is refused',
    source: `${DOCS}/reference/access-authn-authz/admission-controllers/#priority`,
  })),
  {
    kind: 'Pod',
    path: ['spec', 'ephemeralContainers'],
    reason: 'somebody debugged the Pod; refused in a create',
    source: `${DOCS}/concepts/workloads/pods/ephemeral-containers/`,
  },

  {
    kind: 'Job.batch',
    path: ['spec', 'selector'],
    where: hasGeneratedSelector,
    reason: JOB_SELECTOR,
    source: JOB,
  },
  ...[
    'controller-uid',
    'job-name',
    'batch.kubernetes.io/controller-uid',
    'batch.kubernetes.io/job-name',
  ].flatMap((label) => [
    {
      kind: 'Job.batch',
      path: ['metadata', 'labels', label],
      where: hasGeneratedSelector,
      reason: JOB_SELECTOR,
      source: JOB,
    },
    {
      kind: 'Job.batch',
      path: ['spec', 'template', 'metadata', 'labels', label],
      where: hasGeneratedSelector,
      reason: JOB_SELECTOR,
      source: JOB,
    },
  ]),

  {
    kind: 'ServiceAccount',
    path: ['secrets', '*'],
    where: (value, account) =>
      /-(?:token|dockercfg)-[a-z0-9]{5}$/.test(stringAt(value, 'name') ?? '') &&
      (stringAt(value, 'name') ?? '').startsWith(`${stringAt(account, 'metadata', 'name') ?? ''}-`),
    reason: 'a token Secret that a controller made for the account (before Kubernetes 1.24)',
    source: `${DOCS}/concepts/configuration/secret/#serviceaccount-token-secrets`,
  },
  {
    kind: 'ClusterRole.rbac.authorization.k8s.io',
    path: ['rules'],
    where: (_, role) => valueAt(role, 'aggregationRule') !== undefined,
    reason: 'collected from other ClusterRoles by the aggregation controller',
    source: `${DOCS}/reference/access-authn-authz/rbac/#aggregated-clusterroles`,
  },
  {
    kind: 'Namespace',
    path: ['spec', 'finalizers'],
    reason: 'the API server sets it; changed only through the subresource finalize',
    source: `${DOCS}/reference/kubernetes-api/cluster-resources/namespace-v1/`,
  },

  ...CA_BUNDLES.flatMap(([kind, path]): Row[] => [
    {
      kind,
      path,
      where: isInjected,
      reason: INJECTED,
      source: 'https://cert-manager.io/docs/concepts/ca-injector/',
    },
    {
      kind,
      path,
      leftOut: 'restore',
      choice: 'CA bundles',
      reason:
        'signed the certificates of one cluster; whoever serves the webhook or API has to write the new one',
      source: `${DOCS}/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook`,
    },
  ]),

  ...['podCIDR', 'podCIDRs'].map((name) => ({
    kind: 'Node',
    path: ['spec', name],
    reason: NODE_STATE,
    source: `${DOCS}/concepts/architecture/nodes/#node-controller`,
  })),
  {
    kind: 'Node',
    path: ['spec', 'taints', '*'],
    where: (value) => (stringAt(value, 'key') ?? '').startsWith('node.kubernetes.io/'),
    reason: NODE_STATE,
    source: `${DOCS}/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions`,
  },
  ...['node.alpha.kubernetes.io/ttl', 'volumes.kubernetes.io/controller-managed-attach-detach'].map((name) =>
    annotation('Node', name, NODE_STATE),
  ),
  ...['username', 'uid', 'groups', 'extra'].map((name) => ({
    kind: 'CertificateSigningRequest.certificates.k8s.io',
    path: ['spec', name],
    reason: 'who asked; the API server writes it',
    source: `${DOCS}/reference/access-authn-authz/certificate-signing-requests/`,
  })),
];

/** See the head of this file. */
export const RUNTIME_FIELDS: readonly RuntimeField[] = ROWS.map((row) => ({
  leftOut: 'restore and comparison',
  ...row,
}));
