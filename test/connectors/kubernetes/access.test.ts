/** Captures by users who may not see everything, or nothing, and of clusters that cannot be reached: each with what is missing. */
import assert from 'node:assert/strict';
import { openClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { openKubernetesImporter } from '../../../src/connectors/kubernetes/index.ts';
import { CancelledError } from '../../../src/errors.ts';
import type { TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { writeTestKubeconfig } from './test-kubeconfig.ts';
import { builtIns, createObjects, testNamespace } from './test-objects.ts';

const NAMESPACE = 'k8s-access';

describe('Kubernetes capture with limited access', function () {
  this.timeout(120_000);
  let cluster: TestCluster;

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    const client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    await createObjects(client, [testNamespace(NAMESPACE)]);
    await createObjects(client, builtIns(NAMESPACE, 5));
    await client.close();
  });
  after(async () => {
    await cluster.kubectl(['delete', 'clusterrole,clusterrolebinding', '--selector=test=k8s-access']);
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  });

  async function capture(kubeconfig: string, uri = 'k8s://'): Promise<MemoryCapture> {
    return captureToMemory(await openKubernetesImporter(uri, { kubeconfig }));
  }

  async function tenant(name: string): Promise<string> {
    await cluster.kubectl([
      'create',
      'rolebinding',
      name,
      '-n',
      NAMESPACE,
      '--clusterrole=view',
      `--user=${name}`,
    ]);
    return cluster.kubeconfigFor(name);
  }

  function configMapsOf({ paths }: MemoryCapture): number {
    return paths.filter((item) => item.startsWith(`/${NAMESPACE}/_/ConfigMap/v1/config-`)).length;
  }

  it('reads one namespace for a user who has no other, and names what is missing', async () => {
    const captured = await capture(await tenant('tenant'), `k8s:///${NAMESPACE}`);
    assert.equal(configMapsOf(captured), 5);
    assert.ok(captured.paths.includes(`/_/_/Namespace/v1/${NAMESPACE}.yaml`));
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
    assert.equal(
      captured.errors.get(`/${NAMESPACE}/_/Secret`),
      `forbidden: user "tenant" may not list secrets in namespace "${NAMESPACE}": it takes a Role in namespace "${NAMESPACE}" with verbs [list], apiGroups [""], resources [secrets]`,
    );
    assert.match(
      captured.context.get('kubernetes.forbidden') ?? '',
      /^list secrets in namespace "k8s-access"$/m,
    );
  });

  it('takes the namespace of the context where none can be listed', async () => {
    const kubeconfig = await tenant('resident');
    const context = ['config', 'set-context', '--current', `--namespace=${NAMESPACE}`];
    await cluster.kubectl([`--kubeconfig=${kubeconfig}`, ...context]);
    const captured = await capture(kubeconfig);
    assert.equal(configMapsOf(captured), 5);
    assert.ok(
      captured.paths.every((item) => item.startsWith(`/${NAMESPACE}/`) || item.startsWith('/_/_/Namespace/')),
    );
  });

  it('finds the readable namespaces for a user who may not list everywhere', async () => {
    const kubeconfig = await tenant('visitor');
    const label = (kind: string): Promise<string> =>
      cluster.kubectl(['label', kind, 'k8s-access-visitor', 'test=k8s-access']);
    await cluster.kubectl([
      'create',
      'clusterrole',
      'k8s-access-visitor',
      '--verb=list',
      '--resource=namespaces',
    ]);
    await label('clusterrole');
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'k8s-access-visitor',
      '--clusterrole=k8s-access-visitor',
      '--user=visitor',
    ]);
    await label('clusterrolebinding');
    const captured = await capture(kubeconfig);
    assert.equal(configMapsOf(captured), 5);
    assert.ok(captured.paths.includes('/_/_/Namespace/v1/kube-system.yaml'));
    assert.match(
      captured.errors.get('/_/_/ConfigMap') ?? '',
      /^forbidden: user "visitor" .*\(read in k8s-access only\)$/,
    );
    assert.ok(!captured.paths.some((item) => item.startsWith('/kube-system/')));
  });

  it('acts as somebody else where it is asked to', async () => {
    const importer = await openKubernetesImporter(`k8s:///${NAMESPACE}`, {
      kubeconfig: cluster.kubeconfig,
      impersonate: { user: 'jane', groups: ['viewers'] },
    });
    await assert.rejects(captureToMemory(importer), {
      code: 'CONNECTOR_FORBIDDEN',
      message: /^forbidden: user "jane" may not /,
    });
  });

  it('refuses when nothing at all may be read', async () => {
    await assert.rejects(capture(await cluster.kubeconfigFor('nobody')), {
      code: 'CONNECTOR_FORBIDDEN',
      message: /^forbidden: user "nobody" may not [^\n]*; or name the namespaces that you may read$/,
    });
  });

  it('stops at once when it is cancelled', async () => {
    const abort = new AbortController();
    const importer = await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig });
    const all = captureToMemory(importer, { signal: abort.signal, onRecord: () => abort.abort() });
    await assert.rejects(all, CancelledError);
  });

  it('says that a namespace does not exist', async () => {
    await assert.rejects(capture(cluster.kubeconfig, 'k8s:///not-there'), { code: 'NOT_FOUND_SOURCE' });
  });

  it('does not go on with a certificate of another authority', async () => {
    const kubeconfig = await writeTestKubeconfig(cluster, { token: 'never-sent' }, {});
    await assert.rejects(capture(kubeconfig), {
      code: 'CONNECTOR_CONFIGURATION',
      message: /^cannot trust https:.*unknown authority: check certificate-authority/,
    });
  });

  it('says who is not known, without the token', async () => {
    const kubeconfig = await writeTestKubeconfig(cluster, { token: 'wrong-sekret' });
    await assert.rejects(capture(kubeconfig), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CONNECTOR_UNAUTHORIZED');
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /sekret/);
      return true;
    });
  });

  it('says what to check when there is no cluster', async () => {
    const nowhere = { directory: cluster.directory, server: 'https://127.0.0.1:9' };
    await assert.rejects(capture(await writeTestKubeconfig(nowhere, {})), {
      code: 'CONNECTOR_UNREACHABLE',
      message: /^cannot reach https:\/\/127\.0\.0\.1:9 \(connection refused\): check that the cluster runs/,
    });
  });
});
