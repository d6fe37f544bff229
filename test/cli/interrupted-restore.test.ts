/** Reports of restores that a person stops, goes on with and takes back, through the real command line and a real cluster. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestoreReport } from '../../src/operations/report/restore-report.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { outputOf, runPtar, startPtar } from './ptar-process.ts';

const NAMESPACE = 'cli-interrupted';
const COUNT = 400;

describe('a restore that is interrupted', function () {
  this.timeout(180_000);
  let folder: string;
  let kubeconfig: string;
  let kubectl: (args: readonly string[]) => Promise<string>;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    ({ kubeconfig } = cluster);
    kubectl = (args) => cluster.kubectl(args);
    folder = await mkdtemp(join(tmpdir(), 'ptar-interrupted-'));
    await kubectl(['create', 'namespace', NAMESPACE]);
    const manifests = Array.from(
      { length: COUNT },
      (_, index) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}, namespace: ${NAMESPACE}}\ndata: {a: b}\n`,
    );
    await writeFile(join(folder, 'objects.yaml'), manifests.join('---\n'));
  });
  after(async () => {
    await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  const options = (): { cwd: string; env: NodeJS.ProcessEnv } => ({
    cwd: folder,
    env: { PTAR_PASSPHRASE: 'p', KUBECONFIG: kubeconfig, XDG_STATE_HOME: join(folder, 'state') },
  });
  const report = async (name: string): Promise<RestoreReport> =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as RestoreReport;

  it('leaves a report of what was done and what was not; resuming and undoing have theirs', async () => {
    const captured = await runPtar(
      ['create', '-o', 'a.ptar', '--kdf', 'pbkdf2', 'manifests:objects.yaml'],
      options(),
    );
    assert.equal(captured.exitCode, 0, captured.stderr);
    const child = startPtar(['restore', 'a.ptar', '-A', 'k8s://', '--yes', '--report', 'r.json'], options());
    const ended = outputOf(child);
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const stopped = await ended;
    assert.equal(stopped.exitCode, 130, stopped.stderr);
    assert.match(stopped.stderr, /what was done until then is in r\.json/);
    const first = await report('r.json');
    assert.equal(first.items.length, COUNT);
    assert.ok(first.counts.created > 0 && first.counts.unreached > 0, JSON.stringify(first.counts));
    assert.ok(first.interruption);
    const live = await kubectl(['get', 'configmaps', '-n', NAMESPACE, '-o', 'name']);
    const there = new Set(live.split('\n'));
    for (const { name, outcome } of first.items) {
      if (outcome !== 'unknown') assert.equal(there.has(name), outcome === 'created', `${name} ${outcome}`);
    }

    const resumed = await runPtar(['resume', '--report', 'resumed.json'], options());
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    const second = await report('resumed.json');
    assert.equal(second.counts.created, COUNT);
    assert.equal(second.interruption, undefined);

    const undone = await runPtar(['undo', '--yes', '--report', 'undone.json'], options());
    assert.equal(undone.exitCode, 0, undone.stderr);
    const third = await report('undone.json');
    assert.deepEqual([third.action, third.restoreId, third.counts.deleted], ['undo', first.restoreId, COUNT]);
  });
});
