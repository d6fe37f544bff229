/** Restores that meet with resistance: each object gets its own result, and the others are restored. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import type { ExportResult, Importer } from '../../../src/connectors/connector.ts';
import { openKubernetesExporter, openKubernetesImporter } from '../../../src/connectors/kubernetes/index.ts';
import { CancelledError } from '../../../src/errors.ts';
import { EPOCH, plainFileInfo, type SnapshotReader } from '../../../src/format/index.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory } from './memory-archive.ts';
import { createObjects, customResources, definitions, testNamespace } from './test-objects.ts';

const NAMESPACE = 'k8s-restore';

describe('Kubernetes restore', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let client: ClusterClient;

  before(requirement('cluster'));
  before(async () => {
    cluster = await startCluster({ directory: await mkdtemp(path.join(tmpdir(), 'k8s-restore-')) });
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    await createObjects(client, [testNamespace(NAMESPACE)]);
  });
  after(async () => {
    await client.close();
    await cluster.remove();
  });

  /** A snapshot of files as they are given: what a foreign tool, or an enemy, may have put together. */
  async function snapshotOf(files: Readonly<Record<string, string>>): Promise<SnapshotReader> {
    const importer: Importer = {
      type: 'k8s',
      origin: 'test',
      root: '/',
      async *records() {
        for (const [file, text] of Object.entries(files)) {
          const content = Buffer.from(text);
          yield {
            path: file,
            info: plainFileInfo(path.basename(file), 0o644, EPOCH, content.length),
            content: () => [content],
          };
          await Promise.resolve();
        }
      },
      context: () => [],
      close: () => Promise.resolve(),
    };
    return (await captureToMemory(importer)).snapshot;
  }

  async function restore(
    snapshot: SnapshotReader,
    options: {
      kubeconfig?: string;
      dryRun?: boolean;
      uri?: string;
      signal?: AbortSignal;
      onResult?: () => void;
    } = {},
  ): Promise<Map<string, ExportResult>> {
    const kubeconfig = options.kubeconfig ?? cluster.kubeconfig;
    const exporter = await openKubernetesExporter(options.uri ?? 'k8s://', { kubeconfig });
    const results = new Map<string, ExportResult>();
    const { dryRun = false, signal } = options;
    try {
      const all = exporter.export(snapshot, snapshot.walkBatches('/'), {
        dryRun,
        ...(signal ? { signal } : {}),
      });
      for await (const batch of all) {
        for (const result of batch) results.set(result.path, result);
        options.onResult?.();
      }
    } finally {
      await exporter.close();
    }
    return results;
  }

  function configMap(name: string, data = 'a: b', namespace = NAMESPACE): string {
    return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  ${data}\n`;
  }

  function pathOf(name: string, kind = 'ConfigMap', namespace = NAMESPACE): string {
    return `/${namespace}/_/${kind}/v1/${name}.yaml`;
  }

  it('brings a kind back before its objects, and says under a dry run that it must', async () => {
    await createObjects(client, definitions('restore'));
    await sleep(2_000);
    await createObjects(client, customResources('restore', NAMESPACE, 20));
    const kinds = ['customresourcedefinitions', 'gadgetrestores', 'widgetrestores'];
    const importer = await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig, kinds });
    const { snapshot } = await captureToMemory(importer);
    await cluster.kubectl(['delete', 'customresourcedefinition', '--all']);
    const custom = `/${NAMESPACE}/round-trip.test/Gadgetrestore/v1/custom-0.yaml`;
    const tried = await restore(snapshot, { dryRun: true });
    assert.deepEqual(tried.get(custom), {
      path: custom,
      name: 'gadgetrestore.round-trip.test/custom-0',
      outcome: 'created',
      reason: 'not tried: its kind Gadgetrestore.round-trip.test does not exist yet',
    });
    const results = await restore(snapshot);
    assert.deepEqual(new Set([...results.values()].map((result) => result.outcome)), new Set(['created']));
    assert.equal(results.size, 22);
  });

  it('says why a kind cannot be used, and restores the others', async () => {
    const names = { plural: 'gizmos', singular: 'gizmo', kind: 'Gadgetrestore', listKind: 'GizmoList' };
    const schema = { openAPIV3Schema: { type: 'object' } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gizmos.round-trip.test' },
      spec: {
        group: 'round-trip.test',
        names,
        scope: 'Namespaced',
        versions: [{ name: 'v2', served: true, storage: true, schema }],
      },
    };
    const gizmo = `/${NAMESPACE}/round-trip.test/Gadgetrestore/v2/one.yaml`;
    const results = await restore(
      await snapshotOf({
        '/_/apiextensions.k8s.io/CustomResourceDefinition/v1/gizmos.round-trip.test.yaml':
          JSON.stringify(definition),
        [gizmo]: `apiVersion: round-trip.test/v2\nkind: Gadgetrestore\nmetadata: {name: one, namespace: ${NAMESPACE}}\n`,
        [pathOf('beside')]: configMap('beside'),
      }),
    );
    assert.equal(results.get(pathOf('beside'))?.outcome, 'created');
    assert.match(
      results.get(gizmo)?.reason ?? '',
      /^CustomResourceDefinition gizmos\.round-trip\.test: its names are not accepted: "Gadgetrestore" is already in use$/,
    );
  });

  it('gives each object its own result and goes on', async () => {
    const immutable = (value: string): string => `${configMap('fixed', `a: ${value}`)}immutable: true\n`;
    await cluster.kubectl(['apply', '--filename=-'], immutable('one'));
    const results = await restore(
      await snapshotOf({
        [pathOf('good')]: configMap('good'),
        [pathOf('fixed')]: immutable('two'),
        [pathOf('no-yaml')]: 'a: [b',
        [pathOf('two-documents')]: `${configMap('two-documents')}---\n${configMap('two-documents')}`,
        [pathOf('innocent')]: configMap('other'),
        [pathOf('lost', 'ConfigMap', 'no-such-namespace')]: configMap('lost', 'a: b', 'no-such-namespace'),
        [`/${NAMESPACE}/gone.test/Thing/v1/x.yaml`]: `apiVersion: gone.test/v1\nkind: Thing\nmetadata: {name: x, namespace: ${NAMESPACE}}\n`,
        '/notes.txt': 'not an object',
      }),
    );
    const outcomes = [...results.values()].map(({ path, outcome, reason }) =>
      `${path} ${outcome} ${reason ?? ''}`.trim(),
    );
    const expected = [
      /^\/k8s-restore\/_\/ConfigMap\/v1\/good\.yaml created$/,
      /fixed\.yaml failed rejected with 422: patch configmaps "fixed" in namespace "k8s-restore": .*immutable/,
      /no-yaml\.yaml failed .*not valid YAML/,
      /two-documents\.yaml failed .*does not hold one object$/,
      /innocent\.yaml failed .*holds another object than its path says: it is not restored$/,
      /lost\.yaml failed .*namespaces "no-such-namespace" not found$/,
      /Thing\/v1\/x\.yaml failed the cluster does not serve Thing of gone\.test\/v1: restore its CustomResourceDefinition first$/,
      /^\/notes\.txt skipped not an API object$/,
    ];
    assert.equal(outcomes.length, expected.length);
    for (const pattern of expected) {
      assert.ok(
        outcomes.some((line) => pattern.test(line)),
        `${String(pattern)} in\n${outcomes.join('\n')}`,
      );
    }
    await assert.rejects(client.text({ path: `/api/v1/namespaces/${NAMESPACE}/configmaps/other` }), {
      status: 404,
    });
  });

  it('keeps the values of Secrets out of its messages', async () => {
    const secret = (data: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: ${NAMESPACE}}\n${data}\n`;
    await cluster.kubectl(['apply', '--filename=-'], secret('data: {password: c2VjcmV0}'));
    for (const wrong of [
      'data: {password: canary-not-base64}',
      'data: {password: 987123}',
      'type: canary\ndata: {}',
      'data: [canary]',
    ]) {
      const results = await restore(await snapshotOf({ [pathOf('keys', 'Secret')]: secret(wrong) }));
      const { outcome, reason = '' } = results.get(pathOf('keys', 'Secret')) ?? {};
      assert.equal(outcome, 'failed', wrong);
      assert.match(
        reason,
        /^(?:rejected with 4\d\d|.* failed with 500).*patch secrets "keys" in namespace "k8s-restore"/,
      );
      assert.doesNotMatch(reason, /canary|987123/);
    }
  });

  it('restores only one namespace where it is asked to', async () => {
    const snapshot = await snapshotOf({
      [pathOf('mine')]: configMap('mine'),
      [pathOf('theirs', 'ConfigMap', 'default')]: configMap('theirs', 'a: b', 'default'),
      [`/_/_/Namespace/v1/${NAMESPACE}.yaml`]: `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${NAMESPACE}}\n`,
    });
    const results = await restore(snapshot, { uri: `k8s:///${NAMESPACE}` });
    assert.deepEqual(
      [...results.values()].map(({ name, outcome, reason }) => [name, outcome, reason]).sort(),
      [
        ['configmap/mine', 'created', undefined],
        ['configmap/theirs', 'skipped', 'not in namespace k8s-restore'],
        ['namespace/k8s-restore', 'unchanged', undefined],
      ],
    );
  });

  it('names the rule that a user lacks', async () => {
    const kubeconfig = await cluster.kubeconfigFor('restorer');
    await cluster.kubectl([
      'create',
      'rolebinding',
      'restorer',
      '-n',
      NAMESPACE,
      '--clusterrole=view',
      '--user=restorer',
    ]);
    const results = await restore(await snapshotOf({ [pathOf('denied')]: configMap('denied') }), {
      kubeconfig,
    });
    assert.equal(
      results.get(pathOf('denied'))?.reason,
      'forbidden: user "restorer" may not create configmaps in namespace "k8s-restore": it takes a Role in namespace "k8s-restore" with verbs [create], apiGroups [""], resources [configmaps]',
    );
  });

  it('goes on over a restart of the API server, and nothing is missing or twice', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `restart-${index}`);
    const files = Object.fromEntries(names.map((name) => [pathOf(name), configMap(name)]));
    let restart: Promise<void> | undefined;
    let count = 0;
    const results = await restore(await snapshotOf(files), {
      onResult: () => {
        if (++count === 50) restart = cluster.stopApiServer().then(() => cluster.startApiServer());
      },
    });
    await restart;
    const failed = [...results.values()].filter((result) => result.outcome === 'failed');
    assert.deepEqual(failed, []);
    const list = (await client.json({ path: `/api/v1/namespaces/${NAMESPACE}/configmaps` })) as {
      items: { metadata: { name: string } }[];
    };
    const restored = list.items.filter((item) => item.metadata.name.startsWith('restart-'));
    assert.equal(restored.length, names.length);
  });

  it('stops at once when it is cancelled', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `cancelled-${index}`);
    const files = Object.fromEntries(names.map((name) => [pathOf(name), configMap(name)]));
    const abort = new AbortController();
    await assert.rejects(
      restore(await snapshotOf(files), { signal: abort.signal, onResult: () => abort.abort() }),
      CancelledError,
    );
    const list = await client.text({ path: `/api/v1/namespaces/${NAMESPACE}/configmaps` });
    assert.ok((list.match(/"name":"cancelled-/g) ?? []).length < names.length);
  });
});
