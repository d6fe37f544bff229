/** Objects of many kinds, with what tends to get lost: unknown fields, large integers, what YAML 1.1 reads differently. */
import type { ClusterClient } from '../../../src/connectors/cluster-client/index.ts';

/** The JSON text of an object and the path of its collection. */
export interface TestObject {
  readonly path: string;
  readonly json: string;
}

const GROUP = 'round-trip.test';
const TRAPS = [
  'yes',
  'NO',
  'on',
  'off',
  'y',
  '0644',
  '0x1F',
  '1_000',
  '1e3',
  '12:30:45',
  '2026-11-21',
  '~',
  'null',
  '',
  ' lead',
  'trail ',
  '- a',
  '#x',
  'a: b',
  '@',
  '%',
  '\u0085',
  '\u2028',
  '\ufeff',
  'tab\tin',
  'line\nfeed\n',
  '\n\n',
  'a\r\nb',
  '\u00e9\u{1f600}',
  '.inf',
  '<<',
  '=',
  '!tag',
  '*a',
  '&a',
  '[',
  '{}',
  '|',
  '>',
];

/** A CustomResourceDefinition whose objects keep every field, and one without the subresource `status`. */
export function definitions(suffix: string): TestObject[] {
  return [definition(`gadget${suffix}`, { subresources: { status: {} } }), definition(`widget${suffix}`, {})];
}

function definition(singular: string, version: Record<string, unknown>): TestObject {
  const names = {
    plural: `${singular}s`,
    singular,
    kind: kindOf(singular),
    listKind: `${kindOf(singular)}List`,
  };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return testObject('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema, ...version }],
    },
  });
}

/** Custom resources: numbers as text, because JavaScript's would not do. */
export function customResources(suffix: string, namespace: string, count: number): TestObject[] {
  return Array.from({ length: count }, (_, index) => {
    const singular = index % 2 === 0 ? `gadget${suffix}` : `widget${suffix}`;
    return {
      path: `/apis/${GROUP}/v1/namespaces/${namespace}/${singular}s`,
      json: `{"apiVersion":"${GROUP}/v1","kind":"${kindOf(singular)}","metadata":{"name":"custom-${index}"},"unknown":{"max":9223372036854775807,"odd":9007199254740993,"negative":-9007199254740993,"float":1.5,"tiny":1e-7,"empty":{},"list":[[],[1,[2]],null],"null":null,"text":${JSON.stringify(TRAPS[index % TRAPS.length])}},"status":{"observed":"somebody's data ${index}"}}`,
    };
  });
}

/** Objects of most namespaced built-in kinds, `count` of the common ones. */
export function builtIns(namespace: string, count: number): TestObject[] {
  const core = `/api/v1/namespaces/${namespace}`;
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const labels = (name: string): Record<string, string> => ({ app: name });
  const pod = {
    containers: [
      {
        name: 'main',
        image: 'registry.test/app:1',
        ports: [{ containerPort: 8080, name: 'http' }],
        env: [{ name: 'FLAG', value: 'on' }],
      },
    ],
  };
  const template = (name: string): unknown => ({ metadata: { labels: labels(name) }, spec: pod });
  const objects: TestObject[] = [
    testObject(`${core}/serviceaccounts`, { metadata: { name: 'runner', annotations: { yes: 'no' } } }),
    testObject(`${core}/serviceaccounts`, {
      metadata: { name: 'puller' },
      imagePullSecrets: [{ name: 'registry' }],
    }),
    testObject(`${core}/resourcequotas`, {
      metadata: { name: 'quota' },
      spec: { hard: { pods: '500', services: '50' } },
    }),
    testObject(`${core}/limitranges`, {
      metadata: { name: 'limits' },
      spec: { limits: [{ type: 'Container', default: { memory: '64Mi', cpu: '0.1' } }] },
    }),
    testObject(`${core}/persistentvolumeclaims`, {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        resources: { requests: { storage: '1Gi' } },
      },
    }),
    testObject(`${core}/pods`, { metadata: { name: 'bare', labels: labels('bare') }, spec: pod }),
    testObject(`${core}/services`, {
      metadata: { name: 'headless' },
      spec: { clusterIP: 'None', selector: labels('db'), ports: [{ port: 5432 }] },
    }),
    testObject(`${core}/services`, {
      metadata: { name: 'node-port' },
      spec: {
        type: 'NodePort',
        selector: labels('web'),
        ports: [{ port: 80, targetPort: 'http', name: 'http' }],
      },
    }),
    testObject(`${core}/services`, {
      metadata: { name: 'external' },
      spec: { type: 'ExternalName', externalName: 'example.test' },
    }),
    testObject(`${apps}/statefulsets`, {
      metadata: { name: 'db' },
      spec: {
        serviceName: 'headless',
        replicas: 0,
        selector: { matchLabels: labels('db') },
        template: template('db'),
      },
    }),
    testObject(`${apps}/daemonsets`, {
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels('agent') }, template: template('agent') },
    }),
    testObject(`/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
      metadata: { name: 'nightly' },
      spec: {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
      },
    }),
    testObject(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
      metadata: { name: 'once' },
      spec: { suspend: true, template: { spec: { ...pod, restartPolicy: 'Never' } } },
    }),
    testObject(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, {
      metadata: { name: 'web' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app-0' },
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
      },
    }),
    testObject(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
      metadata: { name: 'web' },
      spec: { minAvailable: '50%', selector: { matchLabels: labels('web') } },
    }),
    testObject(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
      metadata: { name: 'deny' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    }),
    testObject(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, {
      metadata: { name: 'web' },
      spec: {
        rules: [
          {
            host: 'web.test',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'node-port', port: { name: 'http' } } },
                },
              ],
            },
          },
        ],
      },
    }),
    testObject(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`, {
      metadata: { name: 'team:reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    }),
    testObject(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'team:reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'team:reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace }],
    }),
  ];
  for (let index = 0; index < count; index++) {
    const trap = TRAPS[index % TRAPS.length] ?? '';
    objects.push(
      testObject(`${core}/configmaps`, {
        metadata: { name: `config-${index}`, annotations: { 'example.test/trap': trap } },
        data: { trap, no: 'yes', '0644': '0644', 'settings.yaml': `a: ${trap}\nb: |\n  x\n` },
        binaryData: { raw: Buffer.from([0, 255, index % 256]).toString('base64') },
      }),
      testObject(`${core}/secrets`, {
        metadata: { name: `secret-${index}` },
        type: 'Opaque',
        data: { password: Buffer.from(`value-${index}-${trap}`).toString('base64') },
      }),
      testObject(`${apps}/deployments`, {
        metadata: { name: `app-${index}` },
        spec: {
          replicas: index === 0 ? 2 : 0,
          selector: { matchLabels: labels(`app-${index}`) },
          template: template(`app-${index}`),
        },
      }),
    );
  }
  return objects;
}

/** Creates `objects` in order, some at a time. */
export async function createObjects(client: ClusterClient, objects: readonly TestObject[]): Promise<void> {
  const waiting = objects.values();
  const work = async (): Promise<void> => {
    for (const { path, json } of waiting) await client.text({ method: 'POST', path, body: json });
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

export function testNamespace(name: string, labels: Record<string, string> = {}): TestObject {
  return testObject('/api/v1/namespaces', { metadata: { name, labels } });
}

function testObject(path: string, object: Record<string, unknown>): TestObject {
  return { path, json: JSON.stringify(object) };
}

function kindOf(singular: string): string {
  return `${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
}
