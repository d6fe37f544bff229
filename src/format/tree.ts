/**
 * B+ trees with string keys and 32-byte values: the file tree, its xattrs, errors and indexes. Source: specification "Trees".
 *
 * | tree field | type | | node field | type |
 * |---|---|---|---|---|
 * | Version | u32 | | version | u32 |
 * | Order | int | | keys | nil or list of str |
 * | Count | int | | pointers | nil or list of [32]byte: child nodes |
 * | Root | [32]byte | | values | nil or list of [32]byte |
 * | | | | prev, next | [32]byte, omitted when nil |
 *
 * An inner node has one pointer more than keys; keys[i] is the smallest key below pointers[i + 1]. A leaf has as many values as
 * keys and, but for the last, the id of the next leaf. A node has fewer keys than Order.
 */
import { FormatError } from '../errors.ts';
import { TREE_ORDER_MAX } from './limits.ts';
import { field, int, list, mac, optionalField, pointer, record, str, u32 } from './record.ts';

/** Keys of a node plus one, as the reference makes them. */
export const TREE_ORDER = 50;

/** The root record of a tree. */
export interface StoredTree {
  readonly version: number;
  readonly order: number;
  readonly count: number;
  readonly root: Uint8Array;
}
/** One node. */
export interface TreeNode {
  readonly version: number;
  readonly keys: readonly string[] | null;
  readonly pointers: readonly Uint8Array[] | null;
  readonly values: readonly Uint8Array[] | null;
  readonly previous: Uint8Array | undefined;
  readonly next: Uint8Array | undefined;
}

const treeCodec = record<StoredTree>('tree', {
  version: field('Version', u32),
  order: field('Order', int),
  count: field('Count', int),
  root: field('Root', mac),
});
const nodeCodec = record<TreeNode>('tree node', {
  version: field('version', u32),
  keys: field('keys', list(str)),
  pointers: field('pointers', list(mac)),
  values: field('values', list(mac)),
  previous: optionalField('prev', pointer(mac)),
  next: optionalField('next', pointer(mac)),
});

/** The root record's plaintext; Version and Count are 0, as the reference writes them. */
export function encodeTree(root: Uint8Array): Uint8Array {
  return treeCodec.toBytes({ version: 0, order: TREE_ORDER, count: 0, root });
}
/** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
export function decodeTree(plaintext: Uint8Array): StoredTree {
  const tree = treeCodec.fromBytes(plaintext);
  if (tree.order < 3 || tree.order > TREE_ORDER_MAX) {
    throw new FormatError('FORMAT_LIMIT', `tree: order ${tree.order}, allowed are 3 to ${TREE_ORDER_MAX}`, {
      section: 'Trees',
    });
  }
  return tree;
}

/** The node's plaintext. */
export function encodeNode(node: Partial<TreeNode>): Uint8Array {
  return nodeCodec.toBytes({ ...nodeCodec.zero(), ...node });
}
/**
 * Reads a node and holds it against the invariants that it shows by itself.
 * @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT, FORMAT_TREE
 */
export function decodeNode(plaintext: Uint8Array, compare: (a: string, b: string) => number): TreeNode {
  const node = nodeCodec.fromBytes(plaintext);
  const keys = node.keys ?? [];
  const pointers = node.pointers?.length ?? 0;
  const values = node.values?.length ?? 0;
  if (keys.length >= TREE_ORDER_MAX) broken(`a node with ${keys.length} keys`);
  if (pointers > 0 ? pointers !== keys.length + 1 || values !== 0 : values !== keys.length) {
    broken(`a node with ${keys.length} keys, ${pointers} pointers and ${values} values`);
  }
  for (let index = 1; index < keys.length; index++) {
    if (compare(keys[index - 1] ?? '', keys[index] ?? '') >= 0) broken('a node whose keys are not in order');
  }
  return node;
}

/** @throws FormatError FORMAT_TREE, always */
export function broken(problem: string): never {
  throw new FormatError('FORMAT_TREE', `tree: ${problem}`, { section: 'Trees' });
}

/** Index of the first key that is not below `key`, and whether it is equal. */
export function searchKeys(
  keys: readonly string[],
  key: string,
  compare: (a: string, b: string) => number,
): { index: number; found: boolean } {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keys[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, found: low < keys.length && compare(keys[low] ?? '', key) === 0 };
}
