/** Builds a B+ tree from sorted keys in one pass: full nodes, leaves from right to left because each names the next. */
import { encodeNode, encodeTree, TREE_ORDER } from './tree.ts';

const LEAF_KEYS_MAX = TREE_ORDER - 1;
const POINTERS_MAX = TREE_ORDER;

/** Stores a node's or root record's plaintext and gives its id. */
export type PutBlob = (plaintext: Uint8Array) => Promise<Uint8Array>;

/** Keys, sorted, without repetition: an array, or what makes them as they are wanted, a node's at a time. */
export type TreeKeys = Pick<readonly string[], 'length' | 'slice'>;

interface Child {
  /** Smallest key below. */
  readonly firstKey: string;
  readonly id: Uint8Array;
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
  let level = await buildLeaves(keys, valueAt, putNode);
  while (level.length > 1) level = await buildParents(level, putNode);
  const root = level[0]?.id ?? (await putNode(encodeNode({})));
  return putTree(encodeTree(root));
}

async function buildLeaves(
  keys: TreeKeys,
  valueAt: (index: number) => Uint8Array,
  putNode: PutBlob,
): Promise<Child[]> {
  const leaves: Child[] = [];
  let next: Uint8Array | undefined;
  for (const [start, end] of shares(keys.length, LEAF_KEYS_MAX).reverse()) {
    const values: Uint8Array[] = [];
    for (let index = start; index < end; index++) values.push(valueAt(index));
    const leafKeys = keys.slice(start, end);
    const id = await putNode(encodeNode({ keys: leafKeys, values, next }));
    leaves.push({ firstKey: leafKeys[0] ?? '', id });
    next = id;
  }
  return leaves.reverse();
}

async function buildParents(children: readonly Child[], putNode: PutBlob): Promise<Child[]> {
  const parents: Child[] = [];
  for (const [start, end] of shares(children.length, POINTERS_MAX)) {
    const group = children.slice(start, end);
    const node = encodeNode({
      keys: group.slice(1).map((child) => child.firstKey),
      pointers: group.map((child) => child.id),
    });
    parents.push({ firstKey: group[0]?.firstKey ?? '', id: await putNode(node) });
  }
  return parents;
}

/** `count` things in as few shares of at most `max` as possible, sizes differing by one at most. */
function shares(count: number, max: number): [start: number, end: number][] {
  const number = Math.ceil(count / max);
  return Array.from({ length: number }, (_, share) => [
    Math.floor((share * count) / number),
    Math.floor(((share + 1) * count) / number),
  ]);
}
