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
import { CancelledError } from '../../../src/errors.ts';
import { startCluster, type TestCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';
import { captureToMemory, type MemoryCapture } from './memory-archive.ts';
import { builtIns, createObjects, testNamespace } from './test-objects.ts';

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
    uri = 'k8s://',
  ): Promise<MemoryCapture> {
    const importer = await openKubernetesImporter(uri, { kubeconfig: cluster.kubeconfig, ...options });
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

  it('takes a second moment for what is left when etcd has compacted the first away', async () => {
    const captured = await capture({}, async () => {
      const namespace = (await client.json({ path: '/api/v1/namespaces?limit=1' })) as {
        metadata: { resourceVersion: string };
      };
      await cluster.etcdctl(['compaction', namespace.metadata.resourceVersion]);
    });
    assert.deepEqual([...captured.errors], []);
    assert.equal(bulkOf(captured), BULK);
    assert.equal(new Set(captured.paths).size, captured.paths.length);
    assert.equal(captured.context.get('kubernetes.consistency'), 'mixed');
    assert.match(captured.context.get('kubernetes.mixed') ?? '', /^ConfigMap: .*compacted/m);
  });

  it('gets a new token when the old one stops being valid midway', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'k8s-faults-'));
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
    const kubeconfig = await writeKubeconfig(directory, { exec: { ...exec, interactiveMode: 'Never' } });
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

  it('reads one namespace for a user who has no other, and names what is missing', async () => {
    const kubeconfig = await cluster.kubeconfigFor('tenant');
    await cluster.kubectl([
      'create',
      'rolebinding',
      'tenant',
      '-n',
      NAMESPACE,
      '--clusterrole=view',
      '--user=tenant',
    ]);
    const captured = await capture({ kubeconfig }, undefined, `k8s:///${NAMESPACE}`);
    assert.equal(bulkOf(captured), BULK);
    assert.ok(captured.paths.includes(`/_/_/Namespace/v1/${NAMESPACE}.yaml`));
    assert.equal(captured.context.get('kubernetes.consistency'), 'exact');
    assert.equal(
      captured.errors.get(`/${NAMESPACE}/_/Secret`),
      `forbidden: user "tenant" may not list secrets in namespace "${NAMESPACE}": it takes a Role in namespace "${NAMESPACE}" with verbs [list], apiGroups [""], resources [secrets]`,
    );
    assert.match(
      captured.context.get('kubernetes.forbidden') ?? '',
      /^list secrets in namespace "k8s-faults"$/m,
    );
  });

  it('finds the readable namespaces for a user who may not list everywhere', async () => {
    const kubeconfig = await cluster.kubeconfigFor('visitor');
    await cluster.kubectl([
      'create',
      'rolebinding',
      'visitor',
      '-n',
      NAMESPACE,
      '--clusterrole=view',
      '--user=visitor',
    ]);
    await cluster.kubectl([
      'create',
      'clusterrole',
      'namespace-lister',
      '--verb=list',
      '--resource=namespaces',
    ]);
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'visitor',
      '--clusterrole=namespace-lister',
      '--user=visitor',
    ]);
    const captured = await capture({ kubeconfig });
    assert.equal(bulkOf(captured), BULK);
    assert.ok(captured.paths.includes('/_/_/Namespace/v1/kube-system.yaml'));
    assert.match(
      captured.errors.get('/_/_/ConfigMap') ?? '',
      /^forbidden: user "visitor" .*\(read in k8s-faults only\)$/,
    );
    assert.ok(!captured.paths.some((item) => item.startsWith('/kube-system/')));
  });

  it('refuses when nothing at all may be read', async () => {
    const kubeconfig = await cluster.kubeconfigFor('nobody');
    await assert.rejects(capture({ kubeconfig }), { code: 'CONNECTOR_FORBIDDEN' });
  });

  it('stops at once when it is cancelled', async () => {
    const abort = new AbortController();
    const importer = await openKubernetesImporter('k8s://', { kubeconfig: cluster.kubeconfig });
    const all = captureToMemory(importer, { signal: abort.signal, onRecord: () => abort.abort() });
    await assert.rejects(all, CancelledError);
  });

  it('says that a namespace does not exist', async () => {
    await assert.rejects(capture({}, undefined, 'k8s:///not-there'), { code: 'NOT_FOUND_SOURCE' });
  });

  it('does not go on with a certificate of another authority', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'k8s-faults-'));
    const kubeconfig = await writeKubeconfig(directory, { token: 'never-sent' }, {});
    await assert.rejects(capture({ kubeconfig }), {
      code: 'CONNECTOR_CONFIGURATION',
      message: /^cannot trust https:.*unknown authority: check certificate-authority/,
    });
  });

  it('says who is not known, without the token', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'k8s-faults-'));
    const kubeconfig = await writeKubeconfig(directory, { token: 'wrong-sekret' });
    await assert.rejects(capture({ kubeconfig }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CONNECTOR_UNAUTHORIZED');
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /sekret/);
      return true;
    });
  });

  it('says what to check when there is no cluster', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'k8s-faults-'));
    const kubeconfig = await writeKubeconfig(directory, {}, { server: 'https://127.0.0.1:9' });
    await assert.rejects(capture({ kubeconfig }), {
      code: 'CONNECTOR_UNREACHABLE',
      message: /^cannot reach https:\/\/127\.0\.0\.1:9 \(connection refused\): check that the cluster runs/,
    });
  });

  // These two break discovery and a kind for everything after them.
  it('names a kind whose conversion webhook fails, and captures the others', async () => {
    await createConvertedKind();
    const captured = await capture();
    assert.match(captured.errors.get('/_/faults.test/Converted') ?? '', /conversion webhook/);
    assert.match(captured.context.get('kubernetes.failed') ?? '', /^Converted\.faults\.test: /m);
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

  async function createConvertedKind(): Promise<void> {
    const names = { plural: 'converteds', singular: 'converted', kind: 'Converted' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [
      { name: 'v1', served: true, storage: true, schema },
      { name: 'v2', served: true, storage: false, schema },
    ];
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const spec = { group: 'faults.test', names, scope: 'Namespaced', versions };
    await client.text({
      method: 'POST',
      path: definitions,
      body: JSON.stringify({ metadata: { name: 'converteds.faults.test' }, spec }),
    });
    await sleep(2_000);
    await client.text({
      method: 'POST',
      path: `/apis/faults.test/v1/namespaces/${NAMESPACE}/converteds`,
      body: JSON.stringify({ apiVersion: 'faults.test/v1', kind: 'Converted', metadata: { name: 'one' } }),
    });
    const webhook = {
      conversionReviewVersions: ['v1'],
      clientConfig: { url: 'https://127.0.0.1:9/convert' },
    };
    await client.text({
      method: 'PATCH',
      path: `${definitions}/converteds.faults.test`,
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ spec: { conversion: { strategy: 'Webhook', webhook } } }),
    });
    await sleep(2_000);
  }

  async function writeKubeconfig(
    directory: string,
    user: Record<string, unknown>,
    clusterFields?: Record<string, unknown>,
  ): Promise<string> {
    const file = path.join(directory, 'kubeconfig');
    const trusted = { 'certificate-authority': path.join(cluster.directory, 'pki', 'ca.crt') };
    const config = {
      clusters: [{ name: 'c', cluster: { server: cluster.server, ...(clusterFields ?? trusted) } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  }
});
