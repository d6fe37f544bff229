// Options of the command line arrive in the plan, which is what is applied.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodePlan } from '../../src/operations/plan/plan-file.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../../src/operations/plan/plan.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { runInProcess } from './ptar-in-process.ts';

const CHOICES: readonly (readonly [args: readonly string[], option: Partial<PlanOptions>])[] = [
  [[], {}],
  [['--existing', 'replace'], { existing: 'replace' }],
  [['--conflicts', 'fail'], { conflicts: 'fail' }],
  [['--status'], { status: true }],
  [['--keep-managed-fields'], { managedFields: true }],
  [['--drop-finalizers'], { dropFinalizers: true }],
  [['--drop-ca-bundles'], { dropCaBundles: true }],
  [['--allow-missing-classes'], { allowMissingClasses: true }],
  [['--stand-in', 'default'], { standIn: 'default' }],
];

describe('options of ptar plan', function () {
  this.timeout(120_000);
  let folder: string;
  let kubeconfig: string;

  before(requirement('cluster'));
  before(async () => {
    ({ kubeconfig } = await sharedCluster());
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-plan-options-'));
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plan-options, namespace: default}\n';
    await writeFile(path.join(folder, 'one.yaml'), manifest);
    const archive = ['-o', path.join(folder, 'a.ptar'), '--plaintext'];
    const { exitCode, stderr } = await runInProcess([
      'create',
      ...archive,
      `manifests:${path.join(folder, 'one.yaml')}`,
    ]);
    assert.equal(exitCode, 0, stderr);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [args, option] of CHOICES) {
    it(args.join(' ') || 'their defaults', async () => {
      const what = [path.join(folder, 'a.ptar'), '-A', 'k8s://', `--kubeconfig=${kubeconfig}`];
      const { exitCode, stdout, stderr } = await runInProcess(['plan', ...what, ...args, '-o', 'yaml']);
      assert.equal(exitCode, 0, stderr);
      const { options, items } = decodePlan(stdout);
      assert.deepEqual(options, { ...DEFAULT_PLAN_OPTIONS, ...option });
      assert.deepEqual(
        items.map(({ verdict }) => verdict),
        ['create'],
      );
    });
  }
});
