/**
 * A restore that is killed between any two of its steps can be resumed and then undone, or undone at once; an undo that is killed can be
 * begun again. A few points are tried; `PTAR_KILLS=all` tries all of them, and prints how many there are.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
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
const STEP = process.env['PTAR_KILLS'] === 'all' ? 1 : 13;
const POINTS_MIN = 30;

describe('a restore that is killed', function () {
  this.timeout(1_800_000);
  let scene: RestoreScene;
  let archive: ArchiveReader;

  before(requirement('cluster'));
  before(async () => {
    scene = await RestoreScene.inNamespace(await sharedCluster(), NAMESPACE);
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
    await scene.close();
  });

  async function writtenPlan(): Promise<string> {
    const plan = await scene.plan(archive, { existing: 'recreate', prune: true });
    const counts = countVerdicts(plan.items);
    assert.deepEqual([counts.create, counts.update, counts.recreate, counts.delete], [2, 1, 1, 1]);
    const planPath = path.join(scene.folder, 'plan.yaml');
    await writeFile(planPath, encodePlan(plan));
    return planPath;
  }

  /** Runs `killed-restore.ts`. @returns false where there is no such point */
  async function killedAt(
    point: number,
    stateFolder: string,
    planPath: string,
    verb: 'apply' | 'undo',
  ): Promise<boolean> {
    const script = path.join(import.meta.dirname, 'killed-restore.ts');
    const rest = [scene.kubeconfig, archive.name, planPath, stateFolder, String(point), verb];
    const args = ['--import', 'tsx', script, ...rest];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (...ended) => resolve(ended)),
    );
    assert.ok(signal === 'SIGKILL' || code === 0, `the ${verb} ended with ${String(code)}`);
    return signal === 'SIGKILL';
  }

  /** Tries point after point until there are no more; after each everything has to be as it was. */
  async function atEveryPoint(
    first: number,
    attempt: (point: number, stateFolder: string) => Promise<boolean>,
  ): Promise<void> {
    const before = await scene.state(NAMESPACE, KINDS);
    let point = STEP === 1 ? 1 : first;
    for (; point < POINTS_MAX; point += STEP) {
      const stateFolder = await mkdtemp(path.join(scene.folder, 'state-'));
      const wasKilled = await attempt(point, stateFolder);
      const after = await scene.state(NAMESPACE, KINDS);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort(), `point ${point}`);
      for (const [name, live] of before) {
        const now = after.get(name) ?? object({ metadata: {} });
        assert.deepEqual(rawAfterUndo(now, true), rawAfterUndo(live, true), `${name} after point ${point}`);
      }
      assert.ok((await readdir(stateFolder)).length <= 1);
      if (!wasKilled) break;
    }
    assert.ok(point >= POINTS_MIN && point < POINTS_MAX, `it ended before point ${point}`);
    if (STEP === 1) process.stdout.write(`      ${point - 1} points\n`);
  }

  async function undoAll(stateFolder: string, what: string): Promise<void> {
    const undone = await scene.undo(undefined, false, stateFolder);
    const failures = [...undone.results.values()].filter(({ outcome }) => outcome === 'failed');
    assert.deepEqual(
      failures.map(({ item, reason }) => `${item.id}: ${reason}`),
      [],
      what,
    );
  }

  it('between any two steps goes on, and is taken back', () =>
    atEveryPoint(1, async (point, stateFolder) => {
      const wasKilled = await killedAt(point, stateFolder, await writtenPlan(), 'apply');
      const [restore] = await rememberedRestores(stateFolder);
      if (restore?.state === 'interrupted') {
        const { summary } = await finished(resumeRestore({ ...scene.remembered, stateFolder }));
        assert.equal(summary.counts.failed, 0, `resumed after point ${point}`);
        const again = await scene.plan(archive, { prune: true });
        assert.deepEqual(
          again.items
            .filter(({ verdict }) => verdict !== 'unchanged')
            .map(({ id, verdict }) => `${id} ${verdict}`),
          [],
          `after point ${point}`,
        );
      }
      if (restore !== undefined) await undoAll(stateFolder, `point ${point}`);
      return wasKilled;
    }));

  it('between any two steps is taken back as it is', () =>
    atEveryPoint(5, async (point, stateFolder) => {
      const wasKilled = await killedAt(point, stateFolder, await writtenPlan(), 'apply');
      if ((await rememberedRestores(stateFolder)).length > 0) await undoAll(stateFolder, `point ${point}`);
      return wasKilled;
    }));

  it('while it is taken back is taken back by the next try', () =>
    atEveryPoint(9, async (point, stateFolder) => {
      const planPath = await writtenPlan();
      assert.equal(await killedAt(0, stateFolder, planPath, 'apply'), false);
      const wasKilled = await killedAt(point, stateFolder, planPath, 'undo');
      const [restore] = await rememberedRestores(stateFolder);
      if (restore?.state !== 'undone') await undoAll(stateFolder, `point ${point}`);
      return wasKilled;
    }));
});
