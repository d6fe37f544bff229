/** Verifies snapshots: their trees from the first to the last key, and that everything they name is there and fits together. */
import { oneLine, throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import { toHex } from './bytes.ts';
import { blobOffset } from './check-blobs.ts';
import { contentName } from './check-contents.ts';
import type { ContentFacts } from './content-facts.ts';
import { decodeError } from './entry.ts';
import { isDirectory, isRegular } from './file-mode.ts';
import { type Finding, findingOf, type Loss } from './finding.ts';
import { objectSize, type StoredObject } from './object.ts';
import { comparePaths, parentPath } from './path.ts';
import { ResourceType } from './resource-type.ts';
import type { SingleChunks } from './single-chunks.ts';
import { type SnapshotEntry, SnapshotReader } from './snapshot-reader.ts';
import { type SurveyedTree, surveyTree, type TreeGap } from './tree-survey.ts';
import type { TreeItem } from './tree-reader.ts';

/** How snapshots are checked. */
export interface SnapshotCheckOptions {
  readonly singles: SingleChunks;
  /** What is known of chunks and of contents of several chunks; a content of which nothing is known is read. */
  readonly contents: ContentFacts;
  readonly signal: AbortSignal | undefined;
}

/** Entries after which others have their turn. */
const PAUSE_COUNT = 128;

/** Checks the snapshots of one archive, content that they share once. Records are verified before. */
export class SnapshotCheck {
  readonly #parts: ArchiveParts;
  readonly #options: SnapshotCheckOptions;
  /** Names of contents of several chunks that were read here. */
  readonly #readObjects = new Set<string>();

  constructor(parts: ArchiveParts, options: SnapshotCheckOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** All findings of the snapshot `id`. @throws CancelledError; ConnectorError */
  async *check(id: Uint8Array): AsyncGenerator<Finding> {
    let snapshot: SnapshotReader;
    try {
      snapshot = await SnapshotReader.open(this.#parts.blobs, id);
    } catch (error) {
      yield { ...findingOf(error), snapshot: toHex(id), lost: 'snapshot' };
      return;
    }
    for (const findings of [this.#checkEntries(snapshot), this.#checkOtherTrees(snapshot)]) {
      for await (const finding of findings) {
        yield { ...finding, message: oneLine(finding.message), snapshot: snapshot.id };
      }
    }
  }

  async *#checkEntries(snapshot: SnapshotReader): AsyncGenerator<Finding> {
    const directories = new Set<string>();
    let isWhole = true;
    for await (const item of this.#survey(fileTree(snapshot))) {
      if ('finding' in item) {
        isWhole = false;
        yield gapFinding(item, 'entries');
        continue;
      }
      const path = item.key;
      let entry: SnapshotEntry;
      try {
        entry = snapshot.peekEntry(item) ?? (await snapshot.entryOf(item));
      } catch (error) {
        isWhole = false;
        yield { ...findingOf(error), path, lost: 'entry' };
        continue;
      }
      if (isDirectory(entry.info.mode)) directories.add(path);
      // Behind damage a parent may be missing for that reason.
      if (isWhole && path !== '/' && !directories.has(parentPath(path))) {
        yield { code: 'FORMAT_TREE', message: `${path} lies in no directory`, path, lost: 'entry' };
      }
      if (!this.#isSound(entry)) yield* this.#checkEntry(snapshot, entry);
    }
    if (isWhole && !directories.has('/')) {
      yield {
        code: 'FORMAT_TREE',
        message: 'the snapshot has no root directory',
        path: '/',
        lost: 'entries',
      };
    }
  }

  /** True where nothing is wrong with an entry and nothing has to be read to know it. */
  #isSound(entry: SnapshotEntry): boolean {
    return (
      entry.extendedAttributes.length === 0 && (!isRegular(entry.info.mode) || this.#isSingleChunk(entry))
    );
  }

  /** True where the content of an entry is one chunk that can be read and is as long as it should be: most are. */
  #isSingleChunk({ objectId, info }: SnapshotEntry): boolean {
    const { singles, contents } = this.#options;
    const object = objectId === undefined ? -1 : this.#parts.state.blobs.find(ResourceType.object, objectId);
    const chunk = singles.chunk(object);
    return (
      chunk >= 0 &&
      singles.length(object) === info.size &&
      contents.isReadable(chunk) &&
      contents.hasLength(chunk, info.size)
    );
  }

  async *#checkEntry(snapshot: SnapshotReader, entry: SnapshotEntry): AsyncGenerator<Finding> {
    const { path } = entry;
    for (const name of entry.extendedAttributes) {
      try {
        await snapshot.extendedAttribute(entry, name);
      } catch (error) {
        yield { ...findingOf(error), path, lost: 'attribute' };
      }
    }
    if (!isRegular(entry.info.mode) || this.#isSingleChunk(entry)) return;
    try {
      const object = await snapshot.object(entry);
      const damage = object === undefined ? undefined : this.#damageOf(object, path);
      if (damage !== undefined) yield damage;
      else await this.#checkContent(snapshot, entry, object);
    } catch (error) {
      yield { ...findingOf(error), path, lost: 'content' };
    }
  }

  /** The chunks of an object that cannot be read, as one finding. */
  #damageOf(object: StoredObject, path: string): Finding | undefined {
    const { blobs } = this.#parts.state;
    const chunks = object.chunks ?? [];
    let count = 0;
    let size = 0;
    let first: number | undefined;
    for (const chunk of chunks) {
      const index = blobs.find(ResourceType.chunk, chunk.contentMac);
      if (index >= 0 && this.#options.contents.isReadable(index)) continue;
      count++;
      size += chunk.length;
      if (index >= 0) first ??= blobOffset(this.#parts, index);
    }
    if (count === 0) return undefined;
    return {
      code: first === undefined ? 'INTEGRITY_MISSING' : 'INTEGRITY_BLOB',
      message: `${count} of ${chunks.length} chunks of ${path} cannot be read: ${size} of ${objectSize(object)} bytes`,
      ...(first !== undefined && { offset: first }),
      path,
      lost: 'content',
    };
  }

  async #checkContent(
    snapshot: SnapshotReader,
    entry: SnapshotEntry,
    object: StoredObject | undefined,
  ): Promise<void> {
    const count = object?.chunks?.length ?? 0;
    const name = contentName(entry.objectId ?? new Uint8Array(), entry.info.size);
    if (object !== undefined && count > 1 && objectSize(object) === entry.info.size) {
      if (this.#options.contents.isProven(name) || this.#readObjects.has(name)) return;
    }
    for await (const { giveBack } of snapshot.lentContent(entry)) {
      giveBack();
      throwIfCancelled(this.#options.signal);
    }
    if (count > 1) this.#readObjects.add(name);
  }

  async *#checkOtherTrees(snapshot: SnapshotReader): AsyncGenerator<Finding> {
    const { trees, indexes } = snapshot.source;
    const { errorTree, errorNode, errorEntry, xattrTree, xattrNode, indexTree, indexNode } = ResourceType;
    const errors = { types: { tree: errorTree, node: errorNode }, id: trees.errors };
    for await (const item of this.#survey(errors)) {
      if ('finding' in item) yield gapFinding(item, 'errors');
      else yield* this.#checkError(errorEntry, item);
    }
    // Its order is not settled, and the entries that have attributes were held against it.
    const attributes = { types: { tree: xattrTree, node: xattrNode }, id: trees.xattrs };
    for await (const item of this.#survey(attributes)) {
      if ('finding' in item) yield gapFinding(item, 'attribute');
    }
    for (const { type, value } of indexes ?? []) {
      if (type !== 'btree') continue;
      for await (const item of this.#survey({ types: { tree: indexTree, node: indexNode }, id: value })) {
        if ('finding' in item) yield gapFinding(item, 'index');
      }
    }
  }

  async *#checkError(type: ResourceType, { key, value }: TreeItem): AsyncGenerator<Finding> {
    try {
      const { name } = decodeError(await this.#parts.blobs.read(type, value));
      if (name === key) return;
      const message = `the error recorded at ${key} names ${name}`;
      yield { code: 'INTEGRITY_SNAPSHOT', message, path: key, lost: 'errors' };
    } catch (error) {
      yield { ...findingOf(error), path: key, lost: 'errors' };
    }
  }

  async *#survey(tree: SurveyedTree): AsyncGenerator<TreeItem | TreeGap> {
    let count = 0;
    for await (const item of surveyTree(this.#parts.blobs, tree)) {
      if (++count % PAUSE_COUNT === 0) await this.#parts.codec.threads?.pause();
      throwIfCancelled(this.#options.signal);
      yield item;
    }
  }
}

/** The tree of a snapshot's entries. */
export function fileTree(snapshot: SnapshotReader): SurveyedTree {
  const types = { tree: ResourceType.vfsTree, node: ResourceType.vfsNode };
  return { types, id: snapshot.source.trees.root, compare: comparePaths };
}

function gapFinding({ from, to, finding }: TreeGap, lost: Loss): Finding {
  const begin = from ?? 'the first';
  const range =
    from === undefined && to === undefined
      ? 'all'
      : `${begin} to ${to === undefined ? 'the last' : `before ${to}`}`;
  return {
    ...finding,
    message: `${finding.message}; hidden: ${range}`,
    ...(from !== undefined && { path: from }),
    lost,
  };
}
