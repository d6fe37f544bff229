import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffObjects, type ObjectChange } from '../../src/operations/diff-objects.ts';
import { snapshotSide, sourceSide, type DiffSide } from '../../src/operations/diff-side.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { customObjects, DEFINITION_NAME, listDefinition } from './custom-lists.ts';
import { releaseSet } from './release-set.ts';

const NAMESPACE = 'diff-cluster';
const SERVICES = 10;

/** What is told of the difference: an object, and the fields where it changed. */
async function told(before: DiffSide, after: DiffSide): Promise<string[]> {
  const lines: string[] = [];
  for await (const change of diffObjects(before, after, { isSelected: isOurs })) {
    assert.ok(!('problem' in change), 'problem' in change ? `${change.path}: ${change.problem}` : '');
    if (change.churn === undefined) lines.push(lineOf(change));
  }
  return lines.sort();
}

function lineOf({ change, identity, changes }: ObjectChange): string {
  return [change, formatIdentity(identity), ...changes.map(({ op, label }) => `${op} ${label}`)].join(' ');
}

/** Other suites use the cluster too. */
function isOurs({
  kind,
  namespace,
  name,
}: {
  kind: string;
  namespace?: string | undefined;
  name: string;
}): boolean {
  if (namespace !== undefined) return [NAMESPACE, 'kube-system', 'kube-node-lease'].includes(namespace);
  return kind === 'Node' || kind === 'CSINode' || name === NAMESPACE || name === DEFINITION_NAME;
}

describe('difference of a real cluster', function () {
  this.timeout(120_000);
  before(requirement('cluster'));
  let cluster: TestCluster;
  let folder: string;
  const opened: (() => Promise<void>)[] = [];

  before(async () => {
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'ptar-diff-cluster-'));
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(['create', '--filename=-'], listDefinition());
    await cluster.kubectl(['wait', '--for=condition=Established', `crd/${DEFINITION_NAME}`]);
    await apply();
  });
  after(async () => {
    for (const close of opened) await close();
    await cluster.kubectl(['delete', 'crd', DEFINITION_NAME, '--wait=false']);
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  function apply(): Promise<string> {
    return cluster.kubectl(['apply', '--filename=-'], releaseSet(NAMESPACE, SERVICES));
  }

  /** The cluster as it is now, kept. */
  async function captured(): Promise<DiffSide> {
    const path = join(folder, `${opened.length}.ptar`);
    await captureSources({
      sources: ['k8s://'],
      archivePath: path,
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig: cluster.kubeconfig } },
    });
    const archive = await openArchiveFile(path);
    opened.push(() => archive.close());
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    return snapshotSide(snapshot, path, path);
  }

  function live(): DiffSide {
    return sourceSide('k8s://', { kubernetes: { kubeconfig: cluster.kubeconfig } });
  }

  async function edit(kind: string, name: string, patch: object): Promise<void> {
    const text = JSON.stringify(patch);
    await cluster.kubectl(['patch', kind, name, '-n', NAMESPACE, '--type=json', `--patch=${text}`]);
  }

  it('is none between what was applied and what the cluster made of it, but for claims of StatefulSets', async () => {
    await writeFile(join(folder, 'all.yaml'), releaseSet(NAMESPACE, SERVICES));
    const namespaced = sourceSide(`k8s:///${NAMESPACE}`, {
      kubernetes: { kubeconfig: cluster.kubeconfig },
    });
    const lines = await told(sourceSide(`manifests:${folder}/all.yaml`, {}), namespaced);
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('added persistentvolumeclaim/data-service-')),
      [`added namespace/${NAMESPACE}`],
    );
    assert.ok(lines.length > 1);
  });

  it('is none after the same was applied again and the cluster lived on', async () => {
    const rollout = ['rollout', 'status', '-n', NAMESPACE, '--timeout=60s'];
    await cluster.kubectl([...rollout, 'deployment/service-0']);
    const before = await captured();
    await apply();
    // New Pods: events, endpoints, statuses, another revision of everything that counts.
    await cluster.kubectl(['delete', 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/name=service-0']);
    await cluster.kubectl([...rollout, 'deployment/service-0']);
    await cluster.kubectl(['annotate', 'lease', '-n', 'kube-node-lease', '--all', 'renewed=yes']);
    const after = await captured();
    assert.deepEqual(await told(before, after), []);
    assert.deepEqual(await told(before, live()), []);
  });

  it('looks in one namespace where one is compared', async () => {
    const namespaced = sourceSide(`k8s:///${NAMESPACE}`, {
      kubernetes: { kubeconfig: cluster.kubeconfig },
    });
    assert.deepEqual(await told(await captured(), namespaced), []);
  });

  it('of a scaled Deployment is one field', async () => {
    const before = await captured();
    await cluster.kubectl(['scale', 'deployment/service-3', '-n', NAMESPACE, '--replicas=5']);
    await cluster.kubectl(['rollout', 'status', '-n', NAMESPACE, '--timeout=60s', 'deployment/service-3']);
    assert.deepEqual(await told(before, await captured()), [
      'changed deployment.apps/service-3 replace spec.replicas',
    ]);
  });

  it('of another order is none for containers, and one change where the order counts', async () => {
    const before = await captured();
    const spec = '/spec/template/spec';
    const move = (from: string, path: string): object => ({
      op: 'move',
      from: spec + from,
      path: spec + path,
    });
    await edit('deployment', 'service-4', [move('/containers/1', '/containers/0')]);
    await edit('deployment', 'service-5', [move('/initContainers/1', '/initContainers/0')]);
    await edit('deployment', 'service-6', [move('/containers/0/env/1', '/containers/0/env/0')]);
    await edit('deployment', 'service-7', [move('/containers/0/ports/1', '/containers/0/ports/0')]);
    await edit('deployment', 'service-8', [move('/containers/0/args/1', '/containers/0/args/0')]);
    assert.deepEqual(await told(before, await captured()), [
      'changed deployment.apps/service-5 reorder spec.template.spec.initContainers',
      'changed deployment.apps/service-6 reorder spec.template.spec.containers[main].env',
      'changed deployment.apps/service-8 reorder spec.template.spec.containers[main].args',
    ]);
  });

  it('of custom objects follows the types of their lists', async () => {
    const [first, second] = customObjects(NAMESPACE);
    await cluster.kubectl(['apply', '--filename=-'], first);
    const before = await captured();
    await cluster.kubectl(['replace', '--filename=-'], second);
    const lines = await told(before, await captured());
    assert.deepEqual(lines, [
      [
        'changed shelf.diff-cluster.example.com/one',
        'reorder spec.atomic',
        'replace spec.byKeys[a,UDP].weight',
        'add spec.byKeys[c]',
        'replace spec.either',
        'replace spec.embedded.spec.replicas',
        'replace spec.free.list[0]',
        'add spec.set[]',
        'reorder spec.steps',
      ].join(' '),
    ]);
  });
});
