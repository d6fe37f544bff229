/** What a plan says of quotas, held against what controllers then make on a real API server. */
import assert from 'node:assert/strict';
import type { Plan } from '../../../src/operations/plan/plan.ts';
import { decodePlan, encodePlan } from '../../../src/operations/plan/plan-file.ts';
import type { TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { itemNamed, object, RestoreScene } from './restore-scene.ts';

/** Another for each test: none waits until that of the one before is gone. */
let namespace = '';
let count = 0;

const labels = (name: string): object => ({ labels: { app: name } });
const template = (name: string, spec: object = {}): object => ({
  metadata: labels(name),
  spec: { containers: [{ name: 'a', image: 'x' }], ...spec },
});
const asking = (cpu: string): object => ({
  containers: [{ name: 'a', image: 'x', resources: { requests: { cpu } } }],
});
const workload = (
  kind: string,
  name: string,
  replicas: number,
  spec: object = {},
  more: object = {},
): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: template(name, spec),
    ...more,
  },
});

describe('quotas and what controllers make', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let scene: RestoreScene;

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    scene = await RestoreScene.open(cluster.kubeconfig);
  });
  after(() => scene.close());
  beforeEach(async () => {
    count += 1;
    namespace = `planned-quotas-${count}`;
    await scene.create('/api/v1/namespaces', { metadata: { name: namespace } });
    await cluster.kubectl(['wait', '--for=create', 'sa/default', '-n', namespace, '--timeout=60s']);
  });
  afterEach(async () => {
    await scene.remove(`/api/v1/namespaces/${namespace}`);
  });

  async function limit(name: string, spec: object): Promise<void> {
    await scene.create(`/api/v1/namespaces/${namespace}/resourcequotas`, { metadata: { name }, spec });
    const used = '--for=jsonpath={.status.used}';
    await cluster.kubectl(['wait', `resourcequota/${name}`, '-n', namespace, used, '--timeout=30s']);
  }

  /** Plans, applies and waits until what is `refused` says so. */
  async function restore(objects: readonly object[], refused: readonly string[]): Promise<Plan> {
    const archive = await scene.archive(objects.map(object));
    const plan = await scene.plan(archive);
    assert.deepEqual(decodePlan(encodePlan(plan)), plan);
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, objects.length);
    for (const name of refused) {
      const condition = `--for=condition=ReplicaFailure`;
      await cluster.kubectl(['wait', name, '-n', namespace, condition, '--timeout=60s']);
    }
    await archive.close();
    return plan;
  }

  async function podsOf(name: string): Promise<number> {
    const list = await cluster.kubectl(['get', 'pods', '-n', namespace, '-l', `app=${name}`, '-o', 'name']);
    return list.split('\n').filter((line) => line !== '').length;
  }

  it('foretell how many Pods of a Deployment have room', async () => {
    await limit('few', { hard: { pods: '3' } });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'alone', namespace },
      spec: asking('1m'),
    };
    const plan = await restore([pod, workload('Deployment', 'web', 5)], ['deployment/web']);
    const web = itemNamed(plan, 'deployment.apps/web');
    assert.deepEqual([web.verdict, web.how], ['create', 'proven']);
    assert.deepEqual(web.notes, ['ResourceQuota few has room for 2 of its 5 Pods: pods']);
    assert.deepEqual(plan.warnings, [
      {
        kind: 'quota',
        how: 'derived',
        by: 'few',
        items: [web.id],
        reason: `ResourceQuota few in namespace ${namespace} has no room for all that 1 workload will make: pods`,
      },
    ]);
    assert.equal(await podsOf('web'), 2);
    // The same again: nothing is added.
    const archive = await scene.archive([object(workload('Deployment', 'web', 5))]);
    assert.deepEqual((await scene.plan(archive)).warnings, []);
    await archive.close();
  });

  it('count what LimitRanges add, and Pods that say nothing', async () => {
    await limit('cpu', { hard: { 'requests.cpu': '1' } });
    const plan = await restore([workload('Deployment', 'silent', 2)], ['deployment/silent']);
    assert.deepEqual(itemNamed(plan, 'deployment.apps/silent').notes, [
      'ResourceQuota cpu takes no Pod that does not say requests.cpu, and its own do not',
    ]);
    assert.equal(await podsOf('silent'), 0);
    await scene.remove(`/apis/apps/v1/namespaces/${namespace}/deployments/silent`);
    const range = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'defaults', namespace },
      spec: { limits: [{ type: 'Container', max: { cpu: '300m' } }] },
    };
    const again = await restore([range, workload('Deployment', 'web', 5)], ['deployment/web']);
    assert.deepEqual(itemNamed(again, 'deployment.apps/web').notes, [
      'ResourceQuota cpu has room for 3 of its 5 Pods: requests.cpu',
    ]);
    assert.equal(await podsOf('web'), 3);
  });

  it('count in a scope only the Pods that are in it', async () => {
    await limit('best-effort', { hard: { pods: '1' }, scopes: ['BestEffort'] });
    await limit('deadlines', { hard: { pods: '0' }, scopes: ['Terminating'] });
    const plan = await restore(
      [
        workload('Deployment', 'asking', 3, asking('1m')),
        workload('Deployment', 'silent', 3),
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'alone', namespace },
          spec: asking('1m'),
        },
      ],
      ['deployment/silent'],
    );
    assert.deepEqual(itemNamed(plan, 'deployment.apps/asking').notes, []);
    assert.deepEqual(itemNamed(plan, 'deployment.apps/silent').notes, [
      'ResourceQuota best-effort has room for 1 of its 3 Pods: pods',
    ]);
    assert.deepEqual(
      plan.warnings.map(({ by }) => by),
      ['best-effort'],
    );
    assert.equal(await podsOf('silent'), 1);
    await cluster.kubectl([
      'wait',
      'deployment/asking',
      '-n',
      namespace,
      '--for=jsonpath={.status.replicas}=3',
      '--timeout=30s',
    ]);
  });

  it('count claims of StatefulSets that the plan does not have, and what an update adds', async () => {
    await limit('claims', { hard: { persistentvolumeclaims: '2', pods: '9' } });
    const claim = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'none',
      resources: { requests: { storage: '1Gi' } },
    };
    const set = (replicas: number): object =>
      workload(
        'StatefulSet',
        'db',
        replicas,
        {},
        {
          serviceName: 'db',
          podManagementPolicy: 'Parallel',
          volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
        },
      );
    const first = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-db-0', namespace },
      spec: claim,
    };
    const archive = await scene.archive([object(first), object(set(4))]);
    const plan = await scene.plan(archive, { allowMissingClasses: true });
    assert.deepEqual(
      itemNamed(plan, 'statefulset.apps/db').notes.filter((note) => note.startsWith('ResourceQuota')),
      ['ResourceQuota claims has room for 1 of its 3 PersistentVolumeClaims: persistentvolumeclaims'],
    );
    await archive.close();
    await scene.create(`/apis/apps/v1/namespaces/${namespace}/statefulsets`, set(2));
    const claims = '--for=jsonpath={.status.used.persistentvolumeclaims}=2';
    await cluster.kubectl(['wait', 'resourcequota/claims', '-n', namespace, claims, '--timeout=30s']);
    const grown = await scene.archive([object(set(3))]);
    const update = itemNamed(await scene.plan(grown, { allowMissingClasses: true }), 'statefulset.apps/db');
    assert.equal(update.verdict, 'update');
    assert.deepEqual(
      update.notes.filter((note) => note.startsWith('ResourceQuota')),
      ['ResourceQuota claims has room for 0 of its 1 PersistentVolumeClaim: persistentvolumeclaims'],
    );
    await grown.close();
  });

  it('of the plan itself count too, in a namespace that it makes', async () => {
    const fresh = `${namespace}-fresh`;
    const inside = (plain: object): object => ({
      ...plain,
      metadata: { ...(plain as { metadata: object }).metadata, namespace: fresh },
    });
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' } };
    const archive = await scene.archive(
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fresh } },
        inside({ ...quota, spec: { hard: { 'requests.cpu': '1' } } }),
        inside(workload('Deployment', 'web', 5, asking('400m'))),
        inside({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'silent' },
          spec: (template('x') as { spec: object }).spec,
        }),
      ].map(object),
    );
    const plan = await scene.plan(archive);
    assert.deepEqual(itemNamed(plan, 'deployment.apps/web').notes, [
      'ResourceQuota few has room for 2 of its 5 Pods: requests.cpu',
    ]);
    const { verdict, how, reason } = itemNamed(plan, 'pod/silent');
    assert.deepEqual([verdict, how], ['quota', 'derived']);
    assert.equal(reason, 'ResourceQuota few takes only Pods that say what they need: requests.cpu');
    await archive.close();
  });
});
