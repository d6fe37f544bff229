/** Lists every blob that a snapshot rests on, so that it can be copied as it is. */
import { FormatError, IntegrityError } from '../errors.ts';
import type { BlobReader } from './blob-reader.ts';
import { decodeEntry, decodeXattr } from './entry.ts';
import { TREE_DEPTH_MAX } from './limits.ts';
import { decodeObject } from './object.ts';
import { ResourceType } from './resource-type.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import { decodeNode, decodeTree } from './tree.ts';

const NO_OBJECT_BYTE = 0;

/**
 * Indexes of the blobs of `snapshot`, each once: header, signature, trees, entries, objects, chunks, recorded errors, attributes, and
 * whatever its indexes name.
 * @returns undefined where one of them is missing or cannot be read
 * @throws ConnectorError; CancelledError of the source
 */
export async function snapshotBlobs(
  blobs: BlobReader,
  snapshot: SnapshotReader,
): Promise<ReadonlySet<number> | undefined> {
  const collection = new BlobCollection(blobs);
  try {
    await collection.addSnapshot(snapshot);
    return collection.indexes;
  } catch (error) {
    if (error instanceof IntegrityError || error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Adds the blob `id` and all that it names. */
type AddValue = (id: Uint8Array) => Promise<void>;

class BlobCollection {
  readonly indexes = new Set<number>();
  readonly #blobs: BlobReader;

  constructor(blobs: BlobReader) {
    this.#blobs = blobs;
  }

  async addSnapshot(snapshot: SnapshotReader): Promise<void> {
    const { header, source } = snapshot;
    this.#add(ResourceType.snapshot, header.identifier);
    if (header.identity.identifier.some((byte) => byte !== 0)) {
      this.#add(ResourceType.signature, header.identifier);
    }
    const { trees, indexes } = source;
    await this.#addTree(ResourceType.vfsTree, ResourceType.vfsNode, trees.root, (id) => this.#addEntry(id));
    await this.#addTree(ResourceType.xattrTree, ResourceType.xattrNode, trees.xattrs, (id) =>
      this.#addXattr(id),
    );
    await this.#addTree(ResourceType.errorTree, ResourceType.errorNode, trees.errors, (id) => {
      this.#add(ResourceType.errorEntry, id);
      return Promise.resolve();
    });
    for (const { type, value } of indexes ?? []) {
      if (type !== 'btree') missing();
      await this.#addTree(ResourceType.indexTree, ResourceType.indexNode, value, (id) =>
        this.#addAnything(id),
      );
    }
  }

  async #addTree(tree: ResourceType, node: ResourceType, id: Uint8Array, add: AddValue): Promise<void> {
    this.#add(tree, id);
    await this.#addNode(node, decodeTree(await this.#blobs.read(tree, id)).root, add, 1);
  }

  async #addNode(type: ResourceType, id: Uint8Array, add: AddValue, depth: number): Promise<void> {
    // A node that two trees share was followed already, and so was one that a tree uses twice.
    if (depth > TREE_DEPTH_MAX || !this.#add(type, id)) return;
    // The order of keys is for readers to judge.
    const { pointers, values } = decodeNode(await this.#blobs.read(type, id), () => -1);
    for (const pointer of pointers ?? []) await this.#addNode(type, pointer, add, depth + 1);
    for (const value of values ?? []) await add(value);
  }

  async #addEntry(id: Uint8Array): Promise<void> {
    if (!this.#add(ResourceType.vfsEntry, id)) return;
    const { object } = decodeEntry(await this.#blobs.read(ResourceType.vfsEntry, id));
    if (object.some((byte) => byte !== NO_OBJECT_BYTE)) await this.#addObject(object);
  }

  async #addXattr(id: Uint8Array): Promise<void> {
    if (!this.#add(ResourceType.xattrEntry, id)) return;
    await this.#addObject(decodeXattr(await this.#blobs.read(ResourceType.xattrEntry, id)).object);
  }

  async #addObject(id: Uint8Array): Promise<void> {
    if (!this.#add(ResourceType.object, id)) return;
    const { chunks } = decodeObject(await this.#blobs.read(ResourceType.object, id));
    for (const { contentMac } of chunks ?? []) this.#add(ResourceType.chunk, contentMac);
  }

  /** An index names blobs without saying of what type. */
  async #addAnything(id: Uint8Array): Promise<void> {
    const { blobs } = this.#blobs;
    const types = Object.values(ResourceType).filter((type) => blobs.find(type, id) >= 0);
    if (types.length === 0) missing();
    for (const type of types) {
      if (type === ResourceType.object) await this.#addObject(id);
      else this.#add(type, id);
    }
  }

  /** @returns false where it was there already */
  #add(type: ResourceType, id: Uint8Array): boolean {
    const index = this.#blobs.blobs.find(type, id);
    if (index < 0) missing();
    if (this.indexes.has(index)) return false;
    this.indexes.add(index);
    return true;
  }
}

function missing(): never {
  throw new IntegrityError('INTEGRITY_MISSING', 'a snapshot names a blob that is not there', {
    section: 'Snapshot',
  });
}
