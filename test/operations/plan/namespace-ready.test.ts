/** A namespace of more than two hundred objects, with trees of owners, comes up in a cluster that has never seen it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { ArchiveReader, SnapshotReader } from '../../../src/format/index.ts';
import { captureSources } from '../../../src/operations/capture.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { countVerdicts, isObstructed } from '../../../src/operations/plan/plan.ts';
import { arrayAt, stringAt } from '../../../src/resources/json-value.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { releaseSet } from '../release-set.ts';
import { RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-ready';
const SERVICES = 12;
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
/** The class that the services' claims name, and a volume for each claim. */
const STORAGE = [
  'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: plan-ready}\nprovisioner: kubernetes.io/no-provisioner',
  ...Array.from(
    { length: 2 * SERVICES },
    (_, index) =>
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: plan-ready-${index}}\nspec: {storageClassName: plan-ready, capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/plan-ready}}`,
  ),
].join('\n---\n');

describe('a whole namespace', function () {
  this.timeout(300_000);
  let scene: RestoreScene;
  let cluster: TestCluster;
  let archive: ArchiveReader;
  let snapshot: SnapshotReader;

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    scene = await RestoreScene.open(cluster.kubeconfig);
    const home = await startCluster({ directory: path.join(scene.folder, 'home'), kwok: true });
    const archivePath = path.join(scene.folder, 'home.ptar');
    try {
      await home.kubectl(['create', 'namespace', NAMESPACE]);
      await home.kubectl(['apply', '--server-side', '--filename=-'], STORAGE);
      await home.kubectl(['apply', '--server-side', '--filename=-'], releaseSet(NAMESPACE, SERVICES));
      await ownerTree(home);
      await becomesReady(home);
      await captureSources({
        sources: [`k8s:///${NAMESPACE}`],
        archivePath,
        encryption: () => Promise.resolve('plaintext'),
        importer: { kubernetes: { kubeconfig: home.kubeconfig } },
      });
    } finally {
      await home.remove();
    }
    archive = await openArchiveFile(archivePath);
    [snapshot] = (await archive.snapshots()) as [SnapshotReader];
    await cluster.kubectl(['apply', '--server-side', '--filename=-'], STORAGE);
  });
  after(async () => {
    await archive.close();
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s']);
    await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', '--filename=-'], STORAGE);
    await scene.close();
  });

  /** `root` owns `branch`, which owns `leaf`; a Deployment owns a Secret. */
  async function ownerTree(home: TestCluster): Promise<void> {
    const uidOf = (what: string): Promise<string> =>
      home.kubectl(['get', what, `--namespace=${NAMESPACE}`, '--output=jsonpath={.metadata.uid}']);
    const owned = async (kind: string, name: string, owner?: [string, string, string]): Promise<void> => {
      const [apiVersion, ownerKind, ownerName] = owner ?? [];
      const references =
        ownerKind === undefined || ownerName === undefined
          ? ''
          : `, ownerReferences: [{apiVersion: ${apiVersion}, kind: ${ownerKind}, name: ${ownerName}, uid: ${await uidOf(`${ownerKind}/${ownerName}`)}}]`;
      const manifest = `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${NAMESPACE}${references}}`;
      await home.kubectl(['apply', '--filename=-'], manifest);
    };
    await owned('ConfigMap', 'root');
    await owned('ConfigMap', 'branch', ['v1', 'ConfigMap', 'root']);
    await owned('Secret', 'leaf', ['v1', 'ConfigMap', 'branch']);
    await owned('Secret', 'of-deployment', ['apps/v1', 'Deployment', 'service-0']);
  }

  async function becomesReady(where: TestCluster): Promise<void> {
    for (const kind of ['deployment', 'statefulset', 'daemonset']) {
      const named = ['--selector=app.kubernetes.io/managed-by=Helm', `--namespace=${NAMESPACE}`];
      try {
        await where.kubectl(['rollout', 'status', kind, ...named, '--timeout=100s']);
      } catch (error) {
        const what = ['get', 'pods,pvc,events', `--namespace=${NAMESPACE}`, '--output=wide'];
        throw new Error(await where.kubectl(what), { cause: error });
      }
    }
  }

  it('is planned without an obstacle, restored without a failure, and becomes ready', async () => {
    const selecting = { selections: [], namespace: NAMESPACE };
    const plan = await scene.plan(archive, {}, { snapshot, selecting });
    assert.deepEqual(
      plan.items.filter(isObstructed).map(({ id, reason }) => `${id}: ${reason}`),
      [],
    );
    assert.ok(countVerdicts(plan.items).create >= 200, JSON.stringify(countVerdicts(plan.items)));
    const { results } = await scene.apply(archive, plan);
    assert.deepEqual(
      [...results.values()].filter(({ outcome }) => outcome === 'failed').map(({ reason }) => reason),
      [],
    );
    await becomesReady(cluster);
  });

  it('has its owners again, by their new uids', async () => {
    const live = await scene.state(NAMESPACE, [
      ['', 'ConfigMap'],
      ['', 'Secret'],
      ['apps', 'Deployment'],
    ]);
    const ownerUid = (name: string): string | undefined =>
      stringAt(arrayAt(live.get(name), 'metadata', 'ownerReferences')[0] ?? null, 'uid');
    const uid = (name: string): string | undefined => stringAt(live.get(name) ?? null, 'metadata', 'uid');
    assert.equal(ownerUid('configmap/branch'), uid('configmap/root'));
    assert.equal(ownerUid('secret/leaf'), uid('configmap/branch'));
    assert.equal(ownerUid('secret/of-deployment'), uid('deployment.apps/service-0'));
    assert.ok(uid('configmap/root'));
  });

  it('goes with its owner, as the garbage collector sees it', async () => {
    await scene.remove(`${CORE}/configmaps/root`);
    await cluster.kubectl([
      'wait',
      '--for=delete',
      `--namespace=${NAMESPACE}`,
      'secret/leaf',
      '--timeout=60s',
    ]);
  });
});
