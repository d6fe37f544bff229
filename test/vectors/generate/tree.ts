/** Area `tree`: B+ trees that break their rules. */
import { compareUtf8 } from '../../../src/format/bytes.ts';
import { comparePaths } from '../../../src/format/path.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { encodeSnapshotHeader, type TreeIds } from '../../../src/format/snapshot-header.ts';
import { encodeNode, encodeTree, type TreeNode } from '../../../src/format/tree.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned } from './area.ts';
import { edited } from './forge.ts';
import { type PlannedTree, snapshotLine } from './planned-tree.ts';

const broken = fails('FORMAT_TREE', 'Trees', 'read');
const missing = fails('INTEGRITY_MISSING', 'State', 'read');
const FILES = ['/a', '/b', '/c', '/d', '/e', '/f'] as const;
const none = new Uint8Array(32);

/** The archive of a snapshot with these trees instead of its own. */
async function withTrees(
  tree: PlannedTree,
  ids: Partial<TreeIds>,
  expect: Expectation | 'tree',
): Promise<Pick<Case, 'archive' | 'expect'>> {
  const header = await tree.header({ ...(await tree.trees()), ...ids });
  tree.forge.putAs(ResourceType.snapshot, header.identifier, encodeSnapshotHeader(header));
  const outcome = expect === 'tree' ? { tree: [snapshotLine(header.identifier), ...tree.lines()] } : expect;
  return { expect: outcome, archive: tree.forge.archive() };
}

/** Makes nodes of a file tree by hand. */
class Gardener {
  readonly tree: PlannedTree;

  constructor(paths: readonly string[] = FILES) {
    this.tree = planned();
    for (const path of paths) this.tree.file(path, path);
  }

  /** A leaf of these paths, in this order. */
  leaf(paths: readonly string[], change: Partial<TreeNode> = {}): Uint8Array {
    return this.node({
      keys: paths,
      values: paths.map((path) => this.tree.entries.get(path) ?? none),
      ...change,
    });
  }

  inner(keys: readonly string[], pointers: readonly Uint8Array[]): Uint8Array {
    return this.node({ keys, pointers });
  }

  node(node: Partial<TreeNode>): Uint8Array {
    return this.tree.forge.put(ResourceType.vfsNode, encodeNode(node));
  }
}

type Growth = (gardener: Gardener) => Uint8Array;

async function grown(
  name: string,
  comment: string,
  expect: Expectation | 'tree',
  grow: Growth,
): Promise<Case> {
  const gardener = new Gardener();
  const root = gardener.tree.forge.put(ResourceType.vfsTree, encodeTree(grow(gardener)));
  return { name, comment, ...(await withTrees(gardener.tree, { root }, expect)) };
}

async function* nodes(): AsyncGenerator<Case> {
  const all = ['/', ...FILES];
  yield grown('one_leaf', 'The whole tree in one leaf.', 'tree', (g) => g.leaf(all));
  yield grown('two_leaves', 'Two leaves below an inner node.', 'tree', (g) => {
    const right = g.leaf(['/c', '/d', '/e', '/f']);
    return g.inner(['/c'], [g.leaf(['/', '/a', '/b'], { next: right }), right]);
  });
  yield grown('empty_pointers', 'A leaf with an empty list of pointers instead of nil.', 'tree', (g) =>
    g.leaf(all, { pointers: [] }),
  );
  yield grown('keys_unsorted', 'Two keys of a leaf exchanged.', broken, (g) =>
    g.leaf(['/', '/b', '/a', '/c', '/d', '/e', '/f']),
  );
  yield grown('keys_repeated', 'A leaf has one key twice.', broken, (g) => g.leaf(['/', '/a', '/a', '/b']));
  yield grown('values_missing', 'A leaf with one value less than keys.', broken, (g) =>
    g.leaf(all, { values: [none] }),
  );
  yield grown('values_none', 'A leaf with keys and no values.', broken, (g) => g.leaf(all, { values: null }));
  yield grown('values_without_keys', 'A leaf with values and no keys.', broken, (g) =>
    g.leaf([], { values: [none] }),
  );
  yield grown('pointers_as_many_as_keys', 'An inner node with as many pointers as keys.', broken, (g) => {
    const leaf = g.leaf(all);
    return g.node({ keys: ['/c', '/d'], pointers: [leaf, leaf] });
  });
  yield grown('pointers_and_values', 'A node with pointers and values.', broken, (g) => {
    const leaf = g.leaf(all);
    return g.node({ keys: ['/c'], pointers: [leaf, leaf], values: [none] });
  });
  yield grown(
    'child_below_bounds',
    'The right child begins below the key that divides: a scan sees what a search does not.',
    fails('FORMAT_TREE', 'Trees', 'check'),
    (g) => {
      const right = g.leaf(['/b', '/c', '/d']);
      return g.inner(['/c'], [g.leaf(['/', '/a'], { next: right }), right]);
    },
  );
  yield grown('child_above_bounds', 'The left child reaches the key that divides.', broken, (g) => {
    const right = g.leaf(['/d', '/e']);
    return g.inner(['/c'], [g.leaf(['/', '/a', '/c'], { next: right }), right]);
  });
  yield grown('child_empty', 'An empty leaf below an inner node.', broken, (g) => {
    const right = g.leaf(['/c', '/d', '/e', '/f']);
    return g.inner(['/a'], [g.leaf([], { next: right }), right]);
  });
  yield grown('child_shared', 'Two pointers to one child.', broken, (g) => {
    const leaf = g.leaf(all);
    return g.inner(['/c'], [leaf, leaf]);
  });
}

async function* chains(): AsyncGenerator<Case> {
  const divided = (g: Gardener, next: Uint8Array | undefined): Uint8Array => {
    const right = g.leaf(['/c', '/d', '/e', '/f']);
    return g.inner(['/c'], [g.leaf(['/', '/a', '/b'], { next }), right]);
  };
  yield grown('next_backwards', 'A leaf names one that begins below it.', broken, (g) =>
    divided(g, g.leaf(['/a'])),
  );
  yield grown('next_overlaps', 'A leaf names one that begins with the last key of it.', broken, (g) =>
    divided(g, g.leaf(['/b', '/c'])),
  );
  yield grown('next_inner', 'A leaf names an inner node.', broken, (g) => {
    const right = g.leaf(['/c', '/d', '/e', '/f']);
    return divided(g, g.inner(['/d'], [right, right]));
  });
  yield grown('next_empty', 'A leaf names an empty leaf.', broken, (g) => divided(g, g.leaf([])));
  yield grown('next_missing', 'A leaf names one that is not there.', missing, (g) =>
    divided(g, new Uint8Array(32).fill(7)),
  );
  yield grown(
    'next_ends_early',
    'The first of two leaves names none: a scan sees half of what a search finds.',
    fails('FORMAT_TREE', 'Trees', 'check'),
    (g) => divided(g, undefined),
  );
  yield grown(
    'next_skips',
    'A leaf names the leaf after the next.',
    fails('FORMAT_TREE', 'Trees', 'check'),
    (g) => {
      const third = g.leaf(['/e', '/f']);
      const second = g.leaf(['/c', '/d'], { next: third });
      return g.inner(['/c', '/e'], [g.leaf(['/', '/a', '/b'], { next: third }), second, third]);
    },
  );
}

async function* depths(): AsyncGenerator<Case> {
  // Each level has the one below to the left and a leaf to the right.
  const deep =
    (levels: number) =>
    (g: Gardener): Uint8Array => {
      const paths = Array.from({ length: levels }, (_, level) => `/x${String(level).padStart(2, '0')}`);
      for (const path of paths) g.tree.file(path, path);
      let next: Uint8Array | undefined;
      const leaves: Uint8Array[] = [];
      for (const path of [...paths].reverse()) {
        next = g.leaf([path], { next });
        leaves.unshift(next);
      }
      let node = g.leaf(['/', ...FILES], { next });
      for (const [level, path] of paths.entries()) node = g.inner([path], [node, leaves[level] ?? none]);
      return node;
    };
  yield grown('depth_12', 'Twelve levels of inner nodes, the limit.', 'tree', deep(12));
  yield grown('depth_13', 'Thirteen levels of inner nodes.', broken, deep(13));
  yield grown(
    'inner_without_keys',
    'An inner node with one pointer and no key below another.',
    broken,
    (g) => {
      const leaf = g.leaf(['/', ...FILES.slice(0, 3)], { next: g.leaf(FILES.slice(3)) });
      return g.inner(['/d'], [g.inner([], [leaf]), g.leaf(FILES.slice(3))]);
    },
  );
  yield grown(
    'cycle_forged',
    'A node that names itself, under an id that its bytes do not give: no other cycle can be made.',
    fails('INTEGRITY_BLOB', 'Keys and sealing', 'read'),
    (g) => {
      const id = new Uint8Array(32).fill(9);
      g.tree.forge.putAs(ResourceType.vfsNode, id, encodeNode({ keys: [], pointers: [id] }));
      return id;
    },
  );
  yield grown('node_missing', 'The root node is not there.', missing, () => new Uint8Array(32).fill(7));
  yield grown('child_missing', 'A child is not there.', missing, (g) => {
    const right = g.leaf(['/c', '/d']);
    return g.inner(['/c'], [new Uint8Array(32).fill(7), right]);
  });
  yield grown('node_of_other_tree', 'The root node is a node of the tree of errors.', missing, (g) =>
    g.tree.forge.put(ResourceType.errorNode, encodeNode({ keys: ['/'], values: [none] })),
  );
}

async function* roots(): AsyncGenerator<Case> {
  const order = async (
    name: string,
    comment: string,
    value: Uint8Array,
    expect: Expectation | 'tree',
  ): Promise<Case> => {
    const gardener = new Gardener();
    const plain = encodeTree(gardener.leaf(['/', ...FILES]));
    const at = Buffer.from(plain).indexOf('Order') + 5;
    const changed = Buffer.concat([plain.subarray(0, at), value, plain.subarray(at + 1)]);
    const root = gardener.tree.forge.put(ResourceType.vfsTree, changed);
    return { name: `order_${name}`, comment, ...(await withTrees(gardener.tree, { root }, expect)) };
  };
  const limit = fails('FORMAT_LIMIT', 'Trees', 'read');
  yield order('2', 'A tree of order 2.', Uint8Array.of(2), limit);
  yield order('negative', 'A tree of order −1.', Uint8Array.of(0xff), limit);
  yield order('4097', 'A tree of order 4097.', Uint8Array.of(0xcd, 0x10, 0x01), limit);
  yield order('4096', 'A tree of order 4096, the limit.', Uint8Array.of(0xcd, 0x10, 0x00), 'tree');
  const root = async (
    name: string,
    comment: string,
    expect: Expectation,
    ids: (g: Gardener) => Partial<TreeIds>,
  ): Promise<Case> => {
    const gardener = new Gardener();
    return { name: `root_${name}`, comment, ...(await withTrees(gardener.tree, ids(gardener), expect)) };
  };
  yield root('missing', 'The header names a file tree that is not there.', missing, () => ({
    root: new Uint8Array(32).fill(7),
  }));
  yield root('zero', 'The header names no file tree.', missing, () => ({ root: none }));
  yield root('errors_missing', 'The header names a tree of errors that is not there.', missing, () => ({
    errors: none,
  }));
  yield root(
    'is_node',
    'A node where the root record belongs: all its fields are unknown, so it names node zero of order 0.',
    limit,
    (g) => ({
      root: g.tree.forge.put(ResourceType.vfsTree, encodeNode({})),
    }),
  );
}

async function* orders(): AsyncGenerator<Case> {
  const byBytes = new Gardener([]);
  byBytes.tree.directory('/a').file('/a/x', 'x').file('/b', 'b');
  const wrongOrder = await byBytes.tree.tree('root', byBytes.tree.entries, compareUtf8);
  yield {
    name: 'order_of_bytes',
    comment: 'A file tree in byte order instead of path order.',
    ...(await withTrees(byBytes.tree, { root: wrongOrder }, broken)),
  };
  const noRoot = new Gardener();
  noRoot.tree.entries.delete('/');
  yield {
    name: 'without_root',
    comment: 'A file tree without an entry for the root directory.',
    ...(await withTrees(noRoot.tree, {}, fails('NOT_FOUND_PATH', 'Trees', 'read'))),
  };
  const empty = new Gardener();
  empty.tree.entries.clear();
  yield {
    name: 'without_keys',
    comment: 'A file tree without any key.',
    ...(await withTrees(empty.tree, {}, fails('NOT_FOUND_PATH', 'Trees', 'read'))),
  };
  const entryMissing = new Gardener();
  entryMissing.tree.entries.set('/c', new Uint8Array(32).fill(7));
  yield {
    name: 'entry_missing',
    comment: 'A key whose entry is not there.',
    ...(await withTrees(entryMissing.tree, {}, missing)),
  };
  for (const [name, kind] of [
    ['xattrs_in_byte_order', compareUtf8],
    ['xattrs_in_path_order', comparePaths],
  ] as const) {
    const attributed = new Gardener([]);
    const { tree } = attributed;
    for (const directory of ['/a', '/a/b', '/b']) tree.directory(directory);
    for (let index = 0; index < 60; index++) {
      const path = `${['/a/b/x', '/a/x', '/b/x', '/x'][index % 4] ?? ''}${index}`;
      tree
        .file(path, path, (entry) => ({ ...entry, extendedAttributes: ['user.note'] }))
        .xattr(path, 'user.note', path);
    }
    yield {
      name,
      comment: 'A tree of attributes of two leaves; either order is found.',
      ...(await withTrees(tree, { xattrs: await tree.tree('xattrs', tree.xattrs, kind) }, 'tree')),
    };
  }
  const root = new Gardener();
  const plain = encodeTree(root.leaf(['/', ...FILES]));
  const counted = edited(plain, (copy) => {
    copy[Buffer.from(copy).indexOf('Count') + 5] = 99 & 0x7f;
  });
  yield {
    name: 'count_ignored',
    comment:
      'A root record that counts 99 keys where there are seven: writers leave 0 there, so readers ignore it.',
    ...(await withTrees(root.tree, { root: root.tree.forge.put(ResourceType.vfsTree, counted) }, 'tree')),
  };
}

/** All vectors of the area. */
export async function tree(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* nodes();
    yield* chains();
    yield* depths();
    yield* roots();
    yield* orders();
  }
  return area('tree', all());
}
