/** What a chart of a usual service renders, for as many services as asked: some twenty kinds, written as people write them. */
import { jsonFrom } from '../../src/resources/json-value.ts';
import { DOCUMENT_SEPARATOR, yamlFromJson } from '../../src/resources/yaml-emit.ts';

const LINES_OF_CONFIG = 'log:\n  level: info\nservers:\n  - a\n  - b\n';

function labels(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'Helm' };
}

function podSpec(name: string): object {
  return {
    serviceAccountName: name,
    initContainers: [
      { name: 'migrate', image: 'registry.example.com/migrate:1.2', command: ['migrate', 'up'] },
      { name: 'warm', image: 'registry.example.com/warm' },
    ],
    containers: [
      {
        name: 'main',
        image: `registry.example.com/${name}:1.0`,
        args: ['--listen', ':8080'],
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'metrics', containerPort: 9090 },
        ],
        env: [
          { name: 'HOST', value: 'db' },
          { name: 'URL', value: 'http://$(HOST)' },
          { name: 'EMPTY', value: '' },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: 'password' } } },
        ],
        envFrom: [{ configMapRef: { name } }],
        livenessProbe: { httpGet: { port: 'http' }, initialDelaySeconds: 5 },
        readinessProbe: { tcpSocket: { port: 8080 } },
        resources: { requests: { cpu: '0.1', memory: '128Mi' }, limits: { cpu: '1000m', memory: '0.5Gi' } },
        volumeMounts: [
          { name: 'config', mountPath: '/etc/main' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
      { name: 'proxy', image: 'registry.example.com/proxy@sha256:' + 'a'.repeat(64) },
    ],
    volumes: [
      { name: 'config', configMap: { name } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'all', projected: { sources: [{ secret: { name } }, { downwardAPI: { items: [] } }] } },
    ],
  };
}

/** The objects of one service, without namespaces. */
function serviceObjects(name: string, storageClassName: string): object[] {
  const metadata = (suffix = ''): object => ({ name: `${name}${suffix}`, labels: labels(name) });
  const selector = { matchLabels: { 'app.kubernetes.io/name': name } };
  const template = { metadata: { labels: labels(name) }, spec: podSpec(name) };
  const jobTemplate = { ...template, spec: { ...podSpec(name), restartPolicy: 'OnFailure' } };
  const rbac = 'rbac.authorization.k8s.io/v1';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata() },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(), data: { 'main.yaml': LINES_OF_CONFIG } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata(), stringData: { password: `secret of ${name}` } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(),
      spec: {
        selector: selector.matchLabels,
        ports: [
          { name: 'http', port: 8080 },
          { name: 'm', port: 9090, targetPort: 'metrics' },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('-headless'),
      spec: { clusterIP: 'None', selector: selector.matchLabels, ports: [{ port: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: metadata(),
      spec: {
        storageClassName,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1024Mi' } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(),
      spec: { replicas: 2, selector, template },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: metadata('-db'),
      spec: {
        serviceName: `${name}-headless`,
        selector,
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName,
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: metadata('-agent'), spec: { selector, template } },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata(),
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: jobTemplate } } },
    },
    { apiVersion: 'batch/v1', kind: 'Job', metadata: metadata('-setup'), spec: { template: jobTemplate } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: metadata(),
      spec: {
        rules: [
          {
            host: `${name}.example.com`,
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } },
              ],
            },
          },
        ],
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata(),
      spec: { podSelector: selector, ingress: [{ ports: [{ port: 8080 }] }] },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata(),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '0.5' } },
          },
        ],
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata(),
      spec: { minAvailable: 1, selector },
    },
    {
      apiVersion: rbac,
      kind: 'Role',
      metadata: metadata(),
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: metadata(),
      roleRef: { kind: 'Role', name, apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [
        { kind: 'ServiceAccount', name },
        { kind: 'User', name: 'ada', apiGroup: 'rbac.authorization.k8s.io' },
      ],
    },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: metadata(),
      spec: { hard: { pods: '1k', services: '100' } },
    },
    {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: metadata(),
      spec: { limits: [{ type: 'Pod', max: { cpu: '64', memory: '128Gi' } }] },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('-dashboards'),
      data: { 'board.json': JSON.stringify({ title: name, panels: [{ id: 1 }, { id: 2 }] }) },
    },
  ];
}

/**
 * Objects of `services` services in `namespace`, twenty each, as one stream of YAML that kubectl and manifests take. Claims name a
 * class called like the namespace: in a cluster that suites share, nobody else's claims can take its volumes.
 */
export function releaseSet(namespace: string, services: number): string {
  const documents: string[] = [];
  for (let index = 0; index < services; index++) {
    for (const object of serviceObjects(`service-${index}`, namespace)) {
      const { metadata, ...rest } = object as { readonly metadata: object };
      documents.push(yamlFromJson(jsonFrom({ ...rest, metadata: { ...metadata, namespace } })));
    }
  }
  return documents.join(DOCUMENT_SEPARATOR);
}
