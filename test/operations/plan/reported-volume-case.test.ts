/** What a user of another backup tool asked for of the data of one volume (vmware-tanzu/velero), where the volume is a folder of a node. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { captureSources } from '../../../src/operations/capture.ts';
import { exportEntries, openTarget, OutcomeCounter } from '../../../src/operations/export-entries.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import type { TestCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';

const NAMESPACE = 'plan-volume-case';
const STORAGE_CLASS = 'plan-volume-case';
const VOLUMES = ['data', 'other'] as const;

describe('case that users reported of volumes', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let node: string;

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    node = await mkdtemp(path.join(tmpdir(), 'ptar-volumes-'));
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    for (const name of VOLUMES) {
      await mkdir(path.join(node, name, 'orders'), { recursive: true });
      await writeFile(path.join(node, name, 'orders', 'index'), `index of ${name}`);
      await writeFile(path.join(node, name, 'orders', 'log'), `log of ${name}`);
      await cluster.kubectl(
        ['apply', '-f', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(name) }),
      );
    }
    await cluster.kubectl([
      ...['wait', '-n', NAMESPACE, 'pvc', '--all', '--timeout=60s'],
      '--for=jsonpath={.status.phase}=Bound',
    ]);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    await cluster.kubectl(['delete', 'pv', ...VOLUMES.map(volumeName), '--wait=false']);
    await rm(node, { recursive: true, force: true });
  });

  const volumeName = (name: string): string => `${NAMESPACE}-${name}`;

  /** A volume of the node, and the claim that it belongs to. */
  function objects(name: string): object[] {
    const common = { accessModes: ['ReadWriteOnce'], storageClassName: STORAGE_CLASS };
    const affinity = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node'] };
    return [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: volumeName(name) },
        spec: {
          ...common,
          capacity: { storage: '1Mi' },
          local: { path: path.join(node, name) },
          claimRef: { namespace: NAMESPACE, name },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [affinity] }] } },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace: NAMESPACE },
        spec: { ...common, volumeName: volumeName(name), resources: { requests: { storage: '1Mi' } } },
      },
    ];
  }

  const contentOf = (name: string, file: string): Promise<string> =>
    readFile(path.join(node, name, 'orders', file), 'utf8');
  const versions = (): Promise<string> =>
    cluster.kubectl([
      'get',
      'pv,pvc',
      '-n',
      NAMESPACE,
      '-o',
      'jsonpath={.items[*].metadata.resourceVersion}',
    ]);

  it('#7719: the data of one volume, or a file of it, goes back where it was, and nothing else changes', async () => {
    const file = path.join(node, 'shop.ptar');
    await captureSources({
      sources: [`k8s:///${NAMESPACE}`, ...VOLUMES.map((name) => path.join(node, name))],
      archivePath: file,
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig: cluster.kubeconfig } },
    });
    for (const name of VOLUMES) {
      await writeFile(path.join(node, name, 'orders', 'index'), 'damaged');
      await rm(path.join(node, name, 'orders', 'log'));
    }
    const before = await versions();
    const archive = await openArchiveFile(file);
    try {
      const snapshot = (await archive.snapshots()).find(
        ({ source }) => source.importer.directory === path.join(node, 'data'),
      );
      assert.ok(snapshot);
      const put = async (selection: string): Promise<OutcomeCounter['counts']> => {
        const exporter = await openTarget('/', { filesystem: { overwrite: true } });
        const counter = new OutcomeCounter();
        for await (const batch of exportEntries(snapshot, exporter, { selections: [selection] })) {
          for (const result of batch) counter.add(result);
        }
        await exporter.close();
        return counter.counts;
      };
      const one = await put(path.join(node, 'data', 'orders', 'log'));
      assert.deepEqual([one.created, one.updated, one.failed], [1, 0, 0]);
      assert.equal(await contentOf('data', 'log'), 'log of data');
      assert.equal(await contentOf('data', 'index'), 'damaged');
      const all = await put(path.join(node, 'data'));
      assert.deepEqual([all.updated, all.failed], [2, 0]);
      assert.equal(await contentOf('data', 'index'), 'index of data');
    } finally {
      await archive.close();
    }
    assert.equal(await contentOf('other', 'index'), 'damaged');
    assert.deepEqual(await readdir(path.join(node, 'other', 'orders')), ['index']);
    assert.equal(await versions(), before);
  });
});
