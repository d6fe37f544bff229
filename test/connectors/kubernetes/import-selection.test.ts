/** What is captured of a real cluster when only some of it is wanted. */
import assert from 'node:assert/strict';
import { openClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import type { ImportProgress } from '../../../src/connectors/connector.ts';
import {
  openKubernetesImporter,
  type KubernetesImportOptions,
} from '../../../src/connectors/kubernetes/index.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { createObjects, testNamespace, type TestObject } from './test-objects.ts';

const NAMESPACE = 'k8s-selection';

describe('Kubernetes capture of a selection', function () {
  this.timeout(120_000);
  let kubeconfig: string;

  before(requirement('cluster'));
  before(async () => {
    kubeconfig = (await sharedCluster()).kubeconfig;
    const client = await openClusterClient({ kubeconfig });
    const configMap = (name: string, labels: Record<string, string>): TestObject => ({
      path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      json: JSON.stringify({ metadata: { name, labels } }),
    });
    await createObjects(client, [testNamespace(NAMESPACE)]);
    await createObjects(client, [
      configMap('web', { app: 'web' }),
      configMap('db', { app: 'db' }),
      configMap('helper', { 'plakar.io/generated-resource': 'true' }),
      {
        path: `/api/v1/namespaces/${NAMESPACE}/secrets`,
        json: JSON.stringify({ metadata: { name: 'web', labels: { app: 'web' } } }),
      },
    ]);
    await client.close();
  });
  after(async () => {
    await (await sharedCluster()).kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  });

  async function capture(options: KubernetesImportOptions): Promise<MemoryCapture> {
    return captureToMemory(
      await openKubernetesImporter('k8s://', { kubeconfig, namespaces: [NAMESPACE], ...options }),
    );
  }

  /** Paths below the namespace, without what controllers put there. */
  function own({ paths }: MemoryCapture): string[] {
    return paths
      .filter((item) => !/kube-root-ca|ServiceAccount|Event/.test(item))
      .map((item) => item.replace(`/${NAMESPACE}/`, ''))
      .sort();
  }

  it('captures Leases only where heartbeats are asked for', async () => {
    const leases = async (options: KubernetesImportOptions): Promise<string[]> => {
      const { paths } = await captureToMemory(
        await openKubernetesImporter('k8s://', { kubeconfig, namespaces: ['kube-node-lease'], ...options }),
      );
      return paths.filter((item) => item.includes('/Lease/'));
    };
    assert.deepEqual(await leases({}), []);
    assert.deepEqual(await leases({ heartbeats: true }), [
      '/kube-node-lease/coordination.k8s.io/Lease/v1/node-1.yaml',
    ]);
  });

  it('leaves out what backup tools made for themselves, and counts it', async () => {
    const captured = await capture({});
    assert.deepEqual(own(captured), [
      `/_/_/Namespace/v1/${NAMESPACE}.yaml`,
      '_/ConfigMap/v1/db.yaml',
      '_/ConfigMap/v1/web.yaml',
      '_/Secret/v1/web.yaml',
    ]);
    assert.equal(captured.context.get('kubernetes.generated'), '1');
    assert.match(
      captured.context.get('kubernetes.left-out') ?? '',
      /^Lease\.coordination\.k8s\.io: heartbeats and locks$/m,
    );
  });

  it('selects by label, kind and name', async () => {
    assert.deepEqual(own(await capture({ labelSelector: 'app=web' })), [
      '_/ConfigMap/v1/web.yaml',
      '_/Secret/v1/web.yaml',
    ]);
    assert.deepEqual(own(await capture({ kinds: ['cm'] })), [
      '_/ConfigMap/v1/db.yaml',
      '_/ConfigMap/v1/web.yaml',
    ]);
    assert.deepEqual(own(await capture({ kinds: ['secrets', 'configmap/db'] })), [
      '_/ConfigMap/v1/db.yaml',
      '_/Secret/v1/web.yaml',
    ]);
    assert.deepEqual(own(await capture({ excludeKinds: ['secrets', 'namespaces'] })), [
      '_/ConfigMap/v1/db.yaml',
      '_/ConfigMap/v1/web.yaml',
    ]);
  });

  it('selects by path', async () => {
    const options = { include: ['**/ConfigMap/**'], exclude: ['db.yaml'] };
    assert.deepEqual(own(await capture(options)), ['_/ConfigMap/v1/web.yaml']);
  });

  it('selects by field, and leaves out kinds that do not have it', async () => {
    assert.deepEqual(own(await capture({ fieldSelector: 'metadata.name=db' })), ['_/ConfigMap/v1/db.yaml']);
    const captured = await capture({ fieldSelector: 'type=Opaque' });
    assert.deepEqual(own(captured), ['_/Secret/v1/web.yaml']);
    assert.deepEqual([...captured.errors], []);
    assert.match(
      captured.context.get('kubernetes.left-out') ?? '',
      /^ConfigMap: cannot be selected by this field$/m,
    );
  });

  it('records the selection', async () => {
    const { context } = await capture({ kinds: ['cm'] });
    assert.equal(context.get('kubernetes.selection'), '{"namespaces":["k8s-selection"],"kinds":["cm"]}');
    assert.equal(context.get('kubernetes.counts'), 'ConfigMap 3');
    assert.equal(context.get('kubernetes.objects'), '3');
  });

  it('tells how far it is', async () => {
    const importer = await openKubernetesImporter('k8s://', { kubeconfig, kinds: ['clusterroles', 'cm'] });
    const progress = new Map<string, ImportProgress>();
    const counts = new Map<string, number>();
    for await (const record of importer.records({ onProgress: (step) => progress.set(step.what, step) })) {
      const kind = record.path.split('/')[3] ?? '';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    await importer.close();
    const roles = progress.get('ClusterRole.rbac.authorization.k8s.io');
    assert.ok(roles);
    assert.equal(roles.done, counts.get('ClusterRole'));
    assert.equal(roles.total, counts.get('ClusterRole'));
    assert.ok(progress.has('ConfigMap'));
  });
});
