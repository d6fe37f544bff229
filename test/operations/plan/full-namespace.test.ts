/** A namespace whose quota is full: what is deleted makes room for what is created in its stead, in a moment. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../src/resources/json-value.ts';
import type { TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { type Finished, object, rawAfterUndo, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-full';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const COUNT = 6;

describe('a namespace whose quota is full', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let scene: RestoreScene;
  const captured: JsonObject[] = [];

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    scene = await RestoreScene.inNamespace(cluster, NAMESPACE);
    const fixed = (index: number, a: string): object => ({
      metadata: { name: `fixed-${index}` },
      data: { a },
      immutable: true,
    });
    for (let index = 0; index < COUNT; index++) {
      captured.push(await scene.create(`${CORE}/secrets`, fixed(index, 'b25l')));
      await scene.remove(`${CORE}/secrets/fixed-${index}`);
      await scene.create(`${CORE}/secrets`, fixed(index, 'dHdv'));
    }
    const spec = { hard: { 'count/secrets': String(COUNT) } };
    await scene.create(`${CORE}/resourcequotas`, { metadata: { name: 'full' }, spec });
    const used = `--for=jsonpath={.status.used.count/secrets}=${COUNT}`;
    await cluster.kubectl(['wait', 'resourcequota/full', '-n', NAMESPACE, used, '--timeout=60s']);
  });
  after(async () => {
    await scene.close();
  });

  it('takes what is created again, also where room comes late, and takes it back', async () => {
    const state = (): Promise<Map<string, JsonObject>> => scene.state(NAMESPACE, [['', 'Secret']]);
    const before = await state();
    const archive = await scene.archive(captured);
    const plan = await scene.plan(archive, { existing: 'recreate' });
    assert.deepEqual(
      plan.items.map(({ verdict }) => verdict),
      captured.map(() => 'recreate'),
    );
    const applied = await whileFull(() => scene.apply(archive, plan));
    assert.equal(applied.summary.counts.recreated, COUNT, reasonsOf(applied));
    const undone = await whileFull(() => scene.undo(applied.summary.restoreId));
    assert.equal(undone.summary.counts.recreated, COUNT, reasonsOf(undone));
    const after = await state();
    for (const [name, live] of before) {
      assert.deepEqual(rawAfterUndo(after.get(name) ?? object({}), true), rawAfterUndo(live, true), name);
    }
    await archive.close();
  });

  /** Runs `work` in a namespace that has no room for anything until something was refused, as if quotas were counted slowly. */
  async function whileFull(work: () => Promise<Finished>): Promise<Finished> {
    await setHard(0);
    const working = work();
    const ended = working.then(
      () => true,
      () => true,
    );
    const hasAll = async (): Promise<boolean> =>
      (await scene.state(NAMESPACE, [['', 'Secret']])).size === COUNT;
    while (!(await Promise.race([ended, sleep(20, false)])) && (await hasAll()));
    // What was deleted is not there again at once: its create was refused.
    await sleep(500);
    await setHard(COUNT);
    return working;
  }

  async function setHard(count: number): Promise<void> {
    await scene.merge(`${CORE}/resourcequotas/full`, { spec: { hard: { 'count/secrets': String(count) } } });
    const hard = `--for=jsonpath={.status.hard.count/secrets}=${count}`;
    await cluster.kubectl(['wait', 'resourcequota/full', '-n', NAMESPACE, hard, '--timeout=60s']);
  }
});

function reasonsOf({ results }: Finished): string {
  return [...results.values()]
    .map(({ item, outcome, reason }) => `${item.id} ${outcome} ${reason}`)
    .join('\n');
}
