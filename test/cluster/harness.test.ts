/** The harness against real processes: what it starts works as Kubernetes does, and nothing of it is left behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirement } from '../requirements.ts';
import { kubernetesVersion, runTool, ToolError } from './binary.ts';
import { COMPONENT_NAMES, runningPid } from './component.ts';
import { NODE_NAME, startCluster, type TestCluster } from './harness.ts';

const START_LIMIT_MS = 120_000;
const PORT = 21_100;

describe('test cluster', () => {
  let directory = '';
  let cluster: TestCluster;
  before(requirement('cluster'));
  before(async function () {
    this.timeout(START_LIMIT_MS);
    directory = await mkdtemp(path.join(tmpdir(), 'ptar-harness-'));
    cluster = await startCluster({ directory, port: PORT, kwok: true });
  });
  after(async () => {
    await (cluster as TestCluster | undefined)?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps its credentials to their owner', async () => {
    for (const file of [cluster.kubeconfig, cluster.etcd.keyFile, path.join(directory, 'pki', 'ca.key')]) {
      assert.equal((await stat(file)).mode & 0o777, 0o600, file);
    }
  });

  it('is the Kubernetes that was asked for', async () => {
    const { clientVersion, serverVersion } = JSON.parse(
      await cluster.kubectl(['version', '--output=json']),
    ) as Readonly<Record<'clientVersion' | 'serverVersion', { readonly gitVersion: string }>>;
    const version = await kubernetesVersion();
    assert.deepEqual([clientVersion.gitVersion, serverVersion.gitVersion], [version, version]);
  });

  it('keeps objects over a restart of the API server', async () => {
    await cluster.kubectl(['create', 'configmap', 'kept', '--from-literal=key=value']);
    await cluster.stopApiServer();
    await assert.rejects(cluster.kubectl(['get', 'configmap', 'kept']), ToolError);
    await cluster.startApiServer();
    assert.equal(
      await cluster.kubectl(['get', 'configmap', 'kept', '--output=jsonpath={.data.key}']),
      'value',
    );
  });

  it('runs pods on the pretended node', async () => {
    await cluster.kubectl(['create', 'deployment', 'web', '--image=example.test/web', '--replicas=2']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    const nodes = await cluster.kubectl(['get', 'pods', '--output=jsonpath={.items[*].spec.nodeName}']);
    assert.deepEqual(nodes.split(' '), [NODE_NAME, NODE_NAME]);
  });

  it('gives users the rights of RBAC and no others', async () => {
    const kubeconfig = await cluster.kubeconfigFor('reader', ['readers']);
    await cluster.kubectl(['create', 'namespace', 'own']);
    await cluster.kubectl([
      'create',
      'rolebinding',
      'readers',
      '--namespace=own',
      '--clusterrole=view',
      '--group=readers',
    ]);
    const list = (namespace: string) =>
      runTool('kubectl', [
        `--kubeconfig=${kubeconfig}`,
        'get',
        'pods',
        `--namespace=${namespace}`,
        '--output=name',
      ]);
    assert.equal(await list('own'), '');
    await assert.rejects(list('default'), /Forbidden.*User "reader" cannot list resource "pods"/);
  });

  it('opens etcd to the client certificate', async () => {
    const keys = await cluster.etcdctl(['get', '/registry/configmaps/default/kept', '--keys-only']);
    assert.match(keys, /^\/registry\/configmaps\/default\/kept$/m);
  });

  it('refuses a second start in the same folder', async () => {
    await assert.rejects(startCluster({ directory, port: PORT + 10 }), /runs in .*: stop it first/);
  });

  it('shows the log of a component that does not start', async function () {
    this.timeout(START_LIMIT_MS);
    const other = path.join(directory, 'other');
    const options = { directory: other, port: PORT + 20, apiserverFlags: ['--no-such-flag'] };
    await assert.rejects(startCluster(options), /kube-apiserver has exited[^]*unknown flag: --no-such-flag/);
    assert.deepEqual(await runningIn(other), []);
  });

  it('leaves no process after stop', async () => {
    assert.equal((await runningIn(directory)).length, COMPONENT_NAMES.length);
    await cluster.stop();
    assert.deepEqual(await runningIn(directory), []);
  });

  it('ends with a parent that is killed', async function () {
    this.timeout(START_LIMIT_MS);
    const other = path.join(directory, 'orphaned');
    const script = path.join(directory, 'parent.mts');
    const harness = JSON.stringify(path.join(import.meta.dirname, 'harness.ts'));
    await writeFile(
      script,
      `import { startCluster } from ${harness};
       await startCluster({ directory: ${JSON.stringify(other)}, port: ${String(PORT + 30)} });
       process.stdout.write('up');
       setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    assert.equal((await runningIn(other)).length, COMPONENT_NAMES.length - 1);
    parent.kill('SIGKILL');
    while ((await runningIn(other)).length > 0) await sleep(50);
  });
});

async function runningIn(directory: string): Promise<string[]> {
  const pids = await Promise.all(COMPONENT_NAMES.map((name) => runningPid(directory, name)));
  return COMPONENT_NAMES.filter((_, index) => pids[index] !== undefined);
}
