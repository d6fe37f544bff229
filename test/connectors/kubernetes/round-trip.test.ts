/**
 * Objects of a real cluster survive capture, loss and restore: a thousand of them, of most kinds, equal afterwards but for what
 * `runtime-fields.ts` names. What controllers make is not restored, and named.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import type { ExportResult } from '../../../src/connectors/connector.ts';
import { openKubernetesExporter, openKubernetesImporter } from '../../../src/connectors/kubernetes/index.ts';
import { readObject } from '../../../src/connectors/kubernetes/restore-entry.ts';
import { leftOutReason } from '../../../src/resources/controller-made.ts';
import { stringifyJson } from '../../../src/resources/json-text.ts';
import { equalJson, valueAt } from '../../../src/resources/json-value.ts';
import { comparable } from '../../../src/resources/runtime-fields.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { builtIns, createObjects, customResources, definitions, testNamespace } from './test-objects.ts';

const SUFFIX = 'roundtrip';
const NAMESPACES = ['k8s-round-trip-a', 'k8s-round-trip-b'];

describe('Kubernetes capture and restore', function () {
  this.timeout(180_000);
  let kubeconfig: string;
  let client: ClusterClient;
  let original: MemoryCapture;

  before(requirement('cluster'));
  before(async function () {
    kubeconfig = (await sharedCluster()).kubeconfig;
    client = await openClusterClient({ kubeconfig });
    for (const namespace of NAMESPACES) {
      await createObjects(client, [testNamespace(namespace, { team: 'on' })]);
    }
    await createObjects(client, definitions(SUFFIX));
    await sleep(1_000);
    for (const namespace of NAMESPACES) {
      const objects = [...builtIns(namespace, 150), ...customResources(SUFFIX, namespace, 80)];
      const limits = objects.filter(({ path }) => path.endsWith('/limitranges'));
      await createObjects(client, limits);
      await defaultsOfLimitRange(namespace);
      await createObjects(
        client,
        objects.filter((object) => !limits.includes(object)),
      );
    }
    original = await capture();
  });
  after(async () => {
    await removeAll();
    for (const { path, json } of definitions(SUFFIX)) {
      const { name } = (JSON.parse(json) as { metadata: { name: string } }).metadata;
      await client.text({ method: 'DELETE', path: `${path}/${name}` });
    }
    await client.close();
  });

  /** Admission learns of a LimitRange by a watch: a Pod created too early would stay without its defaults, a restored one would not. */
  async function defaultsOfLimitRange(namespace: string): Promise<void> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe' },
      spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] },
    };
    for (let attempt = 0; attempt < 100; attempt++) {
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
      const created = await client.text({ method: 'POST', path, body: JSON.stringify(pod) });
      if (created.includes('"64Mi"')) return;
      await sleep(100);
    }
    assert.fail(`the LimitRange of ${namespace} has no effect`);
  }

  async function capture(): Promise<MemoryCapture> {
    const importer = await openKubernetesImporter('k8s://', {
      kubeconfig,
      namespaces: NAMESPACES,
      excludeKinds: ['events', 'endpoints', 'endpointslices'],
    });
    return captureToMemory(importer);
  }

  async function removeAll(): Promise<void> {
    const paths = NAMESPACES.map((namespace) => `/api/v1/namespaces/${namespace}`);
    for (const path of paths) await client.text({ method: 'DELETE', path }).catch(() => undefined);
    for (const path of paths) {
      while ((await client.text({ path }).catch(() => '')) !== '') await sleep(200);
    }
  }

  async function restore(dryRun: boolean): Promise<Map<string, ExportResult>> {
    const exporter = await openKubernetesExporter('k8s://', { kubeconfig });
    const results = new Map<string, ExportResult>();
    try {
      const entries = original.snapshot.walkBatches('/');
      for await (const batch of exporter.export(original.snapshot, entries, { dryRun })) {
        for (const result of batch) {
          assert.ok(!results.has(result.path), `two results for ${result.path}`);
          results.set(result.path, result);
        }
      }
    } finally {
      await exporter.close();
    }
    return results;
  }

  it('captures all of it, exactly, with nothing failed', () => {
    assert.deepEqual([...original.errors], []);
    assert.equal(original.context.get('kubernetes.consistency'), 'exact');
    assert.ok(original.paths.length > 1_000, `${original.paths.length} objects`);
    for (const kind of ['Namespace/v1', 'ConfigMap/v1', 'Secret/v1', 'Deployment/v1', 'Gadgetroundtrip/v1']) {
      assert.ok(
        original.paths.some((path) => path.includes(`/${kind}/`)),
        kind,
      );
    }
  });

  it('keeps integers beyond 2^53 and unknown fields', async () => {
    const entry = await original.snapshot.entry(
      `/${NAMESPACES[0] ?? ''}/round-trip.test/Gadgetroundtrip/v1/custom-0.yaml`,
    );
    const unknown = valueAt(await readObject(original.snapshot, entry), 'unknown');
    assert.match(
      stringifyJson(unknown ?? null),
      /"max":9223372036854775807,.*"negative":-9007199254740993,|"negative":-9007199254740993,.*"odd":9007199254740993/,
    );
  });

  it('calls everything unchanged while it is there', async () => {
    const outcomes = new Set([...(await restore(true)).values()].map((result) => result.outcome));
    assert.deepEqual([...outcomes].sort(), ['skipped', 'unchanged']);
  });

  it('says under a dry run what cannot be tried yet, and writes nothing', async () => {
    await removeAll();
    const results = await restore(true);
    const config = results.get('/k8s-round-trip-a/_/ConfigMap/v1/config-1.yaml');
    assert.deepEqual(
      [config?.outcome, config?.reason],
      ['created', 'not tried: namespace k8s-round-trip-a does not exist yet'],
    );
    await assert.rejects(client.text({ path: '/api/v1/namespaces/k8s-round-trip-a' }), { status: 404 });
  });

  it('restores every object as it was, but for runtime fields', async () => {
    const results = await restore(false);
    const failed = [...results.values()].filter((result) => result.outcome === 'failed');
    assert.deepEqual(failed, []);
    const after = await capture();
    let compared = 0;
    for (const path of original.paths) {
      const captured = await readObject(original.snapshot, await original.snapshot.entry(path));
      const reason = leftOutReason(captured);
      assert.equal(results.get(path)?.outcome, reason === undefined ? 'created' : 'skipped', path);
      assert.equal(results.get(path)?.reason, reason, path);
      if (reason !== undefined) continue;
      const restored = await readObject(after.snapshot, await after.snapshot.entry(path));
      const [expected, actual] = [comparable(captured), comparable(restored)];
      if (!equalJson(expected, actual)) {
        assert.equal(stringifyJson(actual, 1), stringifyJson(expected, 1), path);
      }
      compared++;
    }
    assert.ok(compared > 1_000, `${compared} compared`);
  });

  it('restores status where it is a field like any other', async () => {
    const path = '/apis/round-trip.test/v1/namespaces/k8s-round-trip-a';
    const widget = await client.json({ path: `${path}/widgetroundtrips/custom-1` });
    assert.deepEqual((widget as { status?: unknown }).status, { observed: "somebody's data 1" });
  });

  it('takes changed fields back and keeps what it does not know', async () => {
    const path = '/api/v1/namespaces/k8s-round-trip-a/configmaps/config-1';
    await client.text({
      method: 'PATCH',
      path: `${path}?fieldManager=somebody`,
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ data: { no: 'changed', added: 'later' } }),
    });
    const results = await restore(false);
    assert.equal(results.get('/k8s-round-trip-a/_/ConfigMap/v1/config-1.yaml')?.outcome, 'updated');
    const { data } = (await client.json({ path })) as { data: Record<string, string> };
    assert.equal(data['no'], 'yes');
    assert.equal(data['added'], 'later');
  });
});
