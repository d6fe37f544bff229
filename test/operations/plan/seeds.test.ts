/**
 * Random clusters: whatever a plan says of an object, proven or derived, is what happens to it; then a plan finds nothing left to do, and
 * an undo brings back what was, compared raw. `PTAR_SEEDS=200` runs that many, `PTAR_SEED_FIRST` begins elsewhere; the verdicts are
 * counted and printed, and with 200 seeds or more each has to be reached.
 */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllerOwner } from '../../../src/operations/diff-churn.ts';
import {
  isObstructed,
  isWriting,
  type PlanOptions,
  type Verdict,
} from '../../../src/operations/plan/plan.ts';
import type { Outcome } from '../../../src/operations/plan/restore-events.ts';
import type { JsonObject } from '../../../src/resources/json-value.ts';
import { splitApiVersion } from '../../../src/resources/object-path.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { Random } from '../../fuzz/random.ts';
import { requirement } from '../../requirements.ts';
import { admit, definition, startWebhook } from './admission.ts';
import { addSurplus, makeRandomCluster } from './random-cluster.ts';
import { RANDOM_KINDS, SEED_GROUP } from './random-objects.ts';
import { object, rawAfterUndo, RestoreScene } from './restore-scene.ts';
import { VerdictTally } from './verdict-tally.ts';

const SEEDS = Number(process.env['PTAR_SEEDS'] ?? 4);
const FIRST = Number(process.env['PTAR_SEED_FIRST'] ?? 1);
const SEEDS_COMPLETE = 200;
const SEED_LIMIT_MS = 120_000;
/** The more that can come of them, the more often. */
const POLICIES = ['update', 'update', 'replace', 'replace', 'recreate', 'recreate', 'skip', 'fail'] as const;
const OUTCOMES: Readonly<Record<Verdict, Outcome>> = {
  create: 'created',
  update: 'updated',
  recreate: 'recreated',
  delete: 'deleted',
  unchanged: 'unchanged',
  kept: 'skipped',
  'left-out': 'skipped',
  conflict: 'failed',
  immutable: 'failed',
  exists: 'failed',
  blocked: 'failed',
  missing: 'failed',
  forbidden: 'failed',
  quota: 'failed',
  rejected: 'failed',
};
const KINDS = [
  ...new Map(
    RANDOM_KINDS.map(({ apiVersion, kind }) => [
      `${kind}.${apiVersion}`,
      [splitApiVersion(apiVersion).group, kind] as const,
    ]),
  ).values(),
];
const NONE = object({ metadata: {} });

describe('random clusters', function () {
  this.timeout(SEED_LIMIT_MS + SEEDS * SEED_LIMIT_MS);
  let cluster: TestCluster;
  let scene: RestoreScene;
  let webhook: Server;
  let limited: string;
  const tally = new VerdictTally();

  before(requirement('cluster'));
  before(async () => {
    cluster = await startCluster({ directory: await mkdtemp(path.join(tmpdir(), 'seeds-')) });
    scene = await RestoreScene.open(cluster.kubeconfig);
    webhook = await startWebhook(cluster);
    await admit(cluster, scene, (webhook.address() as AddressInfo).port, 'default');
    await scene.create(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      definition(SEED_GROUP, 'Seed', 'seeds'),
    );
    await cluster.kubectl([
      'wait',
      '--for=condition=Established',
      `crd/seeds.${SEED_GROUP}`,
      '--timeout=30s',
    ]);
    await sleep(1_000);
    limited = await limitedKubeconfig(cluster, scene);
  });
  after(async () => {
    await new Promise((resolve) => webhook.close(resolve));
    await scene.close();
    await cluster.remove();
  });

  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    it(`do what was planned: seed ${seed}`, async () => {
      const random = new Random(seed);
      const { namespace, captured } = await makeRandomCluster(scene, random, seed);
      const options: Partial<PlanOptions> = {
        existing: random.pick(POLICIES),
        conflicts: random.pick(['fail', 'force'] as const),
        prune: random.below(3) === 0,
        managedFields: random.below(4) === 0,
      };
      const isLimited = random.below(4) === 0;
      const kubeconfig = isLimited ? limited : cluster.kubeconfig;
      if (options.prune === true) await addSurplus(scene, random, namespace, captured);
      const hasStatus = random.below(4) === 0;
      const context = [['kubernetes.selection', '{}']] as const;
      const archive = await scene.archive(captured, context);
      try {
        const before = await stateOf(namespace);
        const chosen = { ...options, status: hasStatus };
        const plan = await scene.plan(archive, chosen, { access: { kubeconfig } });
        tally.add(plan);
        const applied = await scene.apply(archive, plan, kubeconfig);
        for (const item of plan.items) {
          if (item.how === 'unprovable') continue;
          const result = applied.results.get(item.id);
          const said = `${item.id}: ${item.verdict} (${item.how}) became ${result?.outcome ?? 'nothing'}: ${result?.reason ?? ''}`;
          assert.equal(result?.outcome, OUTCOMES[item.verdict], said);
        }
        const again = await scene.plan(archive, {}, { access: { kubeconfig } });
        const written = new Set(plan.items.filter(({ verdict }) => verdict !== 'delete').map(({ id }) => id));
        // Room that a deletion made: what would be created now is waited for by what it owns.
        const created = new Set(again.items.filter(isWriting).map(({ id }) => id));
        for (const item of again.items) {
          if (item.dependsOn.some((id) => created.has(id))) continue;
          const was = plan.items.find(({ id }) => id === item.id);
          if (was === undefined || !written.has(item.id) || isObstructed(was) || was.how === 'unprovable') {
            continue;
          }
          if (was.verdict === 'kept' || was.verdict === 'left-out' || isObstructed(item)) continue;
          assert.equal(
            item.verdict,
            'unchanged',
            `${item.id} after ${was.verdict}: ${JSON.stringify(item.changes)}`,
          );
        }
        const undone = await scene.undo(applied.summary.restoreId);
        const failures = [...undone.results.values()].filter(({ outcome }) => outcome === 'failed');
        assert.deepEqual(
          failures.map(({ item, reason }) => `${item.id}: ${reason}`),
          [],
        );
        const after = await stateOf(namespace);
        assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
        for (const [name, live] of before) {
          // What controllers made of an object that was created again, they made again.
          if (controllerOwner(live) !== undefined) continue;
          const [uid, uidNow] = [live, after.get(name) ?? NONE].map((one) =>
            (one.get('metadata') as Map<string, unknown>).get('uid'),
          );
          const isRecreated = uid !== uidNow;
          assert.deepEqual(
            rawAfterUndo(after.get(name) ?? NONE, isRecreated),
            rawAfterUndo(live, isRecreated),
            name,
          );
          if (isRecreated) {
            const said = [...undone.results.values()].some(
              ({ item, outcome }) => outcome === 'recreated' && name.endsWith(`/${item.identity.name}`),
            );
            assert.ok(said, `${name} has a new uid, and nobody says so`);
          }
        }
      } finally {
        await archive.close();
        await cleanUp(namespace);
      }
    });
  }

  it('reach the verdicts', () => {
    const lines = [`${SEEDS} seeds, ${tally.kinds.size} kinds`, ...tally.table.split('\n')];
    process.stdout.write(lines.map((line) => `      ${line}\n`).join(''));
    tally.assertProvable();
    if (SEEDS >= SEEDS_COMPLETE) tally.assertComplete();
  });

  /** Objects of the namespace, and the cluster-scoped ones of its seed. */
  async function stateOf(namespace: string): Promise<Map<string, JsonObject>> {
    const state = await scene.state(namespace, KINDS);
    for (const name of state.keys()) {
      const own = name.slice(name.indexOf('/') + 1);
      if (!own.startsWith(`${namespace}-`)) state.delete(name);
    }
    return state;
  }

  async function cleanUp(namespace: string): Promise<void> {
    for (const { apiVersion, plural } of RANDOM_KINDS.filter((one) => !one.namespaced)) {
      const base = `/apis/${apiVersion}/${plural}`;
      const list = (await scene.client.json({ path: base })) as { items: { metadata: { name: string } }[] };
      for (const { metadata } of list.items) {
        if (metadata.name.startsWith(`${namespace}-`)) await scene.remove(`${base}/${metadata.name}`);
      }
    }
    await scene.remove(`/api/v1/namespaces/${namespace}`);
  }
});

/** Somebody who may do everything but with Secrets, roles and budgets. */
async function limitedKubeconfig(cluster: TestCluster, scene: RestoreScene): Promise<string> {
  const groups =
    'apps batch networking.k8s.io autoscaling storage.k8s.io scheduling.k8s.io apiextensions.k8s.io';
  const core =
    'namespaces configmaps services serviceaccounts pods persistentvolumeclaims persistentvolumes limitranges resourcequotas replicationcontrollers podtemplates';
  await scene.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'plan-limited' },
    rules: [
      { apiGroups: [...groups.split(' '), SEED_GROUP], resources: ['*'], verbs: ['*'] },
      { apiGroups: [''], resources: core.split(' '), verbs: ['*'] },
    ],
  });
  await cluster.kubectl([
    'create',
    'clusterrolebinding',
    'plan-limited',
    '--clusterrole=plan-limited',
    '--user=limited',
  ]);
  return cluster.kubeconfigFor('limited');
}
