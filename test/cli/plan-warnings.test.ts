/** What goes wrong besides a plan reaches whoever plans and restores, through the real command line and a real cluster. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Plan } from '../../src/operations/plan/plan.ts';
import type { RestoreReport } from '../../src/operations/report/restore-report.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

const NAMESPACE = 'cli-plan-warnings';
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${NAMESPACE}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: x}]}
`;
const WARNING = `ResourceQuota few in namespace ${NAMESPACE} has no room for all that 1 workload will make: pods`;

describe('warnings of a plan', function () {
  this.timeout(120_000);
  let folder: string;
  let kubeconfig: string;
  let kubectl: (args: readonly string[]) => Promise<string>;

  async function ptar(...args: readonly string[]): Promise<PtarRun> {
    const env = { PTAR_PASSPHRASE: 'p', KUBECONFIG: kubeconfig, XDG_STATE_HOME: join(folder, 'state') };
    const run = await runPtar(args, { cwd: folder, env });
    assert.equal(run.exitCode, 0, run.stderr);
    return run;
  }

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    ({ kubeconfig } = cluster);
    kubectl = (args) => cluster.kubectl(args);
    folder = await mkdtemp(join(tmpdir(), 'ptar-plan-warnings-'));
    await writeFile(join(folder, 'web.yaml'), DEPLOYMENT);
    await kubectl(['create', 'namespace', NAMESPACE]);
    await kubectl(['create', 'quota', 'few', '--hard=pods=1', '-n', NAMESPACE]);
    const used = '--for=jsonpath={.status.used}';
    await kubectl(['wait', 'resourcequota/few', '-n', NAMESPACE, used, '--timeout=30s']);
  });
  after(async () => {
    await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  it('are said with the plan, before a restore, and in its report', async () => {
    await ptar('create', '-o', 'a.ptar', '--kdf', 'pbkdf2', 'manifests:web.yaml');
    const shown = await ptar('plan', 'a.ptar', '-A', 'k8s://');
    assert.ok(shown.stderr.includes(WARNING), shown.stderr);
    assert.match(shown.stdout, /room for 1 of its 3 Pods: pods/);
    const saved = await ptar('plan', 'a.ptar', '-A', 'k8s://', '-o', 'yaml');
    assert.deepEqual(
      (parse(saved.stdout) as Plan).warnings.map(({ reason }) => reason),
      [WARNING],
    );
    const restored = await ptar('restore', 'a.ptar', '-A', 'k8s://', '--yes', '--report', 'r.json');
    assert.ok(restored.stderr.includes(WARNING), restored.stderr);
    const report = JSON.parse(await readFile(join(folder, 'r.json'), 'utf8')) as RestoreReport;
    assert.deepEqual(report.warnings, [WARNING]);
    assert.equal(report.counts.created, 1);
  });
});
