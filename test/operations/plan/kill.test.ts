/**
 * A restore that is killed between any two of its steps can be resumed, and undone, and undone without being resumed. Every ninth point is
 * tried; `PTAR_KILLS=all` tries all of them.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArchiveReader } from '../../../src/format/index.ts';
import { encodePlan } from '../../../src/operations/plan/plan-file.ts';
import { countVerdicts } from '../../../src/operations/plan/plan.ts';
import { resumeRestore } from '../../../src/operations/plan/resume.ts';
import { rememberedRestores } from '../../../src/operations/plan/undo.ts';
import type { JsonObject } from '../../../src/resources/json-value.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { finished, object, rawAfterUndo, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-kill';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const KINDS = [
  ['', 'ConfigMap'],
  ['', 'Secret'],
] as const;
const POINTS_MAX = 200;
const STEP = process.env['PTAR_KILLS'] === 'all' ? 1 : 9;

describe('a restore that is killed', function () {
  this.timeout(900_000);
  let scene: RestoreScene;
  let archive: ArchiveReader;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    scene = await RestoreScene.open(cluster.kubeconfig);
    await scene.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await cluster.kubectl(['wait', '--for=create', 'cm/kube-root-ca.crt', '-n', NAMESPACE, '--timeout=60s']);
    const configMap = (name: string, more: object): object => ({ metadata: { name }, ...more });
    const captured: JsonObject[] = [
      await scene.create(`${CORE}/configmaps`, configMap('edited', { data: { a: 'one' } })),
      await scene.create(`${CORE}/configmaps`, configMap('fixed', { data: { a: 'one' }, immutable: true })),
      await scene.create(`${CORE}/secrets`, { metadata: { name: 'gone' }, data: { a: 'b25l' } }),
      await scene.create(`${CORE}/configmaps`, configMap('gone', { data: { a: 'one' } })),
    ];
    await scene.merge(`${CORE}/configmaps/edited`, { data: { a: 'two', more: 'yes' } }, 'editor');
    for (const gone of ['configmaps/fixed', 'configmaps/gone', 'secrets/gone']) {
      await scene.remove(`${CORE}/${gone}`);
    }
    await scene.create(`${CORE}/configmaps`, configMap('fixed', { data: { a: 'two' }, immutable: true }));
    await scene.create(`${CORE}/configmaps`, configMap('extra', { data: { a: 'b' } }));
    archive = await scene.archive(captured, [['kubernetes.selection', '{}']]);
  });
  after(async () => {
    await archive.close();
    await scene.remove(`/api/v1/namespaces/${NAMESPACE}`);
    await scene.close();
  });

  async function killedAt(point: number, stateFolder: string): Promise<boolean> {
    const plan = await scene.plan(archive, { existing: 'recreate', prune: true });
    const counts = countVerdicts(plan.items);
    assert.deepEqual([counts.create, counts.update, counts.recreate, counts.delete], [2, 1, 1, 1]);
    const planPath = path.join(scene.folder, 'plan.yaml');
    await writeFile(planPath, encodePlan(plan));
    const script = path.join(import.meta.dirname, 'killed-restore.ts');
    const args = [
      '--import',
      'tsx',
      script,
      scene.kubeconfig,
      archive.name,
      planPath,
      stateFolder,
      String(point),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (...ended) => resolve(ended)),
    );
    assert.ok(signal === 'SIGKILL' || code === 0, `the restore ended with ${String(code)}`);
    return signal === 'SIGKILL';
  }

  it('between any two steps goes on, and is taken back', async () => {
    let tried = 0;
    for (let point = 1; point < POINTS_MAX; point += STEP) {
      const before = await scene.state(NAMESPACE, KINDS);
      const stateFolder = path.join(scene.folder, `state-${point}`);
      await mkdir(stateFolder);
      const wasKilled = await killedAt(point, stateFolder);
      tried += 1;
      const remembered = await rememberedRestores(stateFolder);
      const request = { ...scene.remembered, stateFolder };
      if (wasKilled && remembered[0]?.state === 'interrupted' && tried % 2 === 0) {
        const { summary } = await finished(resumeRestore(request));
        assert.equal(summary.counts.failed, 0, `resumed after point ${point}`);
        const again = await scene.plan(archive, { prune: true });
        const left = again.items.filter(({ verdict }) => verdict !== 'unchanged');
        assert.deepEqual(
          left.map(({ id, verdict }) => `${id} ${verdict}`),
          [],
          `after point ${point}`,
        );
      }
      if (remembered.length > 0) {
        const undone = await scene.undo(undefined, false, stateFolder);
        const failures = [...undone.results.values()].filter(({ outcome }) => outcome === 'failed');
        assert.deepEqual(
          failures.map(({ item, reason }) => `${item.id}: ${reason}`),
          [],
          `point ${point}`,
        );
      }
      const after = await scene.state(NAMESPACE, KINDS);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort(), `point ${point}`);
      for (const [name, live] of before) {
        const now = after.get(name) ?? object({ metadata: {} });
        assert.deepEqual(rawAfterUndo(now, true), rawAfterUndo(live, true), `${name} after point ${point}`);
      }
      assert.ok((await readdir(stateFolder)).length <= 1);
      if (!wasKilled) break;
    }
    assert.ok(tried > 2, `${tried} points`);
  });
});
