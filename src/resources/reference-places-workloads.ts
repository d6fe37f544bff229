/** Rows of `reference-table.ts`: Pods, whatever makes Pods, and what they claim. */
import { POD_SPEC_PLACES } from './pod-spec.ts';
import { CLAIM_ROWS } from './reference-places-storage.ts';
import { BY_API_VERSION, IF_SAID, PERHAPS, type PlaceRow, type PlaceSection } from './reference-place.ts';

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api';
const CSI_DRIVER = 'CSIDriver.storage.k8s.io';

/** Of a ResourceClaimSpec, in its versions. */
const RESOURCE_CLAIM_ROWS: readonly PlaceRow[] = [
  'devices.requests[].deviceClassName',
  'devices.requests[].exactly.deviceClassName',
  'devices.requests[].firstAvailable[].deviceClassName',
].map((path) => [path, 'device class', 'DeviceClass.resource.k8s.io']);

/** Of a PodSpec. */
const POD_ROWS: readonly PlaceRow[] = [
  ['serviceAccountName', 'service account', 'ServiceAccount'],
  ['serviceAccount', 'service account', 'ServiceAccount'],
  ['imagePullSecrets[].name', 'image pull secret', 'Secret', PERHAPS],
  ['priorityClassName', 'priority class', 'PriorityClass.scheduling.k8s.io'],
  ['runtimeClassName', 'runtime class', 'RuntimeClass.node.k8s.io'],
  ['nodeName', 'node', 'Node'],
  ['subdomain', 'network identity', 'Service', PERHAPS],
  ['resourceClaims[].resourceClaimName', 'resource claim', 'ResourceClaim.resource.k8s.io'],
  ['resourceClaims[].resourceClaimTemplateName', 'resource claim', 'ResourceClaimTemplate.resource.k8s.io'],
  ...['initContainers', 'containers', 'ephemeralContainers'].flatMap((containers): PlaceRow[] => [
    [`${containers}[].envFrom[].configMapRef.name`, 'environment', 'ConfigMap', IF_SAID],
    [`${containers}[].envFrom[].secretRef.name`, 'environment', 'Secret', IF_SAID],
    [`${containers}[].env[].valueFrom.configMapKeyRef.name`, 'environment', 'ConfigMap', IF_SAID],
    [`${containers}[].env[].valueFrom.secretKeyRef.name`, 'environment', 'Secret', IF_SAID],
  ]),
  ['volumes[].configMap.name', 'volume', 'ConfigMap', IF_SAID],
  ['volumes[].secret.secretName', 'volume', 'Secret', IF_SAID],
  ['volumes[].persistentVolumeClaim.claimName', 'volume', 'PersistentVolumeClaim'],
  ['volumes[].projected.sources[].configMap.name', 'volume', 'ConfigMap', IF_SAID],
  ['volumes[].projected.sources[].secret.name', 'volume', 'Secret', IF_SAID],
  [
    'volumes[].projected.sources[].clusterTrustBundle.name',
    'volume',
    'ClusterTrustBundle.certificates.k8s.io',
    IF_SAID,
  ],
  ['volumes[].csi.driver', 'driver', CSI_DRIVER, PERHAPS],
  ['volumes[].csi.nodePublishSecretRef.name', 'driver secret', 'Secret'],
  ['volumes[].azureFile.secretName', 'driver secret', 'Secret'],
  ['volumes[].glusterfs.endpoints', 'volume', 'Endpoints'],
  ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((type): PlaceRow => [
    `volumes[].${type}.secretRef.name`,
    'driver secret',
    'Secret',
  ]),
  ...CLAIM_ROWS.map(([path, ...row]): PlaceRow => [
    `volumes[].ephemeral.volumeClaimTemplate.spec.${path}`,
    ...row,
  ]),
];

/** Places in workloads and in claims of devices. */
export const WORKLOAD_SECTIONS: readonly PlaceSection[] = [
  ...POD_SPEC_PLACES.map(({ kind, path, source }): PlaceSection => ({
    kinds: [kind],
    base: path.join('.'),
    source,
    rows: POD_ROWS,
  })),
  {
    kinds: ['Pod'],
    source: `${DOCS}/workload-resources/pod-v1/#PodStatus`,
    rows: [
      [
        'status.resourceClaimStatuses[].resourceClaimName',
        'resource claim',
        'ResourceClaim.resource.k8s.io',
        PERHAPS,
      ],
    ],
  },
  {
    kinds: ['StatefulSet.apps'],
    base: 'spec',
    source: `${DOCS}/workload-resources/stateful-set-v1/`,
    rows: [
      ['serviceName', 'network identity', 'Service', PERHAPS],
      ...CLAIM_ROWS.map(([path, ...row]): PlaceRow => [`volumeClaimTemplates[].spec.${path}`, ...row]),
    ],
  },
  {
    kinds: ['ResourceClaim.resource.k8s.io'],
    source: `${DOCS}/workload-resources/resource-claim-v1/`,
    rows: [
      ...RESOURCE_CLAIM_ROWS.map(([path, ...row]): PlaceRow => [`spec.${path}`, ...row]),
      [
        'status.reservedFor[].name',
        'reservation',
        { kind: 'resource', isResource: true, group: 'apiGroup' },
        PERHAPS,
      ],
    ],
  },
  {
    kinds: ['ResourceClaimTemplate.resource.k8s.io'],
    base: 'spec.spec',
    source: `${DOCS}/workload-resources/resource-claim-template-v1/`,
    rows: RESOURCE_CLAIM_ROWS,
  },
  {
    kinds: ['ResourceSlice.resource.k8s.io'],
    source: `${DOCS}/workload-resources/resource-slice-v1/`,
    rows: [['spec.nodeName', 'node', 'Node']],
  },
  {
    kinds: ['HorizontalPodAutoscaler.autoscaling'],
    base: 'spec',
    source: `${DOCS}/workload-resources/horizontal-pod-autoscaler-v2/`,
    rows: [
      ['scaleTargetRef.name', 'scale target', BY_API_VERSION],
      ['metrics[].object.describedObject.name', 'metric source', BY_API_VERSION],
    ],
  },
];
