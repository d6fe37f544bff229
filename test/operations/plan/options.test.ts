/** What the options of a plan do on a real API server. */
import assert from 'node:assert/strict';
import type { PlanItem, PlanOptions } from '../../../src/operations/plan/plan.ts';
import { arrayAt, stringAt, valueAt, type JsonObject } from '../../../src/resources/json-value.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { definition } from './admission.ts';
import { itemNamed, object, rawAfterUndo, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-options';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const GROUP = 'plan-options.example.com';
const GAUGES = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/gauges`;
const HOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
/** Anything goes, and status has an endpoint of its own. */
const GAUGE = definition(GROUP, 'Gauge', 'gauges', {
  schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  hasStatus: true,
});

const configMap = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, ...more },
  data: { a: 'one' },
});

describe('options of a plan', function () {
  this.timeout(120_000);
  let scene: RestoreScene;
  let certificate: string;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    scene = await RestoreScene.inNamespace(cluster, NAMESPACE);
    await scene.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', GAUGE);
    await cluster.kubectl(['wait', '--for=condition=Established', `crd/gauges.${GROUP}`, '--timeout=30s']);
    // The kind is served a moment after it is established.
    await cluster.kubectl(['wait', `--for=jsonpath={.metadata.name}=${NAMESPACE}`, `ns/${NAMESPACE}`]);
    const root = await scene.read(`${CORE}/configmaps/kube-root-ca.crt`);
    certificate = Buffer.from(stringAt(root, 'data', 'ca.crt') ?? '').toString('base64');
  });
  after(async () => {
    await scene.remove(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gauges.${GROUP}`);
    await scene.close();
  });

  /** Restores one object. @returns what was planned, and the object as it is then; undone after `look` */
  async function restored<T>(
    captured: JsonObject,
    path: string,
    options: Partial<PlanOptions>,
    look: (now: JsonObject, item: PlanItem) => T | Promise<T>,
  ): Promise<T> {
    const archive = await scene.archive([captured]);
    try {
      const plan = await scene.plan(archive, options);
      const [item] = plan.items;
      assert.ok(item);
      const { results, summary } = await scene.apply(archive, plan);
      const result = results.get(item.id);
      assert.deepEqual([result?.reason, result?.notes], ['', []], item.verdict);
      const looked = await look(await scene.read(path), item);
      const undone = await scene.undo(summary.restoreId);
      assert.equal(undone.summary.counts.failed, 0, JSON.stringify([...undone.results.values()]));
      return looked;
    } finally {
      await archive.close();
    }
  }

  /** A gauge whose status is as given. */
  async function gauge(name: string, status: object): Promise<JsonObject> {
    const made = await scene.create(GAUGES, {
      apiVersion: `${GROUP}/v1`,
      kind: 'Gauge',
      metadata: { name },
      spec: { size: 1 },
    });
    assert.equal(valueAt(made, 'status'), undefined);
    return setStatus(name, status);
  }

  async function setStatus(name: string, status: object): Promise<JsonObject> {
    await scene.merge(`${GAUGES}/${name}/status`, { status }, 'gauger');
    return scene.read(`${GAUGES}/${name}`);
  }

  const phase = (now: JsonObject): string | undefined => stringAt(now, 'status', 'phase');

  it('status: through its subresource, only where it is asked for', async () => {
    const captured = await gauge('gone', { phase: 'Measured', seen: ['a', 'b'] });
    await scene.remove(`${GAUGES}/gone`);
    assert.equal(await restored(captured, `${GAUGES}/gone`, {}, phase), undefined);
    const status = await restored(captured, `${GAUGES}/gone`, { status: true }, (now) => now.get('status'));
    assert.deepEqual(status, captured.get('status'));
    await assert.rejects(scene.read(`${GAUGES}/gone`), { status: 404 });
  });

  it('status: of an object that is there too; undo brings the other one back', async () => {
    const captured = await gauge('there', { phase: 'Measured' });
    const before = await setStatus('there', { phase: 'Lost', more: 'than was captured' });
    const path = `${GAUGES}/there`;
    assert.equal(
      await restored(captured, path, {}, (now, { verdict }) => `${verdict} ${phase(now)}`),
      'unchanged Lost',
    );
    const shown = await restored(captured, path, { status: true }, (now, { verdict, changes }) => [
      verdict,
      phase(now),
      changes.map(({ field }) => field),
    ]);
    assert.deepEqual(shown, ['update', 'Measured', ['status.phase']]);
    assert.deepEqual(rawAfterUndo(await scene.read(path), false, false), rawAfterUndo(before, false, false));
  });

  it('managed fields: who owned what is kept, or everything is the restore’s', async () => {
    await scene.create(`${CORE}/configmaps`, configMap('owned'), 'author');
    await scene.takeOver(
      `${CORE}/configmaps/owned`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' }, data: { b: 'two' } },
      'gitops',
    );
    const captured = await scene.read(`${CORE}/configmaps/owned`);
    await scene.remove(`${CORE}/configmaps/owned`);
    const path = `${CORE}/configmaps/owned`;
    const books = (now: JsonObject): string[] =>
      arrayAt(now, 'metadata', 'managedFields').map(
        (entry) => `${stringAt(entry, 'manager') ?? ''} ${stringAt(entry, 'operation') ?? ''}`,
      );
    assert.deepEqual(await restored(captured, path, {}, books), ['ptar Update']);
    assert.deepEqual(await restored(captured, path, { managedFields: true }, books), books(captured));
    assert.deepEqual(books(captured).sort(), ['author Update', 'gitops Apply']);
    await restored(captured, path, { managedFields: true }, (now) => {
      const [was, is] = [captured, now].map((one) => valueAt(one, 'metadata', 'managedFields'));
      assert.deepEqual(is, was);
    });
  });

  it('finalizers: are there again, or left out', async () => {
    const finalizers = [`${GROUP}/hold`];
    const captured = object(configMap('held', { finalizers }));
    const path = `${CORE}/configmaps/held`;
    const kept = await restored(captured, path, {}, async (now) => {
      await scene.merge(path, { metadata: { finalizers: null } }, 'releaser');
      return arrayAt(now, 'metadata', 'finalizers');
    });
    assert.deepEqual(kept, finalizers);
    const dropped = await restored(captured, path, { dropFinalizers: true }, (now) =>
      arrayAt(now, 'metadata', 'finalizers'),
    );
    assert.deepEqual(dropped, []);
  });

  it('CA bundles: are there again, or left for who injects them', async () => {
    const name = 'plan-options';
    const captured = object({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: `none.${GROUP}`,
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { service: { name: 'hook', namespace: NAMESPACE }, caBundle: certificate },
          rules: [{ apiGroups: [GROUP], apiVersions: ['v1'], resources: ['none'], operations: ['CREATE'] }],
        },
      ],
    });
    const bundle = (now: JsonObject): string | undefined =>
      stringAt(now, 'webhooks', 0, 'clientConfig', 'caBundle');
    assert.equal(await restored(captured, `${HOOKS}/${name}`, {}, bundle), certificate);
    assert.equal(await restored(captured, `${HOOKS}/${name}`, { dropCaBundles: true }, bundle), undefined);
  });

  it('a stand-in: what only the API server can refuse shows before the namespace is there', async () => {
    const fresh = `${NAMESPACE}-fresh`;
    const deployment = (name: string, label: string): JsonObject =>
      object({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace: fresh },
        spec: {
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: label } },
            spec: { containers: [{ name: 'a', image: 'example.com/a:1' }] },
          },
        },
      });
    const archive = await scene.archive([
      object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: fresh } }),
      deployment('good', 'good'),
      deployment('bad', 'other'),
    ]);
    try {
      const blind = await scene.plan(archive);
      assert.equal(itemNamed(blind, 'deployment.apps/bad').verdict, 'create');
      const seen = await scene.plan(archive, { standIn: NAMESPACE });
      const [good, bad] = ['good', 'bad'].map((name) => itemNamed(seen, `deployment.apps/${name}`));
      assert.deepEqual([good?.verdict, good?.how], ['create', 'derived']);
      assert.match(good?.reason ?? '', /tried in namespace plan-options$/);
      assert.deepEqual([bad?.verdict, bad?.how], ['rejected', 'derived']);
      assert.match(bad?.reason ?? '', /spec\.template\.metadata\.labels/);
      await assert.rejects(scene.read(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/good`), {
        status: 404,
      });
      const { results, summary } = await scene.apply(archive, seen);
      assert.equal(results.get(good?.id ?? '')?.outcome, 'created');
      assert.equal((await scene.undo(summary.restoreId)).summary.counts.deleted, 2);
    } finally {
      await archive.close();
    }
  });
});
