// The 3 a.m. walk through the real command line and a real cluster: capture, lose something, look, ask what would happen, put it
// back.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

const NAMESPACE = 'cli-walk';
const PASSWORD = Buffer.from('canary-of-the-cli-walk').toString('base64');
const MANIFESTS = `apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: ${NAMESPACE}}
data: {colour: green, answer: "yes"}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: ${NAMESPACE}}
data: {password: ${PASSWORD}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${NAMESPACE}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.com/web:1"}]}
`;

describe('commands on a cluster', function () {
  this.timeout(180_000);
  let folder: string;
  let kubeconfig: string;
  let kubectl: (args: readonly string[], stdin?: string) => Promise<string>;

  async function ptar(args: readonly string[], exitCode = 0): Promise<PtarRun> {
    const run = await runPtar(args, { cwd: folder, env: { PTAR_PASSPHRASE: 'p', KUBECONFIG: kubeconfig } });
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.ok(!(run.stdout + run.stderr).includes(PASSWORD));
    return run;
  }

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    ({ kubeconfig } = cluster);
    kubectl = (args, stdin) => cluster.kubectl(args, stdin);
    folder = await mkdtemp(join(tmpdir(), 'ptar-cli-cluster-'));
    await kubectl(['apply', '-f', '-'], MANIFESTS);
    await kubectl(['wait', '--for=create', 'serviceaccount/default', '-n', NAMESPACE, '--timeout=60s']);
    await ptar(['create', '-o', 'walk.ptar', '--kdf', 'pbkdf2', `k8s:///${NAMESPACE}`]);
  });
  after(async () => {
    await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=true', '--timeout=60s']);
    await rm(folder, { recursive: true, force: true });
  });

  it('capture what fields and paths select', async () => {
    const selection = ['--field-selector', 'metadata.name=web', '--include', '**/ConfigMap/**,**/apps/**'];
    const out = ['-o', 'chosen.ptar', '--plaintext'];
    await ptar(['create', ...out, ...selection, '--exclude', '**/Deployment/**', `k8s:///${NAMESPACE}`]);
    const { stdout } = await ptar(['ls', 'chosen.ptar', '-R', '-o', 'name', '/']);
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.endsWith('.yaml')),
      [`/${NAMESPACE}/_/ConfigMap/v1/web.yaml`],
    );
  });

  it('list what was captured and no Secret’s value', async () => {
    const { stdout } = await ptar(['ls', 'walk.ptar', '-n', NAMESPACE, '-o', 'name']);
    for (const name of ['configmap/web', 'secret/db', 'deployment.apps/web']) {
      assert.ok(stdout.split('\n').includes(name), `${name} is missing in\n${stdout}`);
    }
    await ptar(['cat', 'walk.ptar', 'secret/db', '-n', NAMESPACE]);
  });

  it('print objects that kubectl takes as they are', async () => {
    const { stdout } = await ptar(['cat', 'walk.ptar', 'cm/web', 'deploy/web', '-n', NAMESPACE]);
    const applied = await kubectl(['apply', '--dry-run=server', '-o', 'name', '-f', '-'], stdout);
    assert.deepEqual(applied.trim().split('\n'), ['configmap/web', 'deployment.apps/web']);
  });

  it('say what a restore would do without doing it, then do it, then find nothing to do', async () => {
    await kubectl(['delete', 'configmap/web', 'deployment/web', '-n', NAMESPACE, '--wait=true']);
    const selection = [`${NAMESPACE}/cm/web`, `${NAMESPACE}/deploy/web`, '--to', 'k8s://'];
    const planned = await ptar(['restore', 'walk.ptar', ...selection, '--dry-run=server']);
    assert.match(planned.stdout, /^deployment\.apps\/web created \(dry run\)/m);
    await assert.rejects(kubectl(['get', 'deployment/web', '-n', NAMESPACE]));
    const restored = await ptar(['restore', 'walk.ptar', ...selection]);
    assert.match(restored.stdout, /^configmap\/web created/m);
    assert.match(restored.stderr, /^restored 2 items to /m);
    const answer = await kubectl(['get', 'configmap/web', '-n', NAMESPACE, '-o', 'jsonpath={.data.answer}']);
    assert.equal(answer, 'yes');
    const again = await ptar(['restore', 'walk.ptar', `${NAMESPACE}/cm/web`, '--to', 'k8s://', '-o', 'json']);
    const [result] = JSON.parse(again.stdout) as { outcome: string }[];
    assert.equal(result?.outcome, 'unchanged');
  });

  it('compare the cluster with what it was', async () => {
    await kubectl(['patch', 'configmap/web', '-n', NAMESPACE, '-p', '{"data":{"colour":"red"}}']);
    const kinds = ['--kind', 'ConfigMap,Secret'];
    await writeFile(
      join(folder, 'extra.yaml'),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: ${NAMESPACE}}\n`,
    );
    await ptar([
      'create',
      '-o',
      'two.ptar',
      '--plaintext',
      ...kinds,
      `k8s:///${NAMESPACE}`,
      'manifests:extra.yaml',
    ]);
    const { stdout } = await ptar(['diff', 'two.ptar', '-o', 'name'], 1);
    assert.ok(stdout.includes(`/${NAMESPACE}/_/ConfigMap/v1/extra.yaml\n`));
    assert.ok(stdout.includes(`/${NAMESPACE}/_/ConfigMap/v1/web.yaml\n`));
  });

  it('refuse a kind that the cluster does not have, and make nothing', async () => {
    const { stderr } = await ptar(['create', '-o', 'no.ptar', '--plaintext', '--kind', 'Gizmo', 'k8s://'], 3);
    assert.match(stderr, /^error: .*Gizmo/);
    assert.ok(!(await readdir(folder)).some((name) => name.includes('no.ptar')));
  });
});
