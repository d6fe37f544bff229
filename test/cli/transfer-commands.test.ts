import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { captureManifests, type CapturedManifests } from '../operations/transfer/captured-manifests.ts';
import { runInProcess } from './ptar-in-process.ts';
import { runPtar } from './ptar-process.ts';

const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: "nginx:1.25"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: bank}
spec: {containers: [{name: c, image: "quay.io/acme/api:2"}]}
`;

describe('commands that carry an archive to another place', function () {
  this.timeout(120_000);
  let captured: CapturedManifests;
  const at = (name: string): string => path.join(captured.folder, name);

  before(async () => {
    captured = await captureManifests(MANIFESTS);
    await writeFile(at('map.yaml'), 'imageRegistries: {docker.io: site.local}\n');
    await writeFile(at('wrong.yaml'), 'namespaces: {a: b}\nhost: {}\n');
  });
  after(() => captured.remove());

  it('list images, one a line, with what a mapping makes of them', async () => {
    const all = await runInProcess(['images', captured.path, '-o', 'name']);
    assert.equal(all.stdout, 'docker.io/library/nginx:1.25\nquay.io/acme/api:2\n');
    const mapped = await runInProcess([
      'images',
      captured.path,
      '-n',
      'shop',
      '--map',
      at('map.yaml'),
      '-o',
      'name',
    ]);
    assert.equal(mapped.stdout, 'docker.io/library/nginx:1.25\tsite.local/library/nginx:1.25\n');
    const table = await runInProcess(['images', `${captured.path}:bank/pod/api`]);
    assert.equal(table.stdout, 'IMAGE                USED BY\nquay.io/acme/api:2   bank/pod/api\n');
  });

  it('say in which line of a mapping something is wrong', async () => {
    const run = await runPtar(['images', captured.path, '--map', at('wrong.yaml')]);
    assert.equal(run.exitCode, 2);
    assert.match(run.stderr, /wrong\.yaml, line 2: unknown key "host"/);
  });

  it('split an archive and join its parts', async () => {
    const split = await runInProcess(['split', captured.path, '--size', '2k']);
    assert.equal(split.exitCode, 0, split.stderr);
    assert.match(split.stdout, /^wrote .*all\.ptar\.parts: \d+ parts/);
    const join = ['join', `${captured.path}.parts`, '-o', at('again.ptar')];
    assert.equal((await runInProcess(join)).exitCode, 0);
    assert.deepEqual(await readFile(at('again.ptar')), await readFile(captured.path));
    await rm(`${captured.path}.002`);
    const incomplete = await runPtar([...join, '--overwrite']);
    assert.equal(incomplete.exitCode, 5);
    assert.match(incomplete.stderr, /missing: all\.ptar\.002;/);
    assert.equal((await runInProcess(['split', captured.path, '--size', '1.5'])).exitCode, 2);
  });

  it('keep mappings and reports to clusters, and reports to forms that there are', async () => {
    for (const [args, message] of [
      [
        ['restore', captured.path, '-A', at('folder'), '--map', at('map.yaml')],
        /for restores into a cluster/,
      ],
      [['restore', captured.path, '-A', 'k8s://', '--report', at('report.txt')], /says no form of a report/],
      [['preflight', captured.path, at('folder')], /is no cluster/],
    ] as const) {
      const run = await runPtar(args);
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, message);
    }
  });
});
