/** Versions that a target does not serve, converted by another real API server that serves both. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { planOptions } from '../../../src/cli/plan-options.ts';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { makePlan } from '../../../src/operations/plan/make-plan.ts';
import { mappingOfPlan, mappingTransformOf } from '../../../src/operations/transfer/mapping-transform.ts';
import { parseJson } from '../../../src/resources/json-text.ts';
import { JsonNumber, stringAt, valueAt, type JsonObject } from '../../../src/resources/json-value.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { withCode } from '../../format/expected-error.ts';
import { requirement } from '../../requirements.ts';
import { itemNamed, object, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-versions';
const SCRATCH = 'plan-versions-scratch';
const PERCENT = 55;
const NAME = 'horizontalpodautoscaler.autoscaling/web';

/** As `autoscaling/v1` has it; in v2 the percentage is a list of metrics. */
const autoscaler = (percent = PERCENT): object => ({
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: NAMESPACE, labels: { team: 'a' } },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: percent,
  },
});

interface Config {
  clusters: { name: string }[];
  users: { name: string }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
}

describe('versions that the target does not serve', function () {
  this.timeout(180_000);
  let target: TestCluster;
  let old: ClusterClient;
  let scene: RestoreScene;
  let captured: JsonObject;
  const collection = (version: string, namespace = NAMESPACE): string =>
    `/apis/autoscaling/${version}/namespaces/${namespace}/horizontalpodautoscalers`;

  before(requirement('cluster'));
  before(async () => {
    const oldCluster = await sharedCluster();
    const directory = await mkdtemp(path.join(tmpdir(), 'versions-'));
    target = await startCluster({ directory, apiserverFlags: ['--runtime-config=autoscaling/v1=false'] });
    const kubeconfig = path.join(directory, 'both.kubeconfig');
    await writeFile(kubeconfig, await bothContexts(oldCluster.kubeconfig, target.kubeconfig));
    old = await openClusterClient({ kubeconfig: oldCluster.kubeconfig });
    scene = await RestoreScene.open(kubeconfig);
    await scene.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    for (const name of [NAMESPACE, SCRATCH]) {
      const body = JSON.stringify({ metadata: { name } });
      await old.text({ method: 'POST', path: '/api/v1/namespaces', body });
    }
    const body = JSON.stringify(autoscaler());
    captured = parseJson(await old.text({ method: 'POST', path: collection('v1'), body })) as JsonObject;
  });
  after(async () => {
    for (const name of [NAMESPACE, SCRATCH]) {
      await old.text({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    }
    await Promise.all([old.close(), scene.close()]);
    await target.remove();
  });

  /** One file of two clusters; the target is the current one. */
  async function bothContexts(oldFile: string, newFile: string): Promise<string> {
    const files = { old: oldFile, new: newFile };
    const config: Config = { clusters: [], users: [], contexts: [] };
    for (const [name, file] of Object.entries(files)) {
      const one = parse(await readFile(file, 'utf8')) as Config;
      config.clusters.push({ ...one.clusters[0], name });
      config.users.push({ ...one.users[0], name });
      config.contexts.push({ name, context: { cluster: name, user: name } });
    }
    return stringify({ apiVersion: 'v1', kind: 'Config', ...config, 'current-context': 'new' });
  }

  const utilization = async (namespace = NAMESPACE): Promise<unknown> => {
    const live = parseJson(await scene.client.text({ path: `${collection('v2', namespace)}/web` }));
    const value = valueAt(live, 'spec', 'metrics', 0, 'resource', 'target', 'averageUtilization');
    return value instanceof JsonNumber ? value.toNumber() : value;
  };

  it('are reported with those that it does, and with what to do', async () => {
    const archive = await scene.archive([captured]);
    const { obstacle, reason } = itemNamed(await scene.plan(archive), NAME);
    assert.deepEqual(obstacle, {
      kind: 'missing',
      what: 'api',
      name: 'HorizontalPodAutoscaler.autoscaling/v1',
    });
    assert.equal(
      reason,
      'the cluster does not serve HorizontalPodAutoscaler of autoscaling/v1: it serves autoscaling/v2, whose fields differ; name a cluster that serves both with --convert-with, or write the object anew in that version',
    );
    await archive.close();
  });

  it('are read in another one where the object is still as it was captured', async () => {
    const archive = await scene.archive([captured]);
    const plan = await scene.plan(archive, { convertWith: 'k8s://old' });
    const item = itemNamed(plan, NAME);
    assert.deepEqual([item.verdict, item.how], ['create', 'proven']);
    assert.match(
      item.notes.join(),
      /^converted to autoscaling\/v2, which the cluster serves, where it is as/,
    );
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 1);
    assert.equal(await utilization(), PERCENT);
    assert.equal(itemNamed(await scene.plan(archive, plan.options), NAME).verdict, 'unchanged');
    // A change, and back: what is there is in the version that the target serves.
    await scene.merge(`${collection('v2')}/web`, { spec: { maxReplicas: 9 } });
    const update = await scene.plan(archive, plan.options);
    assert.deepEqual(itemNamed(update, NAME).changes, [
      { op: 'replace', field: 'spec.maxReplicas', before: '9', after: '5' },
    ]);
    await scene.apply(archive, update);
    assert.equal((await scene.undo()).summary.counts.updated, 1);
    await scene.remove(`${collection('v2')}/web`);
    await archive.close();
  });

  it('are converted by a copy that is taken away again, in a namespace that somebody named', async () => {
    const changed = object(autoscaler(77));
    const archive = await scene.archive([changed]);
    const without = itemNamed(await scene.plan(archive, { convertWith: 'k8s://old' }), NAME);
    assert.equal(without.verdict, 'missing');
    assert.match(
      without.reason,
      /not converted: k8s:\/\/old does not have it as it was captured; name a namespace/,
    );
    const plan = await scene.plan(archive, { convertWith: `k8s://old/${SCRATCH}` });
    const item = itemNamed(plan, NAME);
    assert.deepEqual([item.verdict, item.how], ['create', 'proven']);
    assert.match(item.notes.join(), new RegExp(`by a copy in namespace ${SCRATCH} of https:`));
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 1);
    assert.equal(await utilization(), 77);
    const live = parseJson(await scene.client.text({ path: `${collection('v2')}/web` }));
    assert.equal(stringAt(live, 'metadata', 'labels', 'team'), 'a');
    const left = (await old.json({ path: collection('v1', SCRATCH) })) as { items: unknown[] };
    assert.deepEqual(left.items, []);
    assert.equal((await scene.undo()).summary.counts.deleted, 1);
    await archive.close();
  });

  it('leave no copy behind where a plan is cancelled', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `web-${index}`);
    const archive = await scene.archive(
      names.map((name) => object({ ...autoscaler(), metadata: { name, namespace: NAMESPACE } })),
    );
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    const abort = new AbortController();
    const events = makePlan({
      archive,
      snapshot,
      selection: { selections: [] },
      target: 'k8s://',
      access: { kubeconfig: scene.kubeconfig },
      options: { convertWith: `k8s://old/${SCRATCH}` },
      signal: abort.signal,
    });
    const copies = async (): Promise<number> =>
      ((await old.json({ path: collection('v1', SCRATCH) })) as { items: unknown[] }).items.length;
    const seen = (async () => {
      while (!abort.signal.aborted) if ((await copies()) > 0) abort.abort();
    })();
    await assert
      .rejects(async () => {
        for await (const event of events) assert.notEqual(event.event, 'planned');
      }, withCode('CANCELLED'))
      .finally(() => abort.abort());
    await seen;
    assert.equal(await copies(), 0);
    await archive.close();
  });

  it('are converted before names are mapped', async () => {
    const archive = await scene.archive([captured]);
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    const mapping = mappingOfPlan({ namespaces: { [NAMESPACE]: 'default' } });
    const selecting = { selections: [] };
    const transform = await mappingTransformOf(snapshot, selecting, mapping, AbortSignal.timeout(60_000));
    const options = { convertWith: 'k8s://old' };
    const plan = await scene.plan(archive, options, { transform, selecting });
    assert.equal(itemNamed(plan, NAME).identity.namespace, 'default');
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 1);
    assert.equal(await utilization('default'), PERCENT);
    assert.equal((await scene.undo()).summary.counts.deleted, 1);
    await archive.close();
  });

  it('say why nobody could convert them', async () => {
    const unknown = object({ ...autoscaler(), apiVersion: 'autoscaling/v2beta9' });
    const archive = await scene.archive([unknown]);
    const reasonWith = async (convertWith: string): Promise<string> => {
      const { verdict, reason } = itemNamed(await scene.plan(archive, { convertWith }), NAME);
      assert.equal(verdict, 'missing');
      return reason;
    };
    assert.match(await reasonWith('k8s://old'), /k8s:\/\/old does not serve autoscaling\/v2beta9 either/);
    assert.match(await reasonWith('k8s://nowhere'), /not converted: .*nowhere/);
    await archive.close();
    assert.throws(() => planOptions({ convertWith: 'old' }), withCode('USAGE'));
    assert.throws(() => planOptions({ convertWith: 'k8s://' }), withCode('USAGE'));
    assert.equal(planOptions({ convertWith: 'k8s://old' }).convertWith, 'k8s://old');
  });
});
