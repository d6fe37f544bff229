/**
 * Captures while a cluster misbehaves: what can be read is captured, what cannot is named, and what comes back is waited for. The
 * cluster is this suite's own, because it is harmed.
 */
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import {
  openKubernetesImporter,
  type KubernetesImportOptions,
} from '../../../src/connectors/kubernetes/index.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { builtIns, createObjects, testNamespace } from './test-objects.ts';
import { writeTestKubeconfig } from './test-kubeconfig.ts';

const NAMESPACE = 'k8s-faults';
const BULK = 1_500;
/** The API server believes a token for so long after it was last checked. */
const TOKEN_CACHE_MS = 10_000;

describe('Kubernetes capture of a cluster that misbehaves', function () {
  this.timeout(240_000);
  let cluster: TestCluster;
  let client: ClusterClient;

  before(requirement('cluster'));
  before(async () => {
    cluster = await startCluster({
      directory: await mkdtemp(path.join(tmpdir(), 'k8s-faults-')),
      // Otherwise the API server answers for a moment from its memory after etcd has forgotten it.
      apiserverFlags: ['--feature-gates=ListFromCacheSnapshot=false'],
    });
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    await createObjects(client, [testNamespace(NAMESPACE)]);
    await createObjects(client, builtIns(NAMESPACE, 20));
    // Several pages, so that a capture can be caught in the middle of one.
    const bulk = Array.from({ length: BULK }, (_, index) => ({
      path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      json: JSON.stringify({ metadata: { name: `bulk-${index}` }, data: { text: 'x'.repeat(4_000) } }),
    }));
    await createObjects(client, bulk);
  });
  after(async () => {
    await client.close();
    await cluster.remove();
  });

  /** Captures; `midway` runs when the first of many records has come and most lists are still to be made. */
  async function capture(
    options: KubernetesImportOptions = {},
    midway?: () => Promise<void> | void,
  ): Promise<MemoryCapture> {
    const importer = await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig, ...options });
    return captureToMemory(importer, {
      onRecord: async (count) => {
        if (count === 1) await midway?.();
      },
    });
  }

  function bulkOf({ paths }: MemoryCapture): number {
    return paths.filter((item) => item.includes('/ConfigMap/v1/bulk-')).length;
  }

  it('goes on over a restart of the API server, still as of one moment', async () => {
    let restart: Promise<void> | undefined;
    const captured = await capture({}, () => {
      restart = cluster.stopApiServer().then(() => cluster.startApiServer());
    });
    await restart;
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
  });

  it('starts again when etcd has compacted the moment away, and is exact where nothing has changed', async () => {
    // Events come at any time.
    const captured = await capture({ excludeKinds: ['events'] }, compactNow);
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
    assert.equal(new Set(captured.paths).size, captured.paths.length);
    assert.equal(captured.context.get('kubernetes.mixed'), undefined);
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
  });

  it('says which kinds have changed between the first moment and the second', async () => {
    const captured = await capture({ excludeKinds: ['events'] }, async () => {
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
      const late = { metadata: { name: 'late' } };
      await client.text({ method: 'POST', path, body: JSON.stringify(late) });
      const contentType = 'application/merge-patch+json';
      // The first in the order of names, so on the page that has been read by now.
      await client.text({
        method: 'PATCH',
        path: `${path}/bulk-0`,
        contentType,
        body: '{"data":{"text":"new"}}',
      });
      await compactNow();
    });
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
    assert.ok(captured.paths.includes(`/${NAMESPACE}/_/ConfigMap/v1/late.yaml`));
    assert.equal(captured.context.get('kubernetes.consistency'), 'mixed');
    assert.equal(
      captured.context.get('kubernetes.mixed'),
      'ConfigMap: the first moment was compacted away; objects that have changed since: 1',
    );
  });

  async function compactNow(): Promise<void> {
    // A write of a kind that is not captured, so that the moment of the capture lies before it.
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    await client.text({
      method: 'POST',
      path: leases,
      body: JSON.stringify({ metadata: { generateName: 'compact-' } }),
    });
    const list = (await client.json({ path: '/api/v1/namespaces?limit=1' })) as {
      metadata: { resourceVersion: string };
    };
    await cluster.etcdctl(['compaction', list.metadata.resourceVersion]);
  }

  it('gets a new token when the old one stops being valid midway', async () => {
    const directory = await mkdtemp(path.join(cluster.directory, 'token-'));
    const tokenFile = path.join(directory, 'token');
    await cluster.kubectl(['create', 'serviceaccount', 'captor', '-n', NAMESPACE]);
    const account = `--serviceaccount=${NAMESPACE}:captor`;
    await cluster.kubectl(['create', 'clusterrolebinding', 'captor', '--clusterrole=cluster-admin', account]);
    const issue = async (secret: string): Promise<string> => {
      await cluster.kubectl(['create', 'secret', 'generic', secret, '-n', NAMESPACE]);
      const bound = ['--bound-object-kind=Secret', `--bound-object-name=${secret}`];
      return (await cluster.kubectl(['create', 'token', 'captor', '-n', NAMESPACE, ...bound])).trim();
    };
    await writeFile(tokenFile, await issue('bound-1'));
    // As a cloud's plugin does: prints an ExecCredential with the token of the hour.
    const script = `process.stdout.write(JSON.stringify({apiVersion:'client.authentication.k8s.io/v1',kind:'ExecCredential',status:{token:require('fs').readFileSync(process.argv[1],'utf8')}}))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script, tokenFile],
    };
    const kubeconfig = await writeTestKubeconfig(cluster, { exec: { ...exec, interactiveMode: 'Never' } });
    const captured = await capture({ kubeconfig }, async () => {
      await writeFile(tokenFile, await issue('bound-2'));
      await cluster.kubectl(['delete', 'secret', 'bound-1', '-n', NAMESPACE]);
      await sleep(TOKEN_CACHE_MS + 1_000);
    });
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
  });

  it('waits its turn when the API server is busy', async () => {
    const kubeconfig = await cluster.kubeconfigFor('throttled');
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'throttled',
      '--clusterrole=cluster-admin',
      '--user=throttled',
    ]);
    const flowcontrol = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const limited = {
      nominalConcurrencyShares: 1,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    };
    const subjects = [{ kind: 'User', user: { name: 'throttled' } }];
    const everything = {
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
      namespaces: ['*'],
      clusterScope: true,
    };
    await createObjects(client, [
      {
        path: `${flowcontrol}/prioritylevelconfigurations`,
        json: JSON.stringify({ metadata: { name: 'throttled' }, spec: { type: 'Limited', limited } }),
      },
      {
        path: `${flowcontrol}/flowschemas`,
        json: JSON.stringify({
          metadata: { name: 'throttled' },
          spec: {
            priorityLevelConfiguration: { name: 'throttled' },
            matchingPrecedence: 10,
            rules: [{ subjects, resourceRules: [everything] }],
          },
        }),
      },
    ]);
    await sleep(2_000);
    const captured = await capture({ kubeconfig });
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
    const metrics = await client.text({ path: '/metrics', accept: 'text/plain' });
    const rejected =
      /^apiserver_flowcontrol_rejected_requests_total\{flow_schema="throttled".*\} (\d+)$/m.exec(
        metrics,
      )?.[1];
    assert.ok(Number(rejected) > 0, 'the API server has turned requests away');
  });

  // These break discovery and a kind for everything after them.
  it('reads a kind in another version when the conversion webhook fails', async () => {
    await createConvertedKind('converted');
    const captured = await capture();
    assert.deepEqual([...captured.errors], []);
    assert.ok(captured.paths.includes(`/${NAMESPACE}/faults.test/Converted/v1/one.yaml`));
    assert.match(
      captured.context.get('kubernetes.other-versions') ?? '',
      /^Converted\.faults\.test: as v1: .*webhook/,
    );
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
  });

  it('names a kind that no version can be read of, and captures the others', async () => {
    await createConvertedKind('unreadable');
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/unreadables.faults.test';
    // The stored version is not served any more, so everything has to be converted.
    const body = JSON.stringify([{ op: 'replace', path: '/spec/versions/0/served', value: false }]);
    await client.text({
      method: 'PATCH',
      path: definition,
      contentType: 'application/json-patch+json',
      body,
    });
    await sleep(2_000);
    const captured = await capture();
    assert.match(captured.errors.get('/_/faults.test/Unreadable') ?? '', /conversion webhook/);
    assert.match(captured.context.get('kubernetes.failed') ?? '', /^Unreadable\.faults\.test: /m);
    assert.equal(bulkOf(captured), BULK);
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
  });

  it('names an APIService whose server is away, and captures the others', async () => {
    const spec = {
      group: 'away.test',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
    };
    await createObjects(client, [
      {
        path: '/apis/apiregistration.k8s.io/v1/apiservices',
        json: JSON.stringify({
          metadata: { name: 'v1.away.test' },
          spec: { ...spec, service: { namespace: NAMESPACE, name: 'away' } },
        }),
      },
    ]);
    await sleep(2_000);
    const captured = await capture();
    assert.match(
      captured.errors.get('/_/away.test') ?? '',
      /^APIService v1\.away\.test \(away in k8s-faults\) is not available: /,
    );
    assert.equal(bulkOf(captured), BULK);
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
  });

  /** A kind with an object stored as v1, preferred as v2, and a webhook between them that nobody answers. */
  async function createConvertedKind(singular: string): Promise<void> {
    const kind = `${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
    const names = { plural: `${singular}s`, singular, kind };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [
      { name: 'v1', served: true, storage: true, schema },
      { name: 'v2', served: true, storage: false, schema },
    ];
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const metadata = { name: `${names.plural}.faults.test` };
    const spec = { group: 'faults.test', names, scope: 'Namespaced', versions };
    await client.text({ method: 'POST', path: definitions, body: JSON.stringify({ metadata, spec }) });
    await sleep(2_000);
    await client.text({
      method: 'POST',
      path: `/apis/faults.test/v1/namespaces/${NAMESPACE}/${names.plural}`,
      body: JSON.stringify({ apiVersion: 'faults.test/v1', kind, metadata: { name: 'one' } }),
    });
    const webhook = {
      conversionReviewVersions: ['v1'],
      clientConfig: { url: 'https://127.0.0.1:9/convert' },
    };
    await client.text({
      method: 'PATCH',
      path: `${definitions}/${metadata.name}`,
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ spec: { conversion: { strategy: 'Webhook', webhook } } }),
    });
    await sleep(2_000);
  }
});
