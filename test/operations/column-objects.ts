/** Objects of many kinds and in many states, for the columns of their lists. */

/** Everything namespaced lies here. */
export const COLUMNS_NAMESPACE = 'object-columns';

const ENDED = { startedAt: '2026-01-02T03:04:05Z', finishedAt: '2026-01-02T04:04:05Z' };
const LATER = '2026-01-02T05:04:05Z';
type Plain = Readonly<Record<string, unknown>>;

const container = (name: string, state: Plain, more: Plain = {}): Plain => ({
  name,
  image: `registry.example.com/${name}:1`,
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  lastState: {},
  ...more,
});
const condition = (type: string, status = 'True', reason = ''): Plain => ({ type, status, reason });
const terminated = (exitCode: number, more: Plain = {}): Plain => ({
  terminated: { exitCode, ...ENDED, ...more },
});
const running = { running: { startedAt: LATER } };
const waiting = (reason: string): Plain => ({ waiting: { reason } });

/** Statuses of Pods with two containers, `a` and `b`, an init container `i` and a sidecar `s`. */
export const POD_STATES: Readonly<Record<string, Plain>> = {
  fresh: { phase: 'Pending' },
  crashing: {
    phase: 'Running',
    conditions: [condition('Initialized'), condition('Ready', 'False')],
    initContainerStatuses: [container('i', terminated(0))],
    containerStatuses: [
      container('a', waiting('CrashLoopBackOff'), {
        restartCount: 7,
        lastState: terminated(1, { reason: 'Error' }),
      }),
      container('b', running, {
        ready: true,
        restartCount: 1,
        lastState: terminated(0, { finishedAt: LATER }),
      }),
    ],
  },
  completed: {
    phase: 'Succeeded',
    conditions: [condition('Initialized')],
    containerStatuses: [
      container('a', terminated(0, { reason: 'Completed' })),
      container('b', terminated(0, { reason: 'Completed' })),
    ],
  },
  half: {
    phase: 'Running',
    conditions: [condition('Initialized'), condition('Ready', 'False')],
    containerStatuses: [
      container('a', terminated(0, { reason: 'Completed' })),
      container('b', running, { ready: true }),
    ],
  },
  failed: {
    phase: 'Failed',
    conditions: [condition('Initialized')],
    containerStatuses: [
      container('a', terminated(0, { reason: 'Completed' })),
      container('b', terminated(137, { signal: 9 })),
    ],
  },
  evicted: { phase: 'Failed', reason: 'Evicted' },
  gated: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'SchedulingGated')] },
  'init-error': {
    phase: 'Pending',
    initContainerStatuses: [container('i', terminated(2, { reason: 'Error' }), { restartCount: 3 })],
  },
  'init-code': { phase: 'Pending', initContainerStatuses: [container('i', terminated(2))] },
  'init-waiting': {
    phase: 'Pending',
    initContainerStatuses: [container('i', waiting('ImagePullBackOff'))],
    containerStatuses: [container('a', waiting('PodInitializing'))],
  },
  'init-running': { phase: 'Pending', initContainerStatuses: [container('i', running)] },
  sidecar: {
    phase: 'Running',
    conditions: [condition('Initialized'), condition('Ready')],
    podIPs: [{ ip: '10.1.2.3' }],
    initContainerStatuses: [
      container('i', terminated(0)),
      container('s', running, {
        ready: true,
        started: true,
        restartCount: 2,
        lastState: terminated(1, { finishedAt: LATER }),
      }),
    ],
    containerStatuses: [container('a', running, { ready: true }), container('b', running, { ready: true })],
  },
};

const labelled = (name: string): Plain => ({ name, namespace: COLUMNS_NAMESPACE });
const image = (name: string): Plain => ({ name, image: `registry.example.com/${name}:1` });
const template = (more: Plain = {}): Plain => ({
  metadata: { labels: { app: 'web' } },
  spec: { terminationGracePeriodSeconds: 0, containers: [image('a'), image('b')], ...more },
});
const selector = { matchLabels: { app: 'web' } };
const namespaced = (apiVersion: string, kind: string, name: string, more: Plain): Plain => ({
  apiVersion,
  kind,
  metadata: labelled(name),
  ...more,
});
const ofCluster = (apiVersion: string, kind: string, name: string, more: Plain): Plain => ({
  apiVersion,
  kind,
  metadata: { name },
  ...more,
});
const GADGET_COLUMNS = [
  { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Parts', type: 'string', jsonPath: '.spec.parts' },
  { name: 'Second', type: 'string', jsonPath: '.spec.parts[1]' },
  {
    name: 'Note',
    type: 'string',
    jsonPath: '.metadata.annotations.columns\\.example\\.com/note',
    priority: 1,
  },
  { name: 'On', type: 'boolean', jsonPath: '.spec.on' },
  { name: 'Since', type: 'date', jsonPath: '.spec.since' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** The definition of the custom kind comes first. */
export const COLUMN_OBJECTS: readonly Plain[] = [
  ofCluster('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'gadgets.columns.example.com', {
    spec: {
      group: 'columns.example.com',
      scope: 'Namespaced',
      names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          additionalPrinterColumns: GADGET_COLUMNS,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }),
  ...['one', 'two'].map((name) => ({
    apiVersion: 'columns.example.com/v1',
    kind: 'Gadget',
    metadata: { ...labelled(name), annotations: { 'columns.example.com/note': 'hello' } },
    ...(name === 'one' && {
      spec: { size: 3, parts: ['x', 'y'], on: true, since: '2026-01-02T03:04:05Z' },
      status: {
        conditions: [
          { type: 'Other', status: 'True' },
          { type: 'Ready', status: 'False' },
        ],
      },
    }),
  })),
  ...Object.keys(POD_STATES).map((name) =>
    namespaced('v1', 'Pod', `state-${name}`, {
      spec: {
        // A node that there is not, so that nobody else writes the status.
        nodeName: 'columns-nowhere',
        terminationGracePeriodSeconds: 0,
        readinessGates: name === 'sidecar' ? [{ conditionType: 'Ready' }, { conditionType: 'columns' }] : [],
        initContainers: [image('i'), { ...image('s'), restartPolicy: 'Always' }],
        containers: [image('a'), image('b')],
      },
    }),
  ),
  namespaced('apps/v1', 'Deployment', 'web', { spec: { replicas: 2, selector, template: template() } }),
  namespaced('apps/v1', 'StatefulSet', 'db', {
    spec: { serviceName: 'db', selector, template: template() },
  }),
  namespaced('apps/v1', 'DaemonSet', 'agent', {
    spec: { selector, template: template({ nodeSelector: { disk: 'ssd', arch: 'arm' } }) },
  }),
  namespaced('v1', 'ReplicationController', 'old', {
    spec: {
      replicas: 1,
      selector: { app: 'web', b: 'c' },
      template: { ...template(), metadata: { labels: { app: 'web', b: 'c' } } },
    },
  }),
  namespaced('batch/v1', 'Job', 'once', { spec: { template: template({ restartPolicy: 'Never' }) } }),
  namespaced('batch/v1', 'Job', 'several', {
    spec: { suspend: true, parallelism: 3, template: template({ restartPolicy: 'Never' }) },
  }),
  namespaced('batch/v1', 'CronJob', 'often', {
    spec: {
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      suspend: true,
      jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
    },
  }),
  namespaced('v1', 'Service', 'web', {
    spec: {
      selector: { app: 'web' },
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 53, protocol: 'UDP' },
      ],
    },
  }),
  namespaced('v1', 'Service', 'node', {
    spec: { type: 'NodePort', externalIPs: ['192.0.2.1'], ports: [{ port: 80 }] },
  }),
  namespaced('v1', 'Service', 'balanced', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
  namespaced('v1', 'Service', 'headless', { spec: { clusterIP: 'None', selector: { app: 'web' } } }),
  namespaced('v1', 'Service', 'outside', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
  namespaced('networking.k8s.io/v1', 'Ingress', 'web', {
    spec: {
      ingressClassName: 'columns',
      tls: [{ hosts: ['a.example.com'], secretName: 'tls' }],
      rules: ['a', 'b', 'c', 'd'].map((name) => ({ host: `${name}.example.com` })),
    },
  }),
  namespaced('networking.k8s.io/v1', 'Ingress', 'plain', {
    spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  }),
  ofCluster('networking.k8s.io/v1', 'IngressClass', 'columns', {
    spec: {
      controller: 'example.com/c',
      parameters: { apiGroup: 'example.com', kind: 'P', name: 'p', scope: 'Cluster' },
    },
  }),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'all', { spec: { podSelector: {} } }),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'some', {
    spec: {
      podSelector: {
        matchLabels: { z: '1', a: '2' },
        matchExpressions: [
          { key: 'm', operator: 'In', values: ['y', 'x'] },
          { key: 'n', operator: 'Exists' },
          { key: 'k', operator: 'DoesNotExist' },
        ],
      },
    },
  }),
  namespaced('policy/v1', 'PodDisruptionBudget', 'least', { spec: { minAvailable: 1, selector } }),
  namespaced('policy/v1', 'PodDisruptionBudget', 'most', { spec: { maxUnavailable: '20%', selector } }),
  namespaced('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
        },
        {
          type: 'Pods',
          pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } },
        },
        { type: 'External', external: { metric: { name: 'q' }, target: { type: 'Value', value: '30' } } },
      ],
    },
  }),
  namespaced('v1', 'ConfigMap', 'files', { data: { a: '1', b: '2' }, binaryData: { c: 'AAAA' } }),
  namespaced('v1', 'Secret', 'keys', { type: 'Opaque', stringData: { a: '1' } }),
  namespaced('v1', 'ServiceAccount', 'robot', {}),
  namespaced('v1', 'LimitRange', 'limits', {
    spec: { limits: [{ type: 'Container', default: { cpu: '1m' } }] },
  }),
  namespaced('v1', 'ResourceQuota', 'quota', {
    spec: { hard: { pods: '100', 'limits.cpu': '1k', configmaps: '50' } },
  }),
  namespaced('v1', 'PersistentVolumeClaim', 'pending', {
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'columns',
      resources: { requests: { storage: '1Gi' } },
    },
  }),
  ofCluster('v1', 'PersistentVolume', 'columns-free', {
    spec: {
      capacity: { storage: '2Gi' },
      accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
      hostPath: { path: '/tmp/columns' },
      claimRef: { namespace: COLUMNS_NAMESPACE, name: 'elsewhere' },
    },
  }),
  ofCluster('storage.k8s.io/v1', 'StorageClass', 'columns', {
    provisioner: 'columns.example.com',
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'WaitForFirstConsumer',
  }),
  ofCluster('storage.k8s.io/v1', 'CSIDriver', 'columns.example.com', {
    spec: { attachRequired: false, tokenRequests: [{ audience: 'a' }], volumeLifecycleModes: ['Persistent'] },
  }),
  ofCluster('scheduling.k8s.io/v1', 'PriorityClass', 'columns', { value: 10, preemptionPolicy: 'Never' }),
  ofCluster('node.k8s.io/v1', 'RuntimeClass', 'columns', { handler: 'runsc' }),
  namespaced('rbac.authorization.k8s.io/v1', 'Role', 'reader', { rules: [] }),
  namespaced('rbac.authorization.k8s.io/v1', 'RoleBinding', 'readers', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'ServiceAccount', name: 'robot', namespace: COLUMNS_NAMESPACE },
      { kind: 'User', name: 'anna' },
      { kind: 'User', name: 'bob' },
      { kind: 'Group', name: 'staff' },
    ],
  }),
  ofCluster('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'columns', {
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'true' }],
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['columns.example.com'],
            apiVersions: ['*'],
            operations: ['CREATE'],
            resources: ['none'],
          },
        ],
      },
    },
  }),
  ofCluster('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', 'columns', {
    spec: {
      policyName: 'columns',
      validationActions: ['Warn'],
      paramRef: { name: 'files', parameterNotFoundAction: 'Allow' },
    },
  }),
];
