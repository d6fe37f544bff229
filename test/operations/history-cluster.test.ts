import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import { diffObjects } from '../../src/operations/diff-objects.ts';
import { snapshotSide } from '../../src/operations/diff-side.ts';
import { snapshotState, statesHistory, type ClusterState } from '../../src/operations/history.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import type { SnapshotReader } from '../../src/format/index.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const NAMESPACE = 'history-cluster';
const USER = 'history-reader';

describe('history of a real cluster', function () {
  this.timeout(120_000);
  before(requirement('cluster'));
  let cluster: TestCluster;
  let folder: string;
  const snapshots: SnapshotReader[] = [];
  const states: ClusterState[] = [];
  const opened: (() => Promise<void>)[] = [];

  before(async () => {
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'ptar-history-'));
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl([
      'create',
      'role',
      USER,
      '-n',
      NAMESPACE,
      '--verb=list,get',
      '--resource=configmaps',
    ]);
    await cluster.kubectl([
      'create',
      'rolebinding',
      USER,
      '-n',
      NAMESPACE,
      `--role=${USER}`,
      `--user=${USER}`,
    ]);
  });
  after(async () => {
    for (const close of opened) await close();
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  /** An archive of its own for every capture. */
  async function capture(kubeconfig = cluster.kubeconfig, selection: object = {}): Promise<void> {
    const path = join(folder, `${states.length}.ptar`);
    await captureSources({
      sources: [`k8s:///${NAMESPACE}`],
      archivePath: path,
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig, ...selection } },
    });
    const archive = await openArchiveFile(path);
    opened.push(() => archive.close());
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    snapshots.push(snapshot);
    states.push(snapshotState(snapshot, path));
  }

  it('tells what is not known from what is gone, over archives and in any order', async () => {
    const scale = ['scale', 'deployment/web', '-n', NAMESPACE];
    await cluster.kubectl(['create', 'deployment', 'web', '-n', NAMESPACE, '--image=nginx', '--replicas=0']);
    await cluster.kubectl(['rollout', 'status', '-n', NAMESPACE, '--timeout=60s', 'deployment/web']);
    await capture();
    await capture();
    await capture(await cluster.kubeconfigFor(USER));
    await capture(cluster.kubeconfig, { excludeKinds: ['deploy'] });
    await capture(cluster.kubeconfig, { labelSelector: 'app=other' });
    await cluster.kubectl([...scale, '--replicas=1']);
    await capture();
    await cluster.kubectl(['delete', 'deployment', 'web', '-n', NAMESPACE]);
    await capture();

    const lines: string[] = [];
    const queries = [{ namespace: NAMESPACE, kind: 'deploy', name: 'web' }];
    for await (const entry of statesHistory(states.toReversed(), { queries })) {
      assert.ok(!('problem' in entry));
      const index = states.findIndex(({ snapshotId }) => snapshotId === entry.snapshotId);
      if ('gap' in entry) lines.push(`${index} gap ${entry.gap.replace(/:.*/, '')}`);
      else {
        const { change, changes } = entry.change;
        lines.push([index, change, ...changes.map(({ label }) => label), ...entry.managers].join(' '));
      }
    }
    assert.deepEqual(
      lines.map((line) => line.replace(/(gap).*(forbidden|may not).*/, '$1 forbidden')),
      ['0 added kubectl-create', '2 gap forbidden', '5 changed spec.replicas kubectl', '6 removed'],
    );
  });

  it('reasons of gaps are those of the capture, and differences heed them', async () => {
    const [first, , forbidden, excluded, labelled] = snapshots;
    const reasons: (string | undefined)[] = [];
    for (const later of [forbidden, excluded, labelled]) {
      assert.ok(first !== undefined && later !== undefined);
      for await (const change of diffObjects(snapshotSide(first, 'a', 'a'), snapshotSide(later, 'b', 'b'))) {
        if ('change' in change && change.identity.kind === 'Deployment') reasons.push(change.churn);
      }
    }
    assert.equal(reasons.length, 3);
    assert.match(reasons[0] ?? '', /list/);
    assert.equal(reasons[1], 'not captured: not selected');
    assert.equal(reasons[2], 'perhaps not captured: only objects with app=other were');
  });
});
