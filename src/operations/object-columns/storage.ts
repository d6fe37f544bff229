/** Columns of volumes, their classes, and the objects that drivers work with. */
import { arrayAt, objectAt, stringAt, valueAt, type JsonObject } from '../../resources/json-value.ts';
import {
  AGE,
  column,
  isDeleting,
  NAME,
  NONE,
  stringsAt,
  textAt,
  UNSET,
  wideColumn,
  type ObjectColumn,
} from './column.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
/** In the order in which kubectl names them. */
const ACCESS_MODES: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

function accessModes(object: JsonObject, field: 'spec' | 'status'): string {
  const modes = arrayAt(object, field, 'accessModes');
  return ACCESS_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

/** The name, with a mark where one of the annotations says that the class is the default. */
function nameOfClass(...annotations: readonly string[]): ObjectColumn {
  return {
    header: 'NAME',
    cell: (object) => {
      const isDefault = annotations.some(
        (name) => stringAt(object, 'metadata', 'annotations', name) === 'true',
      );
      return `${textAt(object, ['metadata', 'name'])}${isDefault ? ' (default)' : ''}`;
    },
  };
}

const STATUS: ObjectColumn = {
  header: 'STATUS',
  cell: (object) => (isDeleting(object) ? 'Terminating' : textAt(object, ['status', 'phase'])),
};
const STORAGE_CLASS: ObjectColumn = {
  header: 'STORAGECLASS',
  cell: (object) =>
    textAt(object, ['metadata', 'annotations', BETA_CLASS], textAt(object, ['spec', 'storageClassName'])),
};
const ATTRIBUTES_CLASS = column('VOLUMEATTRIBUTESCLASS', 'spec.volumeAttributesClassName', UNSET);
const VOLUME_MODE = wideColumn('VOLUMEMODE', 'spec.volumeMode', UNSET);

function isBound(claim: JsonObject): boolean {
  return textAt(claim, ['spec', 'volumeName']) !== '';
}

/** By `Kind` or `Kind.group`. */
export const STORAGE_COLUMNS: Readonly<Record<string, readonly ObjectColumn[]>> = {
  PersistentVolume: [
    NAME,
    column('CAPACITY', 'spec.capacity.storage', '0'),
    { header: 'ACCESS MODES', cell: (object) => accessModes(object, 'spec') },
    column('RECLAIM POLICY', 'spec.persistentVolumeReclaimPolicy'),
    STATUS,
    {
      header: 'CLAIM',
      cell: (object) => {
        const claim = objectAt(object, 'spec', 'claimRef');
        return claim === undefined ? '' : `${textAt(claim, ['namespace'])}/${textAt(claim, ['name'])}`;
      },
    },
    STORAGE_CLASS,
    ATTRIBUTES_CLASS,
    column('REASON', 'status.reason'),
    AGE,
    VOLUME_MODE,
  ],
  PersistentVolumeClaim: [
    NAME,
    STATUS,
    column('VOLUME', 'spec.volumeName'),
    {
      header: 'CAPACITY',
      cell: (object) => (isBound(object) ? textAt(object, ['status', 'capacity', 'storage'], '0') : ''),
    },
    { header: 'ACCESS MODES', cell: (object) => (isBound(object) ? accessModes(object, 'status') : '') },
    STORAGE_CLASS,
    ATTRIBUTES_CLASS,
    AGE,
    VOLUME_MODE,
  ],
  'StorageClass.storage.k8s.io': [
    nameOfClass(
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ),
    column('PROVISIONER', 'provisioner'),
    column('RECLAIMPOLICY', 'reclaimPolicy', 'Delete'),
    column('VOLUMEBINDINGMODE', 'volumeBindingMode', 'Immediate'),
    column('ALLOWVOLUMEEXPANSION', 'allowVolumeExpansion', 'false'),
    AGE,
  ],
  'VolumeAttributesClass.storage.k8s.io': [NAME, column('DRIVERNAME', 'driverName'), AGE],
  'VolumeAttachment.storage.k8s.io': [
    NAME,
    column('ATTACHER', 'spec.attacher'),
    column('PV', 'spec.source.persistentVolumeName'),
    column('NODE', 'spec.nodeName'),
    column('ATTACHED', 'status.attached', 'false'),
    AGE,
  ],
  'CSINode.storage.k8s.io': [
    NAME,
    { header: 'DRIVERS', cell: (object) => String(arrayAt(object, 'spec', 'drivers').length) },
    AGE,
  ],
  'CSIDriver.storage.k8s.io': [
    NAME,
    column('ATTACHREQUIRED', 'spec.attachRequired', 'true'),
    column('PODINFOONMOUNT', 'spec.podInfoOnMount', 'false'),
    column('STORAGECAPACITY', 'spec.storageCapacity', 'false'),
    {
      header: 'TOKENREQUESTS',
      cell: (object) => {
        const requests = valueAt(object, 'spec', 'tokenRequests');
        if (!Array.isArray(requests)) return UNSET;
        return requests.map((request) => textAt(request, ['audience'])).join(',');
      },
    },
    column('REQUIRESREPUBLISH', 'spec.requiresRepublish', 'false'),
    {
      header: 'MODES',
      cell: (object) => stringsAt(object, 'spec', 'volumeLifecycleModes').join(',') || NONE,
    },
    AGE,
  ],
  'CSIStorageCapacity.storage.k8s.io': [
    NAME,
    column('STORAGECLASSNAME', 'storageClassName'),
    column('CAPACITY', 'capacity', UNSET),
  ],
};
