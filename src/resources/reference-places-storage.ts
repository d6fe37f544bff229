/** Rows of `reference-table.ts`: volumes, their classes and snapshots. */
import { BY_API_GROUP, HERE_OR_THERE, PERHAPS, type PlaceRow, type PlaceSection } from './reference-place.ts';

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api';
const SNAPSHOT_DOCS = 'https://kubernetes.io/docs/concepts/storage/volume-snapshots/';
const STORAGE_CLASS = 'StorageClass.storage.k8s.io';
const ATTRIBUTES_CLASS = 'VolumeAttributesClass.storage.k8s.io';
const CSI_DRIVER = 'CSIDriver.storage.k8s.io';
const SNAPSHOT_GROUP = 'snapshot.storage.k8s.io';

/** Of a PersistentVolumeClaimSpec. */
export const CLAIM_ROWS: readonly PlaceRow[] = [
  ['storageClassName', 'storage class', STORAGE_CLASS],
  ['volumeAttributesClassName', 'volume attributes class', ATTRIBUTES_CLASS],
  ['volumeName', 'bound volume', 'PersistentVolume'],
  ['dataSource.name', 'data source', BY_API_GROUP],
  ['dataSourceRef.name', 'data source', BY_API_GROUP, HERE_OR_THERE],
];

/** Places in storage objects. */
export const STORAGE_SECTIONS: readonly PlaceSection[] = [
  {
    kinds: ['PersistentVolumeClaim'],
    base: 'spec',
    source: `${DOCS}/config-and-storage-resources/persistent-volume-claim-v1/`,
    rows: CLAIM_ROWS,
  },
  {
    kinds: ['PersistentVolumeClaim'],
    source: 'https://kubernetes.io/docs/reference/labels-annotations-taints/',
    rows: [
      ['metadata.annotations[volume.beta.kubernetes.io/storage-class]', 'storage class', STORAGE_CLASS],
      ['metadata.annotations[volume.kubernetes.io/selected-node]', 'node', 'Node'],
    ],
  },
  {
    kinds: ['PersistentVolume'],
    source: `${DOCS}/config-and-storage-resources/persistent-volume-v1/`,
    base: 'spec',
    rows: [
      ['claimRef.name', 'bound claim', 'PersistentVolumeClaim', HERE_OR_THERE],
      ['storageClassName', 'storage class', STORAGE_CLASS, PERHAPS],
      ['volumeAttributesClassName', 'volume attributes class', ATTRIBUTES_CLASS],
      ['csi.driver', 'driver', CSI_DRIVER, PERHAPS],
      ...['nodePublish', 'nodeStage', 'nodeExpand', 'controllerPublish', 'controllerExpand'].map(
        (step): PlaceRow => [`csi.${step}SecretRef.name`, 'driver secret', 'Secret', HERE_OR_THERE],
      ),
      ['azureFile.secretName', 'driver secret', 'Secret', { namespace: 'secretNamespace' }],
      ['glusterfs.endpoints', 'volume', 'Endpoints', { namespace: 'endpointsNamespace' }],
      ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((type): PlaceRow => [
        `${type}.secretRef.name`,
        'driver secret',
        'Secret',
        HERE_OR_THERE,
      ]),
    ],
  },
  {
    kinds: [STORAGE_CLASS],
    source: 'https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html',
    rows: [
      ['provisioner', 'driver', CSI_DRIVER, PERHAPS],
      ...[
        'provisioner',
        'controller-publish',
        'node-stage',
        'node-publish',
        'controller-expand',
        'node-expand',
      ].map((step): PlaceRow => [
        `parameters[csi.storage.k8s.io/${step}-secret-name]`,
        'driver secret',
        'Secret',
        { namespace: `csi.storage.k8s.io/${step}-secret-namespace` },
      ]),
    ],
  },
  {
    kinds: [ATTRIBUTES_CLASS],
    source: `${DOCS}/config-and-storage-resources/volume-attributes-class-v1/`,
    rows: [['driverName', 'driver', CSI_DRIVER, PERHAPS]],
  },
  {
    kinds: ['CSIStorageCapacity.storage.k8s.io'],
    source: `${DOCS}/config-and-storage-resources/csi-storage-capacity-v1/`,
    rows: [['storageClassName', 'storage class', STORAGE_CLASS]],
  },
  {
    kinds: ['VolumeAttachment.storage.k8s.io'],
    base: 'spec',
    source: `${DOCS}/config-and-storage-resources/volume-attachment-v1/`,
    rows: [
      ['attacher', 'driver', CSI_DRIVER, PERHAPS],
      ['nodeName', 'node', 'Node'],
      ['source.persistentVolumeName', 'volume', 'PersistentVolume'],
    ],
  },
  {
    kinds: [`VolumeSnapshot.${SNAPSHOT_GROUP}`],
    source: SNAPSHOT_DOCS,
    rows: [
      ['spec.source.persistentVolumeClaimName', 'data source', 'PersistentVolumeClaim'],
      ['spec.source.volumeSnapshotContentName', 'data source', `VolumeSnapshotContent.${SNAPSHOT_GROUP}`],
      ['spec.volumeSnapshotClassName', 'snapshot class', `VolumeSnapshotClass.${SNAPSHOT_GROUP}`],
      ['status.boundVolumeSnapshotContentName', 'bound volume', `VolumeSnapshotContent.${SNAPSHOT_GROUP}`],
    ],
  },
  {
    kinds: [`VolumeSnapshotContent.${SNAPSHOT_GROUP}`],
    source: SNAPSHOT_DOCS,
    rows: [
      ['spec.volumeSnapshotRef.name', 'bound claim', `VolumeSnapshot.${SNAPSHOT_GROUP}`, HERE_OR_THERE],
      ['spec.volumeSnapshotClassName', 'snapshot class', `VolumeSnapshotClass.${SNAPSHOT_GROUP}`],
      ['spec.driver', 'driver', CSI_DRIVER, PERHAPS],
    ],
  },
  {
    kinds: [`VolumeSnapshotClass.${SNAPSHOT_GROUP}`],
    source: SNAPSHOT_DOCS,
    rows: [['driver', 'driver', CSI_DRIVER, PERHAPS]],
  },
];
