/** Builds a B+ tree from sorted keys in one pass: full nodes, leaves from right to left because each names the next. */
import { encodeNode, encodeTree, TREE_ORDER } from './tree.ts';

const LEAF_KEYS_MAX = TREE_ORDER - 1;
const POINTERS_MAX = TREE_ORDER;
const ID_LENGTH = 32;

/** Stores a node's or root record's plaintext and gives its id. */
export type PutBlob = (plaintext: Uint8Array) => Promise<Uint8Array>;

/** Keys, sorted, without repetition: an array, or what makes them as they are wanted, a node's at a time. */
export type TreeKeys = Pick<readonly string[], 'length' | 'slice'>;

/** The nodes of one level from left to right, flat: there may be as many as a fiftieth of the keys. */
class Level {
  /** Index of the smallest key below each. */
  readonly firsts: Uint32Array;
  /** Ids one after the other. */
  readonly ids: Uint8Array;

  constructor(count: number) {
    this.firsts = new Uint32Array(count);
    this.ids = new Uint8Array(count * ID_LENGTH);
  }

  set(node: number, first: number, id: Uint8Array): void {
    this.firsts[node] = first;
    this.ids.set(id, node * ID_LENGTH);
  }

  id(node: number): Uint8Array {
    return this.ids.subarray(node * ID_LENGTH, (node + 1) * ID_LENGTH);
  }
}

/**
 * @param valueAt value of the key at an index: 32 bytes
 * @returns the id of the root record
 */
export async function buildTree(
  keys: TreeKeys,
  valueAt: (index: number) => Uint8Array,
  putNode: PutBlob,
  putTree: PutBlob,
): Promise<Uint8Array> {
  if (keys.length === 0) return putTree(encodeTree(await putNode(encodeNode({}))));
  let level = await buildLeaves(keys, valueAt, putNode);
  while (level.firsts.length > 1) level = await buildParents(keys, level, putNode);
  return putTree(encodeTree(level.id(0)));
}

async function buildLeaves(
  keys: TreeKeys,
  valueAt: (index: number) => Uint8Array,
  putNode: PutBlob,
): Promise<Level> {
  const begins = shares(keys.length, LEAF_KEYS_MAX);
  const leaves = new Level(begins.length - 1);
  let next: Uint8Array | undefined;
  for (let leaf = begins.length - 2; leaf >= 0; leaf--) {
    const [begin = 0, end = 0] = begins.subarray(leaf, leaf + 2);
    const values: Uint8Array[] = [];
    for (let index = begin; index < end; index++) values.push(valueAt(index));
    next = await putNode(encodeNode({ keys: keys.slice(begin, end), values, next }));
    leaves.set(leaf, begin, next);
  }
  return leaves;
}

async function buildParents(keys: TreeKeys, children: Level, putNode: PutBlob): Promise<Level> {
  const begins = shares(children.firsts.length, POINTERS_MAX);
  const parents = new Level(begins.length - 1);
  for (let parent = 0; parent < begins.length - 1; parent++) {
    const [begin = 0, end = 0] = begins.subarray(parent, parent + 2);
    const firsts = children.firsts.subarray(begin, end);
    const node = encodeNode({
      keys: Array.from(firsts.subarray(1), (first) => keys.slice(first, first + 1)[0] ?? ''),
      pointers: Array.from(firsts, (_, child) => children.id(begin + child)),
    });
    parents.set(parent, firsts[0] ?? 0, await putNode(node));
  }
  return parents;
}

/** Where shares of `count` things begin, and where the last ends: as few of at most `max` as possible, sizes differing by one at most. */
function shares(count: number, max: number): Uint32Array {
  const number = Math.ceil(count / max);
  return Uint32Array.from({ length: number + 1 }, (_, share) => Math.floor((share * count) / number));
}
