/** Every verdict on a real API server, and what comes of it. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countVerdicts } from '../../../src/operations/plan/plan.ts';
import { findDrift, type Drift } from '../../../src/operations/plan/drift.ts';
import { decodePlan, encodePlan } from '../../../src/operations/plan/plan-file.ts';
import type { JsonObject } from '../../../src/resources/json-value.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';
import { admit, definition, startWebhook } from './admission.ts';
import { itemNamed, object, rawAfterUndo, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'verdicts';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const CANARY = 'canary-of-the-plans';
const NONE: JsonObject = object({ metadata: {} });

const configMap = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, ...('labels' in more ? { labels: more.labels } : {}) },
  data: { a: 'one' },
  ...('immutable' in more ? { immutable: true } : {}),
});

describe('verdicts of a plan', function () {
  this.timeout(240_000);
  let cluster: TestCluster;
  let scene: RestoreScene;
  let webhook: Server;

  before(requirement('cluster'));
  before(async () => {
    cluster = await startCluster({ directory: await mkdtemp(path.join(tmpdir(), 'verdicts-')) });
    scene = await RestoreScene.open(cluster.kubeconfig);
    await scene.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await cluster.kubectl([
      'wait',
      '--for=create',
      'serviceaccount/default',
      '-n',
      NAMESPACE,
      '--timeout=60s',
    ]);
    webhook = await startWebhook(cluster);
    await admit(cluster, scene, (webhook.address() as AddressInfo).port, NAMESPACE);
  });
  after(async () => {
    await new Promise((resolve) => webhook.close(resolve));
    await scene.close();
    await cluster.remove();
  });

  it('are create, update with its changes, and unchanged; undo brings back what was', async () => {
    const made = [];
    for (const name of ['one', 'two', 'three']) {
      made.push(await scene.create(`${CORE}/configmaps`, configMap(name)));
    }
    const secret = { metadata: { name: 'db' }, data: { password: Buffer.from(CANARY).toString('base64') } };
    made.push(await scene.create(`${CORE}/secrets`, secret));
    await scene.remove(`${CORE}/configmaps/one`);
    await scene.merge(`${CORE}/configmaps/two`, { data: { a: 'two', more: 'kept' } }, 'editor');
    await scene.merge(`${CORE}/secrets/db`, {
      data: { password: Buffer.from(`${CANARY}-2`).toString('base64') },
    });
    const kinds = [
      ['', 'ConfigMap'],
      ['', 'Secret'],
    ] as const;
    const before = await scene.state(NAMESPACE, kinds);
    const archive = await scene.archive(made);
    const plan = await scene.plan(archive);
    assert.equal(itemNamed(plan, 'configmap/one').verdict, 'create');
    assert.equal(itemNamed(plan, 'configmap/three').verdict, 'unchanged');
    const two = itemNamed(plan, 'configmap/two');
    assert.deepEqual([two.verdict, two.how], ['update', 'proven']);
    assert.deepEqual(two.changes, [{ op: 'replace', field: 'data.a', before: '"two"', after: '"one"' }]);
    const db = itemNamed(plan, 'secret/db');
    assert.deepEqual([db.verdict, db.changes.map(({ field }) => field)], ['update', ['data.password']]);
    assert.deepEqual(decodePlan(encodePlan(plan)), plan);
    const applied = await scene.apply(archive, plan);
    assert.deepEqual(
      { created: applied.summary.counts.created, updated: applied.summary.counts.updated },
      { created: 1, updated: 2 },
    );
    const { mode } = await stat(applied.undoArchive);
    assert.equal(mode & 0o777, 0o600);
    const again = await scene.plan(archive);
    assert.equal(countVerdicts(again.items).unchanged, 4);
    const undone = await scene.undo();
    assert.equal(undone.summary.counts.failed, 0);
    const after = await scene.state(NAMESPACE, kinds);
    assert.deepEqual([...after.keys()], [...before.keys()]);
    for (const [name, live] of before) {
      assert.deepEqual(rawAfterUndo(after.get(name) ?? NONE, false), rawAfterUndo(live, false), name);
    }
    await archive.close();
    await assertNoCanary(scene.stateFolder);
  });

  it('are conflict with field and manager, or update by force', async () => {
    const made = await scene.create(`${CORE}/configmaps`, configMap('owned'));
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' }, data: { a: 'theirs' } };
    await scene.takeOver(`${CORE}/configmaps/owned`, owner, 'gitops');
    const archive = await scene.archive([made]);
    const plan = await scene.plan(archive, { conflicts: 'fail' });
    const item = itemNamed(plan, 'configmap/owned');
    assert.equal(item.verdict, 'conflict');
    assert.deepEqual(item.obstacle, { kind: 'conflict', fields: [{ field: '.data.a', manager: 'gitops' }] });
    assert.equal(
      itemNamed(await scene.plan(archive, { conflicts: 'force' }), 'configmap/owned').verdict,
      'update',
    );
    const refused = await scene.apply(archive, plan);
    assert.equal(refused.results.get(item.id)?.outcome, 'failed');
    await archive.close();
  });

  it('are immutable, recreate where that is chosen, kept and exists', async () => {
    const made = await scene.create(`${CORE}/configmaps`, configMap('fixed', { immutable: true }));
    await scene.remove(`${CORE}/configmaps/fixed`);
    await scene.create(`${CORE}/configmaps`, {
      ...configMap('fixed', { immutable: true }),
      data: { a: 'two' },
    });
    const before = await scene.state(NAMESPACE, [['', 'ConfigMap']]);
    const archive = await scene.archive([made]);
    const verdict = async (existing: 'update' | 'skip' | 'fail' | 'replace' | 'recreate'): Promise<string> =>
      itemNamed(await scene.plan(archive, { existing }), 'configmap/fixed').verdict;
    assert.equal(await verdict('update'), 'immutable');
    assert.equal(await verdict('replace'), 'immutable');
    assert.equal(await verdict('skip'), 'kept');
    assert.equal(await verdict('fail'), 'exists');
    const plan = await scene.plan(archive, { existing: 'recreate' });
    const item = itemNamed(plan, 'configmap/fixed');
    assert.deepEqual([item.verdict, item.how], ['recreate', 'derived']);
    const { results } = await scene.apply(archive, plan);
    assert.equal(results.get(item.id)?.outcome, 'recreated');
    const undone = await scene.undo();
    assert.match(undone.results.get(item.id)?.reason ?? '', /new uid/);
    const after = await scene.state(NAMESPACE, [['', 'ConfigMap']]);
    assert.deepEqual(
      rawAfterUndo(after.get('configmap/fixed') ?? NONE, true),
      rawAfterUndo(before.get('configmap/fixed') ?? NONE, true),
    );
    await archive.close();
  });

  it('are blocked by a webhook or policy, by name, and unprovable where it takes no dry runs', async () => {
    const labelled = (name: string, hook: string): JsonObject =>
      object({ ...configMap(name, { labels: { hook } }), data: { a: 'one' } });
    const archive = await scene.archive([
      labelled('denied', 'deny'),
      labelled('broken', 'broken'),
      labelled('policed', 'policy'),
      labelled('careful', 'no-dry-run'),
    ]);
    const plan = await scene.plan(archive);
    const denied = itemNamed(plan, 'configmap/denied');
    assert.deepEqual(denied.obstacle, { kind: 'blocked', by: 'deny.hooks.example.com', answered: true });
    const broken = itemNamed(plan, 'configmap/broken');
    assert.deepEqual(broken.obstacle, { kind: 'blocked', by: 'broken.hooks.example.com', answered: false });
    const policed = itemNamed(plan, 'configmap/policed');
    assert.deepEqual(policed.obstacle, { kind: 'blocked', by: 'plan-policy', answered: true });
    const careful = itemNamed(plan, 'configmap/careful');
    assert.deepEqual([careful.verdict, careful.how], ['create', 'unprovable']);
    assert.match(careful.reason, /no-dry-run\.hooks\.example\.com/);
    const { results } = await scene.apply(archive, plan);
    assert.equal(results.get(careful.id)?.outcome, 'created');
    await archive.close();
  });

  it('are missing: API, namespace and classes, unless the plan makes them', async () => {
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const objects = [
      object({
        apiVersion: 'gone.example.com/v1',
        kind: 'Thing',
        metadata: { name: 'x', namespace: NAMESPACE },
      }),
      object({ ...configMap('lost'), metadata: { name: 'lost', namespace: 'nowhere' } }),
      object({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'claim', namespace: NAMESPACE },
        spec: { ...claim, storageClassName: 'verdicts-fast' },
      }),
      object({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'in', namespace: NAMESPACE },
        spec: {
          ingressClassName: 'verdicts-none',
          defaultBackend: { service: { name: 'web', port: { number: 80 } } },
        },
      }),
      object({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'urgent', namespace: NAMESPACE },
        spec: { priorityClassName: 'verdicts-high', containers: [{ name: 'a', image: 'x' }] },
      }),
    ];
    const archive = await scene.archive(objects);
    const plan = await scene.plan(archive);
    const missing = Object.fromEntries(
      plan.items.map(({ identity, obstacle }) => [
        identity.kind,
        obstacle?.kind === 'missing' ? `${obstacle.what} ${obstacle.name}` : obstacle?.kind,
      ]),
    );
    assert.deepEqual(missing, {
      ConfigMap: 'namespace nowhere',
      PersistentVolumeClaim: 'storage-class verdicts-fast',
      Pod: 'priority-class verdicts-high',
      Thing: 'api Thing.gone.example.com/v1',
      Ingress: 'ingress-class verdicts-none',
    });
    const complete = await scene.archive([
      ...objects,
      object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'nowhere' } }),
      object({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'verdicts-high' },
        value: 10,
      }),
      object({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'verdicts-fast' },
        provisioner: 'example.com/none',
      }),
      object({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'verdicts-none' },
        spec: { controller: 'example.com/none' },
      }),
      object(definition('gone.example.com', 'Thing', 'things')),
    ]);
    const whole = await scene.plan(complete);
    assert.deepEqual(
      whole.items.filter(({ verdict }) => verdict !== 'create').map(({ id, reason }) => [id, reason]),
      [],
    );
    assert.equal(itemNamed(whole, 'configmap/lost').how, 'derived');
    assert.equal(itemNamed(whole, 'thing.gone.example.com/x').how, 'derived');
    const { summary, results } = await scene.apply(complete, whole);
    assert.equal(
      summary.counts.created,
      whole.items.length,
      JSON.stringify([...results.values()].map((r) => r.reason)),
    );
    assert.equal((await scene.undo()).summary.counts.deleted, whole.items.length);
    await Promise.all([archive.close(), complete.close()]);
  });

  it('are forbidden with the rule that is missing', async () => {
    const kubeconfig = await cluster.kubeconfigFor('planner');
    await cluster.kubectl([
      'create',
      'rolebinding',
      'planner',
      '-n',
      NAMESPACE,
      '--clusterrole=view',
      '--user=planner',
    ]);
    const archive = await scene.archive([object(configMap('denied-by-rbac'))]);
    const plan = await scene.plan(archive, {}, { access: { kubeconfig } });
    const item = itemNamed(plan, 'configmap/denied-by-rbac');
    const rule = `a Role in namespace "${NAMESPACE}" with verbs [create], apiGroups [""], resources [configmaps]`;
    assert.deepEqual(item.obstacle, { kind: 'forbidden', rule });
    await archive.close();
  });

  it('are quota where all together do not fit, first come first served', async () => {
    await scene.create('/api/v1/namespaces', { metadata: { name: 'verdicts-quota' } });
    const quota = { metadata: { name: 'few' }, spec: { hard: { 'count/secrets': '3' } } };
    await scene.create('/api/v1/namespaces/verdicts-quota/resourcequotas', quota);
    await cluster.kubectl([
      'wait',
      'resourcequota/few',
      '-n',
      'verdicts-quota',
      '--for=jsonpath={.status.used}',
      '--timeout=30s',
    ]);
    const secrets = Array.from({ length: 5 }, (_, index) =>
      object({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `s${index}`, namespace: 'verdicts-quota' },
        data: { canary: Buffer.from(CANARY).toString('base64') },
      }),
    );
    const archive = await scene.archive(secrets);
    const plan = await scene.plan(archive);
    assert.deepEqual(
      plan.items.map(({ verdict, how }) => `${verdict} ${how}`),
      ['create proven', 'create proven', 'create proven', 'quota derived', 'quota derived'],
    );
    assert.deepEqual(plan.items[4]?.obstacle, { kind: 'quota', quota: 'few', resources: ['count/secrets'] });
    const { summary } = await scene.apply(archive, plan);
    assert.deepEqual([summary.counts.created, summary.counts.failed], [3, 2]);
    await archive.close();
    await assertNoCanary(scene.stateFolder);
  });

  it('are rejected where nothing else says it, and left out by design', async () => {
    const archive = await scene.archive([
      object({ ...configMap('wrong'), data: ['not', 'a', 'map'] }),
      object({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: NAMESPACE },
      }),
    ]);
    const plan = await scene.plan(archive);
    assert.equal(itemNamed(plan, 'configmap/wrong').verdict, 'rejected');
    assert.equal(itemNamed(plan, 'serviceaccount/default').verdict, 'left-out');
    await archive.close();
  });

  it('drift: a plan is held against what is there before it is applied', async () => {
    const made = await scene.create(`${CORE}/configmaps`, configMap('moving'));
    await scene.merge(`${CORE}/configmaps/moving`, { data: { a: 'two' } });
    const archive = await scene.archive([made]);
    const plan = await scene.plan(archive);
    const drift = async (): Promise<readonly Drift[]> => {
      for await (const event of findDrift({ archive, plan, access: { kubeconfig: cluster.kubeconfig } })) {
        if (event.event === 'drift') return event.drift;
      }
      throw new Error('no end');
    };
    assert.deepEqual(await drift(), []);
    await scene.merge(`${CORE}/configmaps/moving`, { data: { a: 'three' } });
    assert.deepEqual(
      (await drift()).map(({ reason }) => reason),
      ['it has changed in the cluster'],
    );
    const { results } = await scene.apply(archive, plan);
    assert.match([...results.values()][0]?.reason ?? '', /changed since the plan/);
    await archive.close();
  });

  it('prune: only what the selection covers, and undo creates it again', async () => {
    const kept = await scene.create(`${CORE}/services`, {
      metadata: { name: 'kept' },
      spec: { ports: [{ port: 80 }] },
    });
    const archive = await scene.archive(
      [kept, object(configMap('other'))],
      [['kubernetes.selection', JSON.stringify({ namespaces: [NAMESPACE] })]],
    );
    await scene.create(`${CORE}/services`, { metadata: { name: 'extra' }, spec: { ports: [{ port: 81 }] } });
    const selecting = { selections: [`/${NAMESPACE}/_/Service`] };
    const plan = await scene.plan(archive, { prune: true }, { selecting });
    assert.deepEqual(
      plan.items.map(({ identity, verdict }) => `${identity.name} ${verdict}`),
      ['kept unchanged', 'extra delete'],
    );
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.deleted, 1);
    await assert.rejects(scene.client.text({ path: `${CORE}/services/extra` }), { status: 404 });
    await scene.undo();
    const back = await scene.client.text({ path: `${CORE}/services/extra` });
    assert.match(back, /"port":81/);
    await archive.close();
  });
});

/** No file of the folder that is not an archive holds the value of a Secret, plain or in base64. */
async function assertNoCanary(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  let looked = 0;
  for (const file of files) {
    if (!file.isFile()) continue;
    looked += 1;
    const text = await readFile(path.join(file.parentPath, file.name), 'latin1');
    for (const form of [CANARY, Buffer.from(CANARY).toString('base64').slice(0, 20)]) {
      assert.ok(!text.includes(form), `${file.name} holds ${form}`);
    }
  }
  assert.ok(looked >= 3);
}
