import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ArchiveShelf } from '../../src/extension/archive-shelf.ts';
import { NodeChildren } from '../../src/extension/node-children.ts';
import type { Node } from '../../src/extension/node.ts';
import { pathInSnapshot } from '../../src/extension/object-place.ts';
import type { Result, ResultSet } from '../../src/extension/result.ts';
import { timelineResults, timelineScope } from '../../src/extension/timeline-results.ts';
import { msFromTimestamp } from '../../src/format/index.ts';
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

const CANARY = 'canary-4c1d9';
const never = new AbortController().signal;

function shop(image: string, password: string, others: readonly object[] = []): readonly object[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop' },
      data: { password: Buffer.from(password).toString('base64') },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'depot' }, data: { image } },
    ...others,
  ];
}

/** An Event with a mark in it that would turn the text around. */
function warning(atMs: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1', namespace: 'shop', uid: 'event-1' },
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' },
    type: 'Warning',
    reason: 'Trouble',
    message: 'something\u202e is wrong',
    lastTimestamp: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
  };
}

describe('timeline in the explorer', () => {
  let archives: TestArchives;
  let shelf: ArchiveShelf;
  let key: string;
  let archivePath: string;

  before(async () => {
    archives = await TestArchives.create();
    archivePath = await archives.capture('story.ptar', [await source('one', shop('web:1', CANARY))]);
    const firstMs = await lastCaptureMs();
    const second = await source('two', shop('web:2', `${CANARY}-2`, [warning(firstMs)]));
    await addSnapshots({ sources: [second], archivePath });
    await addSnapshots({ sources: [await source('three', shop('web:3', `${CANARY}-2`))], archivePath });
    ({ shelf, key } = await shelfWith(archivePath));
  });
  after(async () => {
    await shelf.remove(key);
    await archives.remove();
  });

  async function source(name: string, objects: readonly object[]): Promise<string> {
    const folder = path.join(archives.folder, name);
    await mkdir(folder);
    await writeFile(path.join(folder, 'all.yaml'), objects.map((one) => JSON.stringify(one)).join('\n---\n'));
    return `manifests:${folder}`;
  }

  async function lastCaptureMs(): Promise<number> {
    const opened = await shelfWith(archivePath);
    const [newest] = await (await opened.shelf.open(opened.key, false)).snapshots();
    await opened.shelf.remove(opened.key);
    return msFromTimestamp(newest!.reader.header.timestamp);
  }

  async function story(count: number, node?: Node): Promise<ResultSet> {
    const readers = await (await shelf.open(key, false)).reader.snapshots();
    return timelineResults(key, readers.slice(0, count), timelineScope(node), never);
  }

  /** `Deployment.apps/web: changed …`, without the time. */
  const told = (results: readonly Result[]): string[] =>
    results.map(
      ({ label, description = '' }) => `${label.replace(/^.*\d\d:\d\d:\d\d /, '')}: ${description}`,
    );

  it('tells what happened between two snapshots, in order of time', async () => {
    const { results } = await story(2);
    assert.deepEqual(
      told(results).map((line) => line.replace(/, some time after .*/, '')),
      [
        'Deployment.apps/web: shop · Warning Trouble: something\\u202e is wrong',
        'ConfigMap/other: depot · changed',
        'Secret/db: shop · changed',
        'Deployment.apps/web: shop · changed',
      ],
    );
    const [event] = results;
    assert.equal(event?.icon, 'warning');
    const changed = results.find(({ label, icon }) => label.endsWith('web') && icon === 'diff-modified');
    assert.deepEqual(
      changed?.children?.map(({ label }) => label),
      ['~ spec.template.spec.containers[web].image: web:1 → web:2'],
    );
  });

  it('has a group for each capture where there are more than two', async () => {
    const { results, title } = await story(3);
    assert.deepEqual(
      results.map(({ label, children = [] }) => [label.replace(/\d.*/, ''), children.length > 0]),
      [
        ['Until ', true],
        ['Until ', true],
      ],
    );
    assert.match(
      told(results[1]!.children!).join(),
      /^ConfigMap\/other: .*Deployment\.apps\/web: [^,]*changed/,
    );
    assert.match(title, /UTC → .*UTC$/);
  });

  it('leads to comparisons and objects that are there, and shows no value of a Secret', async () => {
    const { results } = await story(2);
    const archive = await shelf.open(key, false);
    for (const { target } of results) {
      assert.ok(target !== undefined && target.opens !== 'object');
      const wanted =
        target.opens === 'found'
          ? target.snapshotIds.map((snapshotId) => ({ snapshotId, object: target.object }))
          : [target.before, target.after].map((side) => (side.from === 'snapshot' ? side : assert.fail()));
      for (const { snapshotId, object } of wanted) {
        const found = await pathInSnapshot(await archive.snapshot(snapshotId), object);
        assert.ok(found?.endsWith(`/${object.name}.yaml`), `${object.kind}/${object.name}`);
      }
    }
    const text = JSON.stringify(results);
    assert.ok(!text.includes(CANARY) && !text.includes(Buffer.from(CANARY).toString('base64').slice(0, 12)));
  });

  it('is about a namespace, a kind or an object where one was clicked', async () => {
    const children = new NodeChildren(shelf, () => 100);
    const below = async (node: Node, name: string): Promise<Node> => {
      const nodes = await children.of(node);
      return nodes.find(({ id }) => id.includes(name)) ?? nodes[0]!;
    };
    const layer = await below(await below(children.roots()[0]!, ''), '');
    const namespace = await below(layer, 'depot');
    assert.deepEqual(told((await story(2, namespace)).results).length, 1);
    const kind = await below(await below(layer, '/shop'), '/Deployment');
    const { results, title } = await story(2, kind);
    assert.deepEqual(
      new Set(told(results).map((line) => line.split(':')[0])),
      new Set(['Deployment.apps/web']),
    );
    assert.match(title, /^Deployment\.apps · /);
    const object = await below(kind, 'web');
    assert.equal((await story(2, object)).results.length, results.length);
    assert.match((await story(2, object)).title, /^Deployment\.apps\/web · /);
  });

  it('needs two moments', async () => {
    await assert.rejects(story(1), { code: 'USAGE' });
  });
});
