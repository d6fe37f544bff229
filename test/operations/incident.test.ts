/** An incident in a real cluster, captured before and after: who refers to whom, how it was, and what happened in which order. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchiveReader, SnapshotReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { describeObject, type ObjectDescription } from '../../src/operations/describe-object.ts';
import { indexObjects, type ObjectIndex } from '../../src/operations/object-index.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { timeline, type Timeline, type TimelineEntry } from '../../src/operations/timeline.ts';
import { stringifyJson } from '../../src/resources/json-text.ts';
import { runPtar } from '../cli/ptar-process.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const NAMESPACE = 'incident';
const PASSWORD = 'canary-of-the-incident';
const named = (kind: string, name: string, apiVersion: string, more: object): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace: NAMESPACE, labels: { part: 'incident' } },
  ...more,
});
const container = (image: string): object => ({
  name: 'web',
  image,
  envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'db' } }],
});
const workload = (kind: string, name: string): object =>
  named(kind, name, 'apps/v1', {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 0, containers: [container('registry.example.com/web:1')] },
      },
    },
  });
const OBJECTS: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  named('ConfigMap', 'settings', 'v1', { data: { a: '1' } }),
  named('Secret', 'db', 'v1', { stringData: { password: PASSWORD } }),
  named('Service', 'web', 'v1', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }),
  workload('Deployment', 'web'),
  workload('StatefulSet', 'store'),
];

describe('an incident between two captures', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let folder: string;
  let path: string;
  let archives: readonly ArchiveReader[];
  let snapshots: readonly SnapshotReader[];
  let index: ObjectIndex;
  let story: Timeline;

  const kubectl = (...args: readonly string[]): Promise<string> =>
    cluster.kubectl([...args, `--namespace=${NAMESPACE}`]);
  const captureTo = async (archivePath: string): Promise<void> => {
    await captureSources({
      sources: ['k8s://'],
      archivePath,
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig: cluster.kubeconfig } },
    });
  };

  before(requirement('cluster'));
  before(async () => {
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'ptar-incident-'));
    const list = { apiVersion: 'v1', kind: 'List', items: OBJECTS };
    await cluster.kubectl(['apply', '--filename=-'], JSON.stringify(list));
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await kubectl('rollout', 'status', 'statefulset/store', '--timeout=60s');
    path = join(folder, 'a.ptar');
    await captureTo(path);
    await kubectl('create', 'configmap', 'late', '--from-literal=a=1');
    await kubectl('delete', 'service', 'web');
    await kubectl('set', 'image', 'deployment/web', 'web=registry.example.com/web:2');
    await kubectl('patch', 'secret', 'db', '--type=merge', '--patch={"stringData":{"password":"other"}}');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    // Events are written beside the work that they tell of: one of the first set of Pods, and more.
    const scalings = ['get', 'events', '--field-selector=reason=ScalingReplicaSet', '--output=name'];
    for (let attempt = 0; (await kubectl(...scalings)).trim().split('\n').length < 2; attempt++) {
      assert.ok(attempt < 100, 'no Event of the rollout');
      await sleep(100);
    }
    const ended = { exitCode: 137, reason: 'OOMKilled', finishedAt: new Date().toISOString() };
    const status = {
      containerStatuses: [
        {
          name: 'web',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: ended },
        },
      ],
    };
    const patch = JSON.stringify({ status });
    await kubectl('patch', 'pod', 'store-0', '--subresource=status', '--type=merge', `--patch=${patch}`);
    const second = join(folder, 'b.ptar');
    await captureTo(second);
    archives = [await openArchiveFile(second), await openArchiveFile(path)];
    snapshots = (await Promise.all(archives.map((archive) => archive.snapshots()))).flat();
    const [latest] = snapshots;
    assert.ok(latest);
    index = await indexObjects(latest);
    story = await timeline(snapshots, { namespace: NAMESPACE });
  });
  after(async () => {
    for (const archive of archives) await archive.close();
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  function describeNamed(kind: string, name: string, group = ''): Promise<ObjectDescription> {
    const object = index.find({ group, kind, namespace: NAMESPACE, name });
    assert.ok(object, `${kind}/${name}`);
    return describeObject(index, object);
  }

  it('is captured with owners up and down', async () => {
    const { owned, owners } = await describeNamed('Deployment', 'web', 'apps');
    assert.deepEqual(owners, []);
    const sizes = owned.owned.map((set) => set.owned.length).sort();
    assert.deepEqual(sizes, [0, 2]);
    const [pod] = owned.owned.flatMap((set) => set.owned);
    assert.ok(pod);
    assert.deepEqual(
      index.ownerChain(pod.object).map(({ other }) => other.kind),
      ['ReplicaSet', 'Deployment'],
    );
  });

  it('tells who uses a ConfigMap, and what a Pod uses', async () => {
    const { usedBy } = await describeNamed('ConfigMap', 'settings');
    const users = usedBy.map(({ other, role }) => `${other.kind} ${role}`);
    assert.deepEqual([...new Set(users)].sort(), [
      'Deployment environment',
      'Pod environment',
      'ReplicaSet environment',
      'StatefulSet environment',
    ]);
    assert.equal(users.filter((user) => user.startsWith('Pod')).length, 4);
    const { uses, state, events } = await describeNamed('Pod', 'store-0');
    const used = new Map(uses.map((link) => [link.other.kind, link]));
    assert.ok(used.get('Node')?.object);
    assert.ok(used.get('Secret')?.object);
    assert.equal(state.status, 'CrashLoopBackOff');
    assert.ok(events.some(({ reason }) => reason === 'Scheduled'));
  });

  it('shows no value of a Secret', async () => {
    const { content } = await describeNamed('Secret', 'db');
    const text = stringifyJson(content);
    assert.ok(!text.includes(Buffer.from('other').toString('base64')));
    assert.match(text, /5 bytes/);
    assert.ok(!JSON.stringify(story.entries).includes(Buffer.from(PASSWORD).toString('base64')));
  });

  function only(type: TimelineEntry['type'], name: string): TimelineEntry {
    const [entry, ...others] = story.entries.filter(
      (item) => item.type === type && item.object.name === name,
    );
    assert.ok(entry, `${type} ${name}`);
    assert.deepEqual(others, []);
    return entry;
  }

  it('is told in order of time, and what is not dated is said to lie between the captures', () => {
    const times = story.entries.map(({ atMs }) => atMs);
    assert.deepEqual(
      times,
      times.toSorted((left, right) => left - right),
    );
    const [begin, end] = story.captures.map(({ capturedMs }) => capturedMs);
    const gone = only('removed', 'web');
    assert.deepEqual([gone.precision, gone.afterMs, gone.atMs], ['between', begin, end]);
    assert.equal(only('added', 'late').precision, 'exact');
    const secret = only('changed', 'db');
    assert.ok(secret.type === 'changed' && secret.precision === 'last write');
    assert.deepEqual(secret.managers, ['kubectl-patch']);
  });

  it('is told with the rollout and its images, and the restarts', () => {
    const rollout = only('rollout', 'web');
    assert.ok(rollout.type === 'rollout' && rollout.precision === 'exact');
    assert.deepEqual(rollout.images, [
      { container: 'web', before: 'registry.example.com/web:1', after: 'registry.example.com/web:2' },
    ]);
    assert.equal(rollout.revision.number, 2);
    const restart = only('restart', 'store-0');
    assert.ok(restart.type === 'restart' && restart.isWarning);
    assert.deepEqual(
      [restart.restart.count, restart.restart.reason, restart.restart.exitCode],
      [4, 'OOMKilled', 137],
    );
    const events = story.entries.flatMap((entry) => (entry.type === 'event' ? [entry.event.reason] : []));
    assert.ok(events.includes('ScalingReplicaSet'));
  });

  it('can be narrowed, and needs two captures', async () => {
    const isSelected = ({ kind }: { readonly kind: string }): boolean => kind === 'Secret';
    const narrow = await timeline(snapshots, { namespace: NAMESPACE, isSelected });
    assert.deepEqual([...new Set(narrow.entries.map(({ object }) => object.name))], ['db']);
    const late = await timeline(snapshots, { namespace: NAMESPACE, sinceMs: Date.now() + 60_000 });
    assert.deepEqual(late.entries, []);
    await assert.rejects(timeline(snapshots.slice(1)), { code: 'USAGE' });
  });

  it('is shown by get, describe and timeline', async () => {
    const second = join(folder, 'b.ptar');
    const pods = await runPtar(['get', second, 'pods,deploy', '-n', NAMESPACE, '-l', 'app in (store)']);
    assert.equal(pods.exitCode, 0, pods.stderr);
    assert.match(pods.stdout, /^NAME +READY +STATUS +RESTARTS +AGE\npod\/store-0 +0\/1 +CrashLoopBackOff +4/);
    const tree = await runPtar(['get', `${second}:${NAMESPACE}/deploy/web`, '--owner-tree']);
    assert.match(tree.stdout, /deployment\.apps\/web +2\/2 +Available.*\n.*─ replicaset\.apps\/web-/);
    const text = await runPtar(['describe', second, 'secret', 'db', '-n', NAMESPACE]);
    assert.match(text.stdout, /password: \*\*\* \(5 bytes\)/);
    assert.match(text.stdout, /deployment\.apps\/web +environment/);
    const told = await runPtar(['timeline', path, second, '-n', NAMESPACE, '--warnings', '-o', 'json']);
    assert.equal(told.exitCode, 0, told.stderr);
    const { entries } = JSON.parse(told.stdout) as { entries: { type: string; name: string }[] };
    assert.ok(entries.some(({ type, name }) => type === 'restart' && name === 'store-0'));
  });
});
