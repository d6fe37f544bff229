import assert from 'node:assert/strict';
import type { ArchiveShelf } from '../../src/extension/archive-shelf.ts';
import { NameFilter } from '../../src/extension/name-filter.ts';
import { NodeChildren } from '../../src/extension/node-children.ts';
import type { Node } from '../../src/extension/node.ts';
import { textOfNode } from '../../src/extension/node-text.ts';
import { tooltipOf } from '../../src/extension/node-tooltip.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

const labelOf = (node: Node): string => textOfNode(node, { nowMs: 0, isRevealed: () => false }).label;

describe('tree of archives', () => {
  let archives: TestArchives;

  before(async () => {
    archives = await TestArchives.create();
  });
  after(async () => {
    for (const shelf of shelves) for (const { key } of shelf.records()) await shelf.remove(key);
    await archives.remove();
  });

  const shelves: ArchiveShelf[] = [];

  async function treeOf(location: string, pageSize = 1000): Promise<NodeChildren> {
    const { shelf } = await shelfWith(location);
    shelves.push(shelf);
    return new NodeChildren(shelf, () => pageSize);
  }

  /** The node that the labels lead to. */
  async function find(tree: NodeChildren, ...labels: readonly (string | RegExp)[]): Promise<Node> {
    let [node] = tree.roots() as readonly Node[];
    assert.ok(node);
    for (const label of labels) {
      const children: readonly Node[] = await tree.of(node);
      const next = children.find((child) =>
        typeof label === 'string' ? labelOf(child) === label : label.test(labelOf(child)),
      );
      assert.ok(next, `${String(label)} is none of ${children.map(labelOf).join(', ')}`);
      node = next;
    }
    return node;
  }

  it('goes from the archive to objects, kinds in the order of kubectl', async () => {
    const tree = await treeOf(await archives.shop('shop.ptar'));
    const [archive] = tree.roots();
    assert.ok(archive);
    assert.deepEqual(
      (await tree.of(archive)).map(({ type }) => type),
      ['snapshot', 'snapshot'],
    );
    const shop = await find(tree, /UTC$/, 'API objects', 'shop');
    const kinds = (await tree.of(shop)).map(labelOf);
    assert.deepEqual(kinds.slice(0, 5), ['Pod', 'Service', 'Deployment', 'ReplicaSet', 'StatefulSet']);
    assert.deepEqual(kinds.slice(7), kinds.slice(7).toSorted());
    const deployments = await tree.of(await find(tree, /UTC$/, 'API objects', 'shop', 'Deployment'));
    assert.deepEqual(deployments.map(labelOf), ['catalog', 'checkout', 'recommendations']);
    const [first] = await tree.of(await find(tree, /UTC$/, 'API objects'));
    assert.equal(first && labelOf(first), 'Cluster-scoped');
  });

  it('shows a page at a time, each object once', async () => {
    const source = await archives.configMaps('many', 25);
    const tree = await treeOf(await archives.capture('many.ptar', [source]), 10);
    const kind = await find(tree, /UTC$/, 'API objects', 'many', 'ConfigMap');
    assert.deepEqual((await tree.of(kind)).map(labelOf).slice(8), ['item-00008', 'item-00009', 'Load more…']);
    await tree.showMore(kind);
    assert.equal((await tree.of(kind)).length, 21);
    await tree.showMore(kind);
    const all = (await tree.of(kind)).map(labelOf);
    assert.equal(all.length, 25);
    assert.equal(new Set(all).size, 25);
    assert.deepEqual(all, all.toSorted());
  });

  it('shows only what the filter lets through, and the folders on the way', async () => {
    const tree = await treeOf(await archives.shop('filtered.ptar'));
    tree.filter = new NameFilter('  Catalog deploy ');
    const layer = await find(tree, /UTC$/, 'API objects');
    assert.deepEqual((await tree.of(layer)).map(labelOf), ['shop']);
    const kinds = await tree.of(await find(tree, /UTC$/, 'API objects', 'shop'));
    assert.deepEqual(kinds.map(labelOf), ['Deployment']);
    const [kind] = kinds;
    assert.ok(kind);
    assert.deepEqual((await tree.of(kind)).map(labelOf), ['catalog']);
    tree.filter = new NameFilter('');
    assert.ok((await tree.of(layer)).length > 1);
  });

  it('says that an archive is locked, and why one cannot be read', async () => {
    const locked = await treeOf(await archives.shop('sealed.ptar', 'secret'));
    const [node] = locked.roots();
    assert.ok(node);
    const [message] = await locked.of(node);
    assert.ok(message?.type === 'message' && message.action === 'unlock');
    const missing = await treeOf('/nowhere/a.ptar');
    const [root] = missing.roots();
    assert.ok(root);
    const [problem] = await missing.of(root);
    assert.ok(problem?.type === 'message' && problem.action === 'retry');
    assert.match(problem.text, /\/nowhere\/a\.ptar/);
  });

  it('tells of an object what matters, with hostile text as text', async () => {
    const hostile = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'many',
        ownerReferences: [{ kind: 'App', name: '[x](command:evil)' }],
      },
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'c', image: '<img src=x>`y`' }] } } },
      status: { readyReplicas: 2 },
    };
    const source = await archives.configMaps('hostile', 1, [hostile]);
    const location = await archives.capture('hostile.ptar', [source]);
    const { shelf } = await shelfWith(location);
    shelves.push(shelf);
    const tree = new NodeChildren(shelf, () => 100);
    const node = await find(tree, /UTC$/, 'API objects', 'many', 'Deployment', 'web');
    const tooltip = await tooltipOf(node, shelf);
    assert.match(tooltip ?? '', /\*\*Status\*\*: 2\/3 ready/);
    assert.ok(tooltip?.includes('App/\\[x\\]\\(command:evil\\)'));
    assert.doesNotMatch(tooltip ?? '', /<img|[^\\]`y/);
  });
});
