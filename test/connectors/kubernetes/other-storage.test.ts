/**
 * Kinds that are not stored with the others – in another etcd, behind an aggregated API server – have resourceVersions of their own. They
 * are captured, and recorded as having no part in the moment, which stays exact for the others.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { openKubernetesImporter } from '../../../src/connectors/kubernetes/index.ts';
import { binaryOf } from '../../cluster/binary.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { freePorts } from '../../cluster/readiness.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { createObjects } from './test-objects.ts';

const GROUP = 'aggregated.test';

describe('Kubernetes capture of kinds that are stored elsewhere', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let client: ClusterClient;
  let etcd: ChildProcess;
  let aggregated: Server;
  let directory: string;

  before(requirement('cluster'));
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'k8s-other-storage-'));
    const port = await freePorts(2);
    const url = `http://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${port + 1}`;
    const etcdArguments = [
      '--data-dir',
      path.join(directory, 'other-etcd'),
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
    ];
    const peerArguments = [
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `default=${peer}`,
    ];
    etcd = spawn(await binaryOf('etcd'), ['etcd', ...etcdArguments, ...peerArguments], { stdio: 'ignore' });
    cluster = await startCluster({
      directory: path.join(directory, 'cluster'),
      apiserverFlags: [`--etcd-servers-overrides=/configmaps#${url}`],
    });
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
  });
  after(async () => {
    await client.close();
    aggregated.close();
    await cluster.remove();
    const ended = once(etcd, 'exit');
    etcd.kill();
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  async function capture(): Promise<MemoryCapture> {
    return captureToMemory(await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig }));
  }

  for (const [state, writes] of [
    ['behind', 0],
    ['ahead of', 3_000],
  ] as const) {
    it(`captures a kind of another etcd that is ${state} the main one`, async () => {
      // Far ahead, its list as of the main etcd's moment would be an old one, without an error.
      const configMaps = Array.from({ length: writes }, (_, index) => ({
        path: '/api/v1/namespaces/default/configmaps',
        json: JSON.stringify({ metadata: { name: `other-${index}` } }),
      }));
      await createObjects(client, configMaps);
      const captured = await capture();
      assert.deepEqual([...captured.errors], []);
      assert.equal(captured.paths.filter((item) => item.includes('/ConfigMap/v1/other-')).length, writes);
      assert.equal(
        captured.context.get('kubernetes.mixed'),
        'ConfigMap: its resourceVersions are not those of the others: as of its own present',
      );
    });
  }

  it('captures a kind of an aggregated API server', async () => {
    aggregated = await startAggregatedServer(cluster);
    const { port } = aggregated.address() as AddressInfo;
    const versions = { group: GROUP, version: 'v1', groupPriorityMinimum: 100, versionPriority: 100 };
    const service = { namespace: 'default', name: 'aggregated', port };
    await createObjects(client, [
      {
        path: '/api/v1/namespaces/default/services',
        json: JSON.stringify({
          metadata: { name: 'aggregated' },
          spec: { type: 'ExternalName', externalName: 'localhost' },
        }),
      },
      {
        path: '/apis/apiregistration.k8s.io/v1/apiservices',
        json: JSON.stringify({
          metadata: { name: `v1.${GROUP}` },
          spec: { ...versions, insecureSkipTLSVerify: true, service },
        }),
      },
    ]);
    const path = `/apis/${GROUP}/v1/readings`;
    for (let attempt = 0; attempt < 50 && (await client.text({ path }).catch(() => '')) === ''; attempt++) {
      await sleep(200);
    }
    await sleep(1_000);
    const captured = await capture();
    assert.deepEqual([...captured.errors], []);
    assert.ok(captured.paths.includes(`/_/${GROUP}/Reading/v1/first.yaml`));
    assert.match(
      captured.context.get('kubernetes.mixed') ?? '',
      /^Reading\.aggregated\.test: .*as of its own present$/m,
    );
    const exact = captured.context.get('kubernetes.mixed')?.split('\n').length;
    assert.equal(exact, 2, 'nothing but it and the kind of the other etcd');
  });
});

/** The least that an aggregated API server must answer, with resourceVersions that are none of etcd's. */
async function startAggregatedServer({ directory }: TestCluster): Promise<Server> {
  const [key, cert] = await Promise.all(
    ['key', 'crt'].map((suffix) => readFile(path.join(directory, 'pki', `kube-apiserver.${suffix}`))),
  );
  const resource = {
    name: 'readings',
    singularName: 'reading',
    kind: 'Reading',
    namespaced: false,
    verbs: ['get', 'list'],
  };
  const groupVersion = { groupVersion: `${GROUP}/v1`, version: 'v1' };
  const answers: Readonly<Record<string, unknown>> = {
    '/apis': {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [{ name: GROUP, versions: [groupVersion], preferredVersion: groupVersion }],
    },
    [`/apis/${GROUP}`]: {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: GROUP,
      versions: [groupVersion],
      preferredVersion: groupVersion,
    },
    [`/apis/${GROUP}/v1`]: {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${GROUP}/v1`,
      resources: [resource],
    },
    [`/apis/${GROUP}/v1/readings`]: {
      kind: 'ReadingList',
      apiVersion: `${GROUP}/v1`,
      metadata: { resourceVersion: '7' },
      items: [
        { apiVersion: `${GROUP}/v1`, kind: 'Reading', metadata: { name: 'first', resourceVersion: '7' } },
      ],
    },
  };
  const server = createServer({ key, cert }, (request, response) => {
    const answer = answers[(request.url ?? '').split('?')[0] ?? ''];
    response.statusCode = answer === undefined ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
