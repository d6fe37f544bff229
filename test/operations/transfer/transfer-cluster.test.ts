/**
 * A namespace travels from one cluster into another that cannot reach the first: captured, carried as one file, compared with what is there,
 * mapped, restored.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ArchiveReader, SnapshotReader } from '../../../src/format/index.ts';
import { captureSources } from '../../../src/operations/capture.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { applyPlan } from '../../../src/operations/plan/apply-plan.ts';
import { findDrift } from '../../../src/operations/plan/drift.ts';
import { makePlan } from '../../../src/operations/plan/make-plan.ts';
import { isObstructed as isObstructedItem, type Plan } from '../../../src/operations/plan/plan.ts';
import { decodePlan, encodePlan } from '../../../src/operations/plan/plan-file.ts';
import type { ItemResult } from '../../../src/operations/plan/restore-events.ts';
import {
  mappingTransformOf,
  readMappingFile,
  type MappingTransform,
} from '../../../src/operations/transfer/mapping-transform.ts';
import { isObstructed, preflight, type PreflightResult } from '../../../src/operations/transfer/preflight.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { withCode } from '../../format/expected-error.ts';
import { requirement } from '../../requirements.ts';
import {
  ABROAD,
  ABROAD_CLASSES,
  HOME,
  HOME_CLASSES,
  SECRETS,
  TRAVEL_MAPPING,
  TRAVELLING_SHOP,
} from './travelling-shop.ts';

const SELECTION = { selections: [], namespace: HOME };

describe('moving a namespace to another cluster', function () {
  this.timeout(180_000);
  let folder: string;
  let abroad: TestCluster;
  let archive: ArchiveReader;
  let snapshot: SnapshotReader;
  let transform: MappingTransform;

  before(requirement('cluster'));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-transfer-'));
    const home = await startCluster({ directory: path.join(folder, 'home') });
    try {
      for (const manifests of [
        `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${HOME}}`,
        HOME_CLASSES,
        SECRETS,
      ]) {
        await home.kubectl(['apply', '--server-side', '--filename=-'], manifests);
      }
      await home.kubectl(['wait', '--for=condition=Established', 'crd/stores.transfer.example.com']);
      await home.kubectl(['apply', '--filename=-'], TRAVELLING_SHOP);
      await captureSources({
        sources: ['k8s://'],
        archivePath: path.join(folder, 'home.ptar'),
        encryption: () => Promise.resolve('plaintext'),
        importer: { kubernetes: { kubeconfig: home.kubeconfig } },
      });
    } finally {
      await home.remove();
    }
    abroad = await sharedCluster();
    archive = await openArchiveFile(path.join(folder, 'home.ptar'));
    [snapshot] = (await archive.snapshots()) as [SnapshotReader];
    const mappingPath = path.join(folder, 'mapping.yaml');
    await writeFile(mappingPath, TRAVEL_MAPPING);
    transform = await mappingTransformOf(snapshot, SELECTION, await readMappingFile(mappingPath));
  });
  after(async () => {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
    await abroad.kubectl(['delete', 'namespace', ABROAD, '--ignore-not-found', '--wait=false']);
    await abroad.kubectl(['delete', '--ignore-not-found', '--filename=-'], ABROAD_CLASSES);
  });

  function check(kubeconfig = abroad.kubeconfig): Promise<PreflightResult> {
    return preflight({ snapshot, selection: SELECTION, target: 'k8s://', access: { kubeconfig }, transform });
  }
  function missing({ requirements }: PreflightResult): string[] {
    return requirements.filter(({ state }) => state === 'missing').map(({ kind, name }) => `${kind} ${name}`);
  }
  async function plan(): Promise<Plan> {
    const access = { kubeconfig: abroad.kubeconfig };
    for await (const event of makePlan({
      archive,
      snapshot,
      selection: SELECTION,
      target: 'k8s://',
      access,
      transform,
    })) {
      if (event.event === 'planned') return event.plan;
    }
    return assert.fail('no plan');
  }

  it('is told what is missing, with read-only requests', async () => {
    const kubeconfig = await abroad.kubeconfigFor('transfer-reader', ['transfer-readers']);
    const rights = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: transfer-readers}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list]}, {nonResourceURLs: ["*"], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: transfer-readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: transfer-readers}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: transfer-readers}]`;
    await abroad.kubectl(['apply', '--filename=-'], rights);
    try {
      const result = await check(kubeconfig);
      assert.ok(isObstructed(result));
      assert.deepEqual(missing(result), [
        'definition Store.transfer.example.com/v1',
        'storage class transfer-standard',
        'ingress class transfer-traefik',
        'priority class transfer-high',
      ]);
      const priority = result.requirements.find(({ kind }) => kind === 'priority class');
      assert.deepEqual([priority?.neededBy, priority?.count], [[`${ABROAD}/deployment.apps/web`], 1]);
      const images = result.requirements.filter(({ kind }) => kind === 'image').map(({ name }) => name);
      assert.ok(images.includes('registry.abroad.example.net:5000/quay/acme/web:1'), images.join());
    } finally {
      await abroad.kubectl(['delete', '--filename=-'], rights);
    }
  });

  it('cannot be planned whole before that', async () => {
    const before = await plan();
    const reasons = before.items
      .filter(isObstructedItem)
      .map(({ identity, verdict }) => `${identity.kind} ${verdict}`);
    assert.deepEqual(reasons.sort(), [
      'Deployment missing',
      'Ingress missing',
      'PersistentVolumeClaim missing',
      'Store missing',
    ]);
  });

  it('needs nothing more once that is there', async () => {
    await abroad.kubectl(['apply', '--filename=-'], ABROAD_CLASSES);
    await abroad.kubectl(['wait', '--for=condition=Established', 'crd/stores.transfer.example.com']);
    const result = await check();
    assert.deepEqual(missing(result), []);
    assert.ok(!isObstructed(result));
    const { items, mapping } = await plan();
    assert.deepEqual(items.filter(isObstructedItem), []);
    assert.deepEqual(mapping, transform.mapping);
    const namespaces = new Set(
      items.filter(({ verdict }) => verdict === 'create').map(({ identity }) => identity.namespace),
    );
    assert.deepEqual(namespaces, new Set([undefined, ABROAD]));
    const notes = items.find(
      ({ identity }) => identity.kind === 'ConfigMap' && identity.name === 'settings',
    )?.notes;
    assert.deepEqual(notes, [
      `left alone: namespace ${HOME} in data.tenant: text that may mean something else`,
    ]);
  });

  it('is restored from the saved plan alone, and works there', async () => {
    const saved = decodePlan(encodePlan(await plan()));
    const access = { kubeconfig: abroad.kubeconfig };
    for await (const event of findDrift({ archive, plan: saved, access })) {
      if (event.event === 'drift') assert.deepEqual(event.drift, []);
    }
    const results: ItemResult[] = [];
    for await (const event of applyPlan({
      archive,
      plan: saved,
      access,
      stateFolder: path.join(folder, 'state'),
    })) {
      if (event.event === 'result') results.push(event.result);
    }
    assert.deepEqual(
      results.filter(({ outcome }) => outcome === 'failed'),
      [],
    );
    const kubectl = (...args: readonly string[]): Promise<string> => abroad.kubectl(['-n', ABROAD, ...args]);
    await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
    const spec = JSON.parse(await kubectl('get', 'pods', '-l', 'app=web', '-o', 'json')) as {
      items: { spec: { containers: { image: string; env: { name: string; value: string }[] }[] } }[];
    };
    const [container] = spec.items[0]?.spec.containers ?? [];
    assert.equal(container?.image, 'registry.abroad.example.net:5000/quay/acme/web:1');
    assert.equal(container.env.find(({ name }) => name === 'DB')?.value, `db.${ABROAD}.svc.cluster.local`);
    const account = `system:serviceaccount:${ABROAD}:web`;
    assert.equal((await kubectl('auth', 'can-i', 'get', 'configmaps', `--as=${account}`)).trim(), 'yes');
    const fields = await kubectl(
      ...['get', 'ingress/web', 'store/main', 'pvc/data', '-o'],
      'jsonpath={range .items[*]}{.spec.ingressClassName}{.spec.rules[0].host}{.spec.url}{.spec.targetNamespace}{.spec.storageClassName};{end}',
    );
    assert.equal(
      fields,
      `transfer-traefikshop.abroad.example.net;http://db.${ABROAD}.svc/${ABROAD};transfer-standard;`,
    );
    const names = (await abroad.kubectl(['get', 'namespaces', '-o', 'name'])).split('\n');
    assert.ok(!names.includes(`namespace/${HOME}`));
  });

  it('is refused where two objects would become one', async () => {
    const file = path.join(folder, 'merge.yaml');
    await writeFile(file, `namespaces: {default: ${HOME}}`);
    const both = { selections: ['configmaps/kube-root-ca.crt'] };
    await assert.rejects(mappingTransformOf(snapshot, both, await readMappingFile(file)), withCode('USAGE'));
  });

  it('says which mapping file cannot be read', async () => {
    await assert.rejects(readMappingFile(path.join(folder, 'none.yaml')), /none\.yaml/);
  });
});
