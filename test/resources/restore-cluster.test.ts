/** A real cluster decides whether the tables are right: what it made of our objects can be created again, and comes out the same. */
import assert from 'node:assert/strict';
import { BUILT_IN_KINDS } from '../../src/resources/built-in-kinds.ts';
import { leftOutReason } from '../../src/resources/controller-made.ts';
import { parseJson, stringifyJson } from '../../src/resources/json-text.ts';
import {
  arrayAt,
  jsonFrom,
  stringAt,
  type JsonObject,
  type JsonValue,
} from '../../src/resources/json-value.ts';
import { formatIdentity, identityOf } from '../../src/resources/object-path.ts';
import { cleanForRestore, comparable } from '../../src/resources/runtime-fields.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const NAMESPACE = 'runtime-fields';
const template = (labels: object, more: object = {}): object => ({
  metadata: { labels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'a', image: 'registry.example.com/a:1' }],
    ...more,
  },
});
const workload = (kind: string, name: string, more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template({ app: name }), ...more },
});
const service = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: {
    selector: { app: 'web' },
    ports: [
      { port: 80, name: 'http' },
      { port: 443, name: 'https' },
    ],
    ...spec,
  },
});

/** One of each kind whose fields the cluster fills in. */
const OBJECTS: readonly object[] = [
  service('picked', {}),
  service('ports', { type: 'NodePort' }),
  service('balanced', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
  service('headless', { clusterIP: 'None' }),
  workload('Deployment', 'web', { replicas: 2 }),
  workload('StatefulSet', 'db', { serviceName: 'headless' }),
  workload('DaemonSet', 'agent'),
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once' },
    spec: { template: template({}, { restartPolicy: 'Never' }) },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'often' },
    spec: {
      schedule: '* * * * *',
      suspend: true,
      jobTemplate: { spec: { template: template({}, { restartPolicy: 'Never' }) } },
    },
  },
  { apiVersion: 'v1', kind: 'Pod', ...template({ app: 'alone' }), metadata: { name: 'alone' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'runtime-fields',
      resources: { requests: { storage: '1Gi' } },
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  },
];
const VOLUME = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'runtime-fields' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'runtime-fields',
    hostPath: { path: '/x' },
  },
};

const nameOf = (object: JsonObject): string => formatIdentity(identityOf(object)!);

describe('objects of a real cluster', function () {
  this.timeout(180_000);
  before(requirement('cluster'));
  let cluster: TestCluster;
  before(async () => {
    cluster = await sharedCluster();
  });

  const create = (objects: readonly JsonValue[]): Promise<string> =>
    cluster.kubectl(
      ['create', `--namespace=${NAMESPACE}`, '--filename=-'],
      objects.map((object) => stringifyJson(object)).join('\n'),
    );
  const readBack = async (objects: readonly JsonObject[]): Promise<JsonObject[]> => {
    const names = objects.map((object) => nameOf(object));
    const args = ['get', `--namespace=${NAMESPACE}`, '--show-managed-fields', '--output=json', ...names];
    return arrayAt(parseJson(await cluster.kubectl(args)), 'items') as JsonObject[];
  };

  it('are created again after cleaning, and come out the same', async () => {
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    const objects = OBJECTS.map((object) => jsonFrom(object) as JsonObject);
    const volume = jsonFrom(VOLUME) as JsonObject;
    try {
      await create([...objects, volume]);
      const bound = [
        'wait',
        `--namespace=${NAMESPACE}`,
        '--for=jsonpath={.status.phase}=Bound',
        '--timeout=60s',
        'pvc/data',
      ];
      await cluster.kubectl(bound);
      const ready = [
        'wait',
        `--namespace=${NAMESPACE}`,
        '--for=condition=Ready',
        '--timeout=60s',
        'pod/alone',
      ];
      await cluster.kubectl(ready);
      const first = await readBack([...objects, volume]);

      await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--timeout=90s']);
      await cluster.kubectl(['delete', 'persistentvolume', 'runtime-fields', '--timeout=60s']);
      await cluster.kubectl(['create', 'namespace', NAMESPACE]);
      await create(first.map((object) => cleanForRestore(object)));
      await cluster.kubectl(bound);
      await cluster.kubectl(ready);
      const second = await readBack([...objects, volume]);

      assert.deepEqual(second.map(nameOf), first.map(nameOf));
      for (const [index, object] of first.entries()) {
        assert.deepEqual(comparable(second[index]!), comparable(object), nameOf(object));
      }
    } finally {
      await cluster.kubectl([
        'delete',
        '--ignore-not-found',
        '--wait=false',
        `namespace/${NAMESPACE}`,
        'pv/runtime-fields',
      ]);
    }
  });

  it('are explained where the cluster made them itself', async () => {
    const kinds = BUILT_IN_KINDS.map(({ plural, group }) => (group === '' ? plural : `${plural}.${group}`));
    const served = new Set(
      (await cluster.kubectl(['api-resources', '--verbs=list', '--output=name'])).trim().split('\n'),
    );
    const some = kinds.filter((kind) => served.has(kind)).join(',');
    const list = parseJson(await cluster.kubectl(['get', some, '--all-namespaces', '--output=json']));
    const system = (arrayAt(list, 'items') as JsonObject[]).filter(isOfSystem);
    assert.ok(system.length > 150, `${system.length} objects`);
    assert.deepEqual(system.filter((object) => leftOutReason(object) === undefined).map(nameOf), []);
  });

  it('have the kinds of the built-in table', async () => {
    const served = (await cluster.kubectl(['api-resources', '--verbs=list', '--no-headers', '--output=wide']))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));
    assert.ok(served.length > 50);
    const custom = new Set(
      (
        await cluster.kubectl([
          'get',
          'customresourcedefinitions',
          '--output=jsonpath={.items[*].spec.group}',
        ])
      ).split(' '),
    );
    for (const columns of served) {
      const namespacedAt = columns.findIndex((column) => column === 'true' || column === 'false');
      const [plural, apiVersion, kind] = [
        columns[0],
        columns[namespacedAt - 1] ?? '',
        columns[namespacedAt + 1],
      ];
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      if (group !== undefined && custom.has(group)) continue;
      const known = BUILT_IN_KINDS.find((one) => one.group === group && one.kind === kind);
      assert.deepEqual(
        [known?.plural, String(known?.namespaced)],
        [plural, columns[namespacedAt]],
        `${String(kind)} of ${apiVersion}`,
      );
      const shortNames = namespacedAt === 3 ? columns[1] : '';
      assert.equal(known?.shortNames.join(','), shortNames);
    }
  });
});

/** What is there before anybody has created anything: other suites work in namespaces and under names of their own. */
function isOfSystem(object: JsonObject): boolean {
  const namespace = stringAt(object, 'metadata', 'namespace') ?? '';
  const name = stringAt(object, 'metadata', 'name') ?? '';
  if (namespace === 'kube-system' || namespace === 'kube-public' || namespace === 'kube-node-lease') {
    return true;
  }
  return (
    namespace === '' &&
    (name.startsWith('system:') || name.startsWith('v1') || name.startsWith('kube-')) &&
    !name.includes('shop')
  );
}
