/** Objects of many kinds for random clusters. Each carries the annotation `note`, which every kind lets people change. */
/** A kind that random clusters are made of. */
export interface RandomKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Everything besides apiVersion, kind and metadata. */
  readonly body: (name: string) => object;
  /** The same with another value of a field that cannot change; undefined where the kind has none. */
  readonly other?: (name: string) => object;
}

const template = (name: string): object => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
});
const selector = (name: string): object => ({ matchLabels: { app: name } });
const workload = (name: string, more: object = {}): object => ({
  spec: { replicas: 0, selector: selector(name), template: template(name), ...more },
});
const job = (name: string): object => ({
  spec: {
    suspend: true,
    template: {
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: `registry.test/${name}:1` }] },
    },
  },
});
const claim = (storage: string): object => ({
  spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
});
const role = { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };
const binding = (to: string): object => ({
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: to },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'somebody' }],
});

function kind(
  apiVersion: string,
  name: string,
  plural: string,
  body: RandomKind['body'],
  other?: RandomKind['body'],
  namespaced = true,
): RandomKind {
  return { apiVersion, kind: name, plural, namespaced, body, ...(other && { other }) };
}

/** Group of the custom kind that a random cluster has; its definition is made once. */
export const SEED_GROUP = 'seeds.example.com';

/** More than twenty kinds. */
export const RANDOM_KINDS: readonly RandomKind[] = [
  kind('v1', 'ConfigMap', 'configmaps', (name) => ({ data: { name, answer: 'yes' } })),
  kind(
    'v1',
    'ConfigMap',
    'configmaps',
    () => ({ data: { a: 'one' }, immutable: true }),
    () => ({ data: { a: 'two' }, immutable: true }),
  ),
  kind('v1', 'Secret', 'secrets', () => ({ data: { password: 'Y2FuYXJ5LW9mLXRoZS1zZWVkcw==' } })),
  kind(
    'v1',
    'Secret',
    'secrets',
    () => ({ data: { key: 'Y2FuYXJ5LW9mLXRoZS1zZWVkcw==' }, immutable: true }),
    () => ({ data: { key: 'b3RoZXI=' }, immutable: true }),
  ),
  kind('v1', 'Service', 'services', (name) => ({ spec: { selector: { app: name }, ports: [{ port: 80 }] } })),
  kind('v1', 'Service', 'services', () => ({ spec: { clusterIP: 'None', ports: [{ port: 5432 }] } })),
  kind('v1', 'Service', 'services', () => ({ spec: { type: 'NodePort', ports: [{ port: 80 }] } })),
  kind('v1', 'ServiceAccount', 'serviceaccounts', () => ({ automountServiceAccountToken: false })),
  kind('v1', 'LimitRange', 'limitranges', () => ({
    spec: { limits: [{ type: 'Container', default: { memory: '64Mi' } }] },
  })),
  kind('v1', 'PodTemplate', 'podtemplates', (name) => ({ template: template(name) })),
  kind('v1', 'ReplicationController', 'replicationcontrollers', (name) => ({
    spec: { replicas: 0, selector: { app: name }, template: template(name) },
  })),
  kind(
    'v1',
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
    () => claim('1Gi'),
    () => claim('2Gi'),
  ),
  kind('apps/v1', 'Deployment', 'deployments', workload, (name) => ({
    spec: { replicas: 0, selector: selector(`${name}-x`), template: template(`${name}-x`) },
  })),
  kind(
    'apps/v1',
    'StatefulSet',
    'statefulsets',
    (name) => workload(name, { serviceName: 'one' }),
    (name) => workload(name, { serviceName: 'two' }),
  ),
  kind('apps/v1', 'DaemonSet', 'daemonsets', (name) => ({
    spec: { selector: selector(name), template: template(name) },
  })),
  kind('apps/v1', 'ReplicaSet', 'replicasets', workload),
  kind('batch/v1', 'Job', 'jobs', job, (name) => job(`${name}-x`)),
  kind('batch/v1', 'CronJob', 'cronjobs', (name) => ({
    spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: job(name) },
  })),
  kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', (name) => ({
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  })),
  kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', (name) => ({
    spec: { minAvailable: 1, selector: selector(name) },
  })),
  kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', () => ({
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  })),
  kind('networking.k8s.io/v1', 'Ingress', 'ingresses', (name) => ({
    spec: { defaultBackend: { service: { name, port: { number: 80 } } } },
  })),
  kind('rbac.authorization.k8s.io/v1', 'Role', 'roles', () => role),
  kind(
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    'rolebindings',
    () => binding('view'),
    () => binding('edit'),
  ),
  kind(`${SEED_GROUP}/v1`, 'Seed', 'seeds', (name) => ({ spec: { size: 3, name } })),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', () => role, undefined, false),
  kind(
    'scheduling.k8s.io/v1',
    'PriorityClass',
    'priorityclasses',
    () => ({ value: 5 }),
    () => ({ value: 6 }),
    false,
  ),
  kind(
    'storage.k8s.io/v1',
    'StorageClass',
    'storageclasses',
    () => ({ provisioner: 'example.com/one' }),
    () => ({ provisioner: 'example.com/two' }),
    false,
  ),
  kind(
    'networking.k8s.io/v1',
    'IngressClass',
    'ingressclasses',
    () => ({
      spec: { controller: 'example.com/one' },
    }),
    undefined,
    false,
  ),
];

/** Path of the collection of a kind. */
export function collectionOf({ apiVersion, plural, namespaced }: RandomKind, namespace: string): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespaced ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
}

/** A whole object. */
export function objectOf(
  one: RandomKind,
  name: string,
  namespace: string,
  options: { readonly isOther?: boolean; readonly note?: string; readonly labels?: object } = {},
): object {
  const { apiVersion, kind: kindName, namespaced, body, other } = one;
  const { isOther = false, note = 'one', labels = {} } = options;
  return {
    apiVersion,
    kind: kindName,
    metadata: { name, ...(namespaced && { namespace }), labels, annotations: { 'example.com/note': note } },
    ...(isOther && other ? other(name) : body(name)),
  };
}
