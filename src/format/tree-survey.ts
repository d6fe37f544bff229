/**
 * Visits a B+ tree from the first to the last key without giving up: what a damaged node hides is a gap, and the visit goes on
 * behind it. For verification and salvage; readers use `tree-reader.ts`.
 */
import type { BlobReader } from './blob-reader.ts';
import { equalBytes, toHex } from './bytes.ts';
import { type Finding, findingOf } from './finding.ts';
import { TREE_DEPTH_MAX } from './limits.ts';
import type { ResourceType } from './resource-type.ts';
import { broken, decodeNode, decodeTree, type TreeNode } from './tree.ts';
import type { TreeItem } from './tree-reader.ts';

/** Keys that cannot be visited: from `from` on (undefined: from the first) to before `to` (undefined: to the last). */
export interface TreeGap {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly finding: Finding;
}

/** Which tree to visit. */
export interface SurveyedTree {
  readonly types: { readonly tree: ResourceType; readonly node: ResourceType };
  /** Of the root record. */
  readonly id: Uint8Array;
  /** Undefined where the keys' order is not known: it is not checked then. */
  readonly compare?: (a: string, b: string) => number;
}

interface Bounds {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** All keys in order, with the gaps between them. @throws ConnectorError; CancelledError of the source */
export async function* surveyTree(blobs: BlobReader, tree: SurveyedTree): AsyncGenerator<TreeItem | TreeGap> {
  const bounds = { from: undefined, to: undefined };
  let root: Uint8Array;
  try {
    root = decodeTree(await blobs.read(tree.types.tree, tree.id)).root;
  } catch (error) {
    yield { ...bounds, finding: findingOf(error) };
    return;
  }
  yield* new Survey(blobs, tree).visit(root, bounds, 1);
}

class Survey {
  readonly #blobs: BlobReader;
  readonly #nodeType: ResourceType;
  readonly #compare: ((a: string, b: string) => number) | undefined;
  /** A tree uses no node twice; without this, a small hostile one could take for ever. */
  readonly #visited = new Set<string>();
  /** What the last leaf calls the next one; null after a gap. */
  #next: Uint8Array | undefined | null = null;

  constructor(blobs: BlobReader, { types, compare }: SurveyedTree) {
    this.#blobs = blobs;
    this.#nodeType = types.node;
    this.#compare = compare;
  }

  async *visit(id: Uint8Array, bounds: Bounds, depth: number): AsyncGenerator<TreeItem | TreeGap> {
    let node: TreeNode;
    try {
      node = await this.#read(id, bounds, depth);
    } catch (error) {
      this.#next = null;
      yield { ...bounds, finding: findingOf(error) };
      return;
    }
    const keys = node.keys ?? [];
    const pointers = node.pointers ?? [];
    for (const [index, pointer] of pointers.entries()) {
      const from = index === 0 ? bounds.from : keys[index - 1];
      const to = index === pointers.length - 1 ? bounds.to : keys[index];
      yield* this.visit(pointer, { from, to }, depth + 1);
    }
    for (const [index, value] of (node.values ?? []).entries()) yield { key: keys[index] ?? '', value };
  }

  async #read(id: Uint8Array, bounds: Bounds, depth: number): Promise<TreeNode> {
    const name = toHex(id);
    if (this.#visited.has(name)) broken('a node stands in two places');
    this.#visited.add(name);
    const node = decodeNode(await this.#blobs.read(this.#nodeType, id), this.#compare ?? (() => -1));
    const isLeaf = (node.pointers ?? []).length === 0;
    if (!isLeaf && depth > TREE_DEPTH_MAX) broken(`deeper than ${TREE_DEPTH_MAX} levels`);
    if (depth > 1) this.#checkBounds(node, bounds);
    if (isLeaf) {
      const isFollowing = this.#next === null || (this.#next !== undefined && equalBytes(this.#next, id));
      this.#next = node.next;
      if (!isFollowing) broken('a leaf is not the one that the leaf before it names');
      if (bounds.to === undefined && node.next !== undefined) broken('the last leaf names another one');
    }
    return node;
  }

  #checkBounds(node: TreeNode, { from, to }: Bounds): void {
    const first = node.keys?.[0];
    const last = node.keys?.at(-1);
    if (first === undefined || last === undefined) broken('an empty node below another');
    if (this.#compare === undefined) return;
    if (from !== undefined && this.#compare(first, from) < 0) broken('a node holds keys below its bounds');
    if (to !== undefined && this.#compare(last, to) >= 0) broken('a node holds keys above its bounds');
  }
}
