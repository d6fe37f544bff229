/** B+ trees: what is built is found and scanned; what a hostile tree promises is held against what it shows. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { BlobReader } from '../../src/format/blob-reader.ts';
import { compareUtf8 } from '../../src/format/bytes.ts';
import { TREE_DEPTH_MAX } from '../../src/format/limits.ts';
import { comparePaths } from '../../src/format/path.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import {
  decodeNode,
  decodeTree,
  encodeNode,
  encodeTree,
  searchKeys,
  type TreeNode,
} from '../../src/format/tree.ts';
import { buildTree } from '../../src/format/tree-builder.ts';
import { TreeReader } from '../../src/format/tree-reader.ts';
import { withCode } from './expected-error.ts';
import { MemorySource } from './memory-store.ts';

const TYPES = { tree: ResourceType.vfsTree, node: ResourceType.vfsNode };
const mac = portablePrimitives.macKey('BLAKE3', new Uint8Array(32));

/** An archive's blobs in memory, without compression and encryption. */
class Forest {
  readonly #blobs = new BlobIndex(0, 0);
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  nodes = 0;

  readonly putNode = (plaintext: Uint8Array): Promise<Uint8Array> => {
    this.nodes++;
    return this.#put(TYPES.node, plaintext);
  };
  readonly putTree = (plaintext: Uint8Array): Promise<Uint8Array> => this.#put(TYPES.tree, plaintext);

  #put(type: ResourceType, plaintext: Uint8Array): Promise<Uint8Array> {
    const id = mac.mac(plaintext);
    if (this.#blobs.add(type, id, this.#length, plaintext.length) >= 0) {
      this.#parts.push(plaintext);
      this.#length += plaintext.length;
    }
    return Promise.resolve(id);
  }

  /** The tree with this root record. */
  open(id: Uint8Array, compare = compareUtf8): Promise<TreeReader> {
    const keys = { mac, sealer: undefined, beginConfigurationMac: () => mac.begin() };
    const codec = blobCodec(portablePrimitives, keys, undefined);
    const source = new MemorySource(Buffer.concat(this.#parts));
    return TreeReader.open(
      new BlobReader(source, 0, this.#blobs, codec, mac, portablePrimitives),
      TYPES,
      id,
      compare,
    );
  }

  /** The tree whose root node is this. */
  async openNode(root: Uint8Array): Promise<TreeReader> {
    return this.open(await this.putTree(encodeTree(root)));
  }

  node(node: Partial<TreeNode>): Promise<Uint8Array> {
    return this.putNode(encodeNode(node));
  }
}

const valueOf = (index: number): Uint8Array => {
  const value = new Uint8Array(32);
  new DataView(value.buffer).setUint32(0, index);
  return value;
};
const indexOf = (value: Uint8Array | undefined): number | undefined =>
  value && new DataView(value.buffer, value.byteOffset).getUint32(0);

async function scan(tree: TreeReader, from: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of tree.scanFrom(from)) keys.push(key);
  return keys;
}

/** Paths as Kubernetes makes them: many that begin alike. */
function paths(count: number): string[] {
  const all = Array.from(
    { length: count },
    (_, index) => `/ns-${index % 7}/apps/Deployment/v1/web-${index}.yaml`,
  );
  return all.sort(comparePaths);
}

describe('trees', () => {
  for (const count of [0, 1, 2, 48, 49, 50, 51, 98, 99, 2449, 2450, 2451, 2452, 5000]) {
    it(`finds and scans every one of ${count} keys and no other`, async () => {
      const forest = new Forest();
      const keys = paths(count);
      const tree = await forest.open(
        await buildTree(keys, valueOf, forest.putNode, forest.putTree),
        comparePaths,
      );
      for (const [index, key] of keys.entries()) {
        assert.equal(indexOf(await tree.find(key)), index);
        assert.equal(await tree.find(`${key}!`), undefined);
      }
      assert.deepEqual(await scan(tree, '/'), keys);
      const middle = keys[count >>> 1] ?? '/';
      assert.deepEqual(await scan(tree, middle), keys.slice(count >>> 1));
      assert.deepEqual(await scan(tree, '/~/~/~/~/~/~/~'), []);
      assert.equal(forest.nodes, Math.max(1, nodesOf(count)));
    });
  }

  it('agrees with a sorted array', async () => {
    const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), {
      maxLength: 400,
      comparator: 'SameValue',
    });
    await fc.assert(
      fc.asyncProperty(keys, fc.string(), async (unsorted, probe) => {
        const sorted = [...unsorted].sort(compareUtf8);
        const forest = new Forest();
        const tree = await forest.open(await buildTree(sorted, valueOf, forest.putNode, forest.putTree));
        for (const [index, key] of sorted.entries()) assert.equal(indexOf(await tree.find(key)), index);
        const expected = sorted.filter((key) => compareUtf8(key, probe) >= 0);
        assert.deepEqual(await scan(tree, probe), expected);
        assert.equal((await tree.find(probe)) !== undefined, sorted.includes(probe));
      }),
      { numRuns: 60 },
    );
  });

  it('searches keys by halves', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.string(), (unsorted, probe) => {
        const keys = unsorted.sort(compareUtf8);
        const { index, found } = searchKeys(keys, probe, compareUtf8);
        assert.equal(index, keys.filter((key) => compareUtf8(key, probe) < 0).length);
        assert.equal(found, keys.includes(probe));
      }),
    );
  });

  it('refuses a node whose counts or order contradict each other', () => {
    const value = valueOf(0);
    const wrong: Partial<TreeNode>[] = [
      { keys: ['a'], values: null },
      { keys: ['a'], values: [value, value] },
      { keys: null, values: [value] },
      { keys: ['a'], pointers: [value] },
      { keys: ['a'], pointers: [value, value], values: [value] },
      { keys: ['b', 'a'], values: [value, value] },
      { keys: ['a', 'a'], values: [value, value] },
    ];
    for (const node of wrong) {
      assert.throws(() => decodeNode(encodeNode(node), compareUtf8), withCode('FORMAT_TREE'));
    }
    assert.deepEqual(decodeNode(encodeNode({}), compareUtf8).keys, null);
  });

  it('refuses orders out of bounds', async () => {
    const plaintext = encodeTree(new Uint8Array(32));
    const at = plaintext.indexOf(50);
    for (const order of [0, 1, 2]) {
      const changed = plaintext.slice();
      changed[at] = order;
      assert.throws(() => decodeTree(changed), withCode('FORMAT_LIMIT'));
    }
    await Promise.resolve();
  });

  it('refuses a child with keys outside of its bounds', async () => {
    const forest = new Forest();
    const leaf = (...keys: string[]): Promise<Uint8Array> =>
      forest.node({ keys, values: keys.map(() => valueOf(1)) });
    const [low, high] = [await leaf('a', 'n'), await leaf('m', 'z')];
    const tree = await forest.openNode(await forest.node({ keys: ['m'], pointers: [low, high] }));
    assert.equal(indexOf(await tree.find('z')), 1);
    await assert.rejects(tree.find('a'), withCode('FORMAT_TREE'));
    const swapped = await forest.openNode(await forest.node({ keys: ['m'], pointers: [high, low] }));
    await assert.rejects(swapped.find('z'), withCode('FORMAT_TREE'));
    await assert.rejects(swapped.find('a'), withCode('FORMAT_TREE'));
  });

  it('refuses an empty node below another', async () => {
    const forest = new Forest();
    const empty = await forest.node({});
    const tree = await forest.openNode(await forest.node({ keys: ['m'], pointers: [empty, empty] }));
    await assert.rejects(tree.find('a'), withCode('FORMAT_TREE'));
  });

  it('refuses leaves that follow each other out of order, and inner nodes among them', async () => {
    const forest = new Forest();
    const value = valueOf(1);
    const last = await forest.node({ keys: ['a'], values: [value] });
    const backwards = await forest.openNode(await forest.node({ keys: ['b'], values: [value], next: last }));
    await assert.rejects(scan(backwards, ''), withCode('FORMAT_TREE'));
    const inner = await forest.node({ keys: ['m'], pointers: [last, last] });
    const mixed = await forest.openNode(await forest.node({ keys: ['b'], values: [value], next: inner }));
    await assert.rejects(scan(mixed, ''), withCode('FORMAT_TREE'));
    const empty = await forest.openNode(
      await forest.node({ keys: ['b'], values: [value], next: await forest.node({}) }),
    );
    await assert.rejects(scan(empty, ''), withCode('FORMAT_TREE'));
  });

  it('follows no more levels than the limit', async () => {
    const deep = async (levels: number): Promise<TreeReader> => {
      const forest = new Forest();
      let node = await forest.node({ keys: ['k'], values: [valueOf(1)] });
      const bare = await forest.node({ keys: ['a'], values: [valueOf(2)] });
      for (let level = 0; level < levels; level++) {
        node = await forest.node({ keys: ['b'], pointers: [bare, node] });
      }
      return forest.openNode(node);
    };
    assert.equal(indexOf(await (await deep(TREE_DEPTH_MAX)).find('k')), 1);
    await assert.rejects((await deep(TREE_DEPTH_MAX + 1)).find('k'), withCode('FORMAT_TREE'));
  });

  it('says which node is missing', async () => {
    const forest = new Forest();
    const tree = await forest.openNode(valueOf(7));
    await assert.rejects(tree.find('a'), withCode('INTEGRITY_MISSING'));
  });
});

/** Nodes of a tree of `count` keys: leaves of 49 at most, inner nodes of 50 pointers at most. */
function nodesOf(count: number): number {
  let nodes = 0;
  for (let level = Math.ceil(count / 49); level > 0; level = level === 1 ? 0 : Math.ceil(level / 50)) {
    nodes += level;
  }
  return nodes;
}
