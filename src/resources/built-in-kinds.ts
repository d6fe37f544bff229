/**
 * The kinds that Kubernetes 1.31–1.36 serve and that can be listed, beta and alpha ones included, each with the version a server of 1.36
 * prefers. It serves where there is no cluster to ask: for the spellings people use, and for the scope of objects in manifests.
 *
 * Source: discovery of kube-apiserver 1.36 with `--runtime-config=api/all=true`. Order: which group a plain name means, as kubectl.
 */

/** One kind of object. */
export interface KindDefinition {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource in URLs: `deployments`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
}

type Row = readonly [
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope: 'namespaced' | 'cluster',
  shortNames?: string,
];

const ROWS: readonly Row[] = [
  ['', 'v1', 'ComponentStatus', 'componentstatuses', 'cluster', 'cs'],
  ['', 'v1', 'ConfigMap', 'configmaps', 'namespaced', 'cm'],
  ['', 'v1', 'Endpoints', 'endpoints', 'namespaced', 'ep'],
  ['', 'v1', 'Event', 'events', 'namespaced', 'ev'],
  ['', 'v1', 'LimitRange', 'limitranges', 'namespaced', 'limits'],
  ['', 'v1', 'Namespace', 'namespaces', 'cluster', 'ns'],
  ['', 'v1', 'Node', 'nodes', 'cluster', 'no'],
  ['', 'v1', 'PersistentVolume', 'persistentvolumes', 'cluster', 'pv'],
  ['', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'namespaced', 'pvc'],
  ['', 'v1', 'Pod', 'pods', 'namespaced', 'po'],
  ['', 'v1', 'PodTemplate', 'podtemplates', 'namespaced'],
  ['', 'v1', 'ReplicationController', 'replicationcontrollers', 'namespaced', 'rc'],
  ['', 'v1', 'ResourceQuota', 'resourcequotas', 'namespaced', 'quota'],
  ['', 'v1', 'Secret', 'secrets', 'namespaced'],
  ['', 'v1', 'Service', 'services', 'namespaced', 'svc'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts', 'namespaced', 'sa'],
  ['apps', 'v1', 'ControllerRevision', 'controllerrevisions', 'namespaced'],
  ['apps', 'v1', 'DaemonSet', 'daemonsets', 'namespaced', 'ds'],
  ['apps', 'v1', 'Deployment', 'deployments', 'namespaced', 'deploy'],
  ['apps', 'v1', 'ReplicaSet', 'replicasets', 'namespaced', 'rs'],
  ['apps', 'v1', 'StatefulSet', 'statefulsets', 'namespaced', 'sts'],
  ['batch', 'v1', 'CronJob', 'cronjobs', 'namespaced', 'cj'],
  ['batch', 'v1', 'Job', 'jobs', 'namespaced'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'namespaced', 'hpa'],
  ['networking.k8s.io', 'v1', 'IPAddress', 'ipaddresses', 'cluster', 'ip'],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses', 'namespaced', 'ing'],
  ['networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', 'cluster'],
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', 'namespaced', 'netpol'],
  ['networking.k8s.io', 'v1', 'ServiceCIDR', 'servicecidrs', 'cluster'],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'namespaced', 'pdb'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles', 'cluster'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding', 'clusterrolebindings', 'cluster'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles', 'namespaced'],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings', 'namespaced'],
  ['storage.k8s.io', 'v1', 'CSIDriver', 'csidrivers', 'cluster'],
  ['storage.k8s.io', 'v1', 'CSINode', 'csinodes', 'cluster'],
  ['storage.k8s.io', 'v1', 'CSIStorageCapacity', 'csistoragecapacities', 'namespaced'],
  ['storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', 'cluster', 'sc'],
  ['storage.k8s.io', 'v1', 'VolumeAttachment', 'volumeattachments', 'cluster'],
  ['storage.k8s.io', 'v1', 'VolumeAttributesClass', 'volumeattributesclasses', 'cluster', 'vac'],
  ['admissionregistration.k8s.io', 'v1', 'MutatingAdmissionPolicy', 'mutatingadmissionpolicies', 'cluster'],
  [
    'admissionregistration.k8s.io',
    'v1',
    'MutatingAdmissionPolicyBinding',
    'mutatingadmissionpolicybindings',
    'cluster',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    'cluster',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    'cluster',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
    'cluster',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    'cluster',
  ],
  [
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'cluster',
    'crd crds',
  ],
  ['apiregistration.k8s.io', 'v1', 'APIService', 'apiservices', 'cluster'],
  ['certificates.k8s.io', 'v1', 'CertificateSigningRequest', 'certificatesigningrequests', 'cluster', 'csr'],
  ['certificates.k8s.io', 'v1beta1', 'ClusterTrustBundle', 'clustertrustbundles', 'cluster'],
  ['certificates.k8s.io', 'v1beta1', 'PodCertificateRequest', 'podcertificaterequests', 'namespaced'],
  ['coordination.k8s.io', 'v1', 'Lease', 'leases', 'namespaced'],
  ['coordination.k8s.io', 'v1beta1', 'LeaseCandidate', 'leasecandidates', 'namespaced'],
  ['discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices', 'namespaced'],
  ['events.k8s.io', 'v1', 'Event', 'events', 'namespaced', 'ev'],
  ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema', 'flowschemas', 'cluster'],
  [
    'flowcontrol.apiserver.k8s.io',
    'v1',
    'PriorityLevelConfiguration',
    'prioritylevelconfigurations',
    'cluster',
  ],
  ['internal.apiserver.k8s.io', 'v1alpha1', 'StorageVersion', 'storageversions', 'cluster'],
  ['node.k8s.io', 'v1', 'RuntimeClass', 'runtimeclasses', 'cluster'],
  ['resource.k8s.io', 'v1', 'DeviceClass', 'deviceclasses', 'cluster'],
  ['resource.k8s.io', 'v1beta2', 'DeviceTaintRule', 'devicetaintrules', 'cluster'],
  ['resource.k8s.io', 'v1', 'ResourceClaim', 'resourceclaims', 'namespaced'],
  ['resource.k8s.io', 'v1', 'ResourceClaimTemplate', 'resourceclaimtemplates', 'namespaced'],
  ['resource.k8s.io', 'v1alpha3', 'ResourcePoolStatusRequest', 'resourcepoolstatusrequests', 'cluster'],
  ['resource.k8s.io', 'v1', 'ResourceSlice', 'resourceslices', 'cluster'],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', 'cluster', 'pc'],
  ['storagemigration.k8s.io', 'v1beta1', 'StorageVersionMigration', 'storageversionmigrations', 'cluster'],
];

/** See the head of this file. */
export const BUILT_IN_KINDS: readonly KindDefinition[] = ROWS.map(
  ([group, version, kind, plural, scope, shortNames]) => ({
    group,
    version,
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: shortNames === undefined ? [] : shortNames.split(' '),
    namespaced: scope === 'namespaced',
  }),
);
