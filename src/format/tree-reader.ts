/** Searches and scans a B+ tree, and holds every node on the way against what its parent and its neighbour promise. */
import type { BlobReader } from './blob-reader.ts';
import { TREE_DEPTH_MAX } from './limits.ts';
import type { ResourceType } from './resource-type.ts';
import { broken, decodeNode, decodeTree, searchKeys, type TreeNode } from './tree.ts';

const NODES_CACHED_MAX = 512;

/** One key and its value. */
export interface TreeItem {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A tree of one archive. Keeps up to 512 nodes. */
export class TreeReader {
  readonly #blobs: BlobReader;
  readonly #nodeType: ResourceType;
  readonly #root: Uint8Array;
  readonly #compare: (a: string, b: string) => number;
  /** By the index of their blob, the one that was used last at the end. */
  readonly #nodes = new Map<number, TreeNode>();

  private constructor(
    blobs: BlobReader,
    nodeType: ResourceType,
    root: Uint8Array,
    compare: (a: string, b: string) => number,
  ) {
    this.#blobs = blobs;
    this.#nodeType = nodeType;
    this.#root = root;
    this.#compare = compare;
  }

  /**
   * Opens the tree with the root record `id`.
   * @throws IntegrityError, FormatError as {@link BlobReader.read}
   */
  static async open(
    blobs: BlobReader,
    types: { readonly tree: ResourceType; readonly node: ResourceType },
    id: Uint8Array,
    compare: (a: string, b: string) => number,
  ): Promise<TreeReader> {
    const tree = decodeTree(await blobs.read(types.tree, id));
    return new TreeReader(blobs, types.node, tree.root, compare);
  }

  /** The same tree with its keys in another order. */
  withOrder(compare: (a: string, b: string) => number): TreeReader {
    return new TreeReader(this.#blobs, this.#nodeType, this.#root, compare);
  }

  /** The value of `key`. @throws IntegrityError, FormatError */
  async find(key: string): Promise<Uint8Array | undefined> {
    const leaf = await this.#leafOf(key);
    const { index, found } = searchKeys(leaf.keys ?? [], key, this.#compare);
    return found ? leaf.values?.[index] : undefined;
  }

  /** All items from the first key that is not below `key`, in order. @throws IntegrityError, FormatError */
  async *scanFrom(key: string): AsyncGenerator<TreeItem> {
    const cursor = await this.cursorAt(key);
    do {
      for (let item = cursor.next(); item !== undefined; item = cursor.next()) yield item;
    } while (await cursor.enterNextLeaf());
  }

  /** A cursor before the first key that is not below `key`. @throws IntegrityError, FormatError */
  async cursorAt(key: string): Promise<TreeCursor> {
    const leaf = await this.#leafOf(key);
    const { index } = searchKeys(leaf.keys ?? [], key, this.#compare);
    return new TreeCursor(leaf, index, (last, next) => this.#nextLeaf(last, next));
  }

  /** Keys grow from leaf to leaf, so a chain of leaves that runs in a circle ends here. */
  async #nextLeaf(leaf: TreeNode, next: Uint8Array): Promise<TreeNode> {
    const following = await this.#node(next);
    const first = following.keys?.[0];
    const last = leaf.keys?.at(-1);
    if (following.pointers !== null && following.pointers.length > 0) {
      broken('a leaf is followed by an inner node');
    }
    if (first === undefined || last === undefined || this.#compare(last, first) >= 0) {
      broken('leaves are not in order');
    }
    return following;
  }

  async #leafOf(key: string): Promise<TreeNode> {
    let node = await this.#node(this.#root);
    let from: string | undefined;
    let to: string | undefined;
    for (let depth = 1; node.pointers !== null && node.pointers.length > 0; depth++) {
      if (depth > TREE_DEPTH_MAX) broken(`deeper than ${TREE_DEPTH_MAX} levels`);
      const keys = node.keys ?? [];
      const { index, found } = searchKeys(keys, key, this.#compare);
      const child = found ? index + 1 : index;
      from = child > 0 ? keys[child - 1] : from;
      to = child < keys.length ? keys[child] : to;
      node = await this.#node(node.pointers[child] ?? broken('a pointer is missing'));
      this.#checkBounds(node, from, to);
    }
    return node;
  }

  #checkBounds(node: TreeNode, from: string | undefined, to: string | undefined): void {
    const first = node.keys?.[0];
    const last = node.keys?.at(-1);
    if (first === undefined || last === undefined) broken('an empty node below another');
    if (from !== undefined && this.#compare(first, from) < 0) broken('a node holds keys below its bounds');
    if (to !== undefined && this.#compare(last, to) >= 0) broken('a node holds keys above its bounds');
  }

  async #node(id: Uint8Array): Promise<TreeNode> {
    const index = this.#blobs.blobs.find(this.#nodeType, id);
    const cached = this.#nodes.get(index);
    if (cached !== undefined) {
      this.#nodes.delete(index);
      this.#nodes.set(index, cached);
      return cached;
    }
    const node = decodeNode(await this.#blobs.read(this.#nodeType, id), this.#compare);
    this.#nodes.set(index, node);
    if (this.#nodes.size > NODES_CACHED_MAX) {
      for (const oldest of this.#nodes.keys()) {
        this.#nodes.delete(oldest);
        break;
      }
    }
    return node;
  }
}

/** A place between the items of a tree: what a leaf holds is there at once, the next leaf is waited for. */
export class TreeCursor {
  #leaf: TreeNode;
  #index: number;
  readonly #read: (leaf: TreeNode, next: Uint8Array) => Promise<TreeNode>;

  /** @param read gives the leaf `next` behind `leaf` */
  constructor(leaf: TreeNode, index: number, read: (leaf: TreeNode, next: Uint8Array) => Promise<TreeNode>) {
    this.#leaf = leaf;
    this.#index = index;
    this.#read = read;
  }

  /** The next item of the leaf; undefined at its end. */
  next(): TreeItem | undefined {
    const index = this.#index;
    const key = this.#leaf.keys?.[index];
    const value = this.#leaf.values?.[index];
    if (key === undefined || value === undefined) return undefined;
    this.#index = index + 1;
    return { key, value };
  }

  /** @returns false at the end of the tree; @throws IntegrityError, FormatError */
  async enterNextLeaf(): Promise<boolean> {
    if (this.#leaf.next === undefined) return false;
    this.#leaf = await this.#read(this.#leaf, this.#leaf.next);
    this.#index = 0;
    return true;
  }
}
