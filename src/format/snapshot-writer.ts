/**
 * Writes one snapshot: entries as they come, in any order; then the implied directories, summaries, trees and the header.
 * Holds where the entry of each path stands, see {@link SnapshotPaths}.
 */
import { CancelledError } from '../errors.ts';
import type { BlobWriter } from './blob-writer.ts';
import { compareUtf8, toHex, viewOf } from './bytes.ts';
import type { ChunkingConfiguration } from './configuration.ts';
import { NOT_REGULAR } from './content-type.ts';
import { ContentError, ContentWriter } from './content-writer.ts';
import {
  encodeError,
  encodeXattr,
  entryCodec,
  IMPLIED_MOD_TIME,
  newEntry,
  XATTR_EXTENDED,
  xattrKey,
} from './entry.ts';
import type { StoredEntry } from './stored-entry.ts';
import { isDirectory, isRegular, MODE_DIRECTORY } from './file-mode.ts';
import type { RecordForm } from './msgpack-writer.ts';
import { baseName, isCleanPath, parentPath } from './path.ts';
import { depths } from './path-order.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import {
  encodeSnapshotHeader,
  type ImporterHeader,
  type KeyValue,
  newSnapshotHeader,
  newSourceHeader,
  type SnapshotHeader,
} from './snapshot-header.ts';
import { IMPLIED, SnapshotPaths } from './snapshot-paths.ts';
import { type EntryRecord, plainFileInfo, type SourceRecord, type StoredContent } from './source-record.ts';
import type { Signer } from './signature.ts';
import { countChild, countDirectory, finishSummary } from './summarize.ts';
import { summaryCodec } from './summary.ts';
import { timestampFromMs } from './timestamp.ts';
import { buildTree, type TreeKeys } from './tree-builder.ts';

/** What the header says of a snapshot. */
export interface SnapshotOptions {
  readonly importer: ImporterHeader;
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Facts about the capture: client, host. */
  readonly context?: readonly KeyValue[];
  /** Fields of the header that a copy keeps. */
  readonly kept?: KeptHeader;
  /** Signs the snapshot. */
  readonly signer?: Signer;
}

/** What a header says of a capture besides its {@link SnapshotOptions}. */
export type KeptHeader = Pick<
  SnapshotHeader,
  | 'timestamp'
  | 'durationNs'
  | 'category'
  | 'environment'
  | 'perimeter'
  | 'job'
  | 'replicas'
  | 'dataset'
  | 'dataClasses'
  | 'classifications'
>;

/** What a snapshot holds. */
export interface SnapshotResult {
  /** 64 hex digits. */
  readonly id: string;
  /** Entries, directories included. */
  readonly entries: number;
  readonly errors: number;
  /** Bytes of content. */
  readonly size: number;
}

const NO_CONTENT = (): readonly Uint8Array[] => [];
const NO_ENTRY = newEntry({ parentPath: '', fileInfo: plainFileInfo('', 0, IMPLIED_MOD_TIME) });
const IMPLIED_DIRECTORY_MODE = (MODE_DIRECTORY | 0o750) >>> 0;

/** Begun by `ArchiveWriter.beginSnapshot`. Calls must not overlap. */
export class SnapshotWriter {
  readonly #blobs: BlobWriter;
  readonly #contents: ContentWriter;
  readonly #options: SnapshotOptions;
  readonly #now: () => number;
  readonly #form: RecordForm;
  readonly #begunMs: number;
  readonly #paths: SnapshotPaths;
  readonly #errors = new Map<string, number>();
  readonly #xattrs = new Map<string, number>();
  #sourceContext: readonly KeyValue[] = [];
  #size = 0;
  #isOpen = true;

  constructor(
    blobs: BlobWriter,
    chunking: ChunkingConfiguration,
    options: SnapshotOptions,
    now: () => number,
  ) {
    this.#blobs = blobs;
    this.#form = blobs.recordForm;
    this.#contents = new ContentWriter(blobs, chunking);
    this.#paths = new SnapshotPaths(viewOf(blobs.primitives.randomBytes(4)).getUint32(0));
    this.#options = options;
    this.#now = now;
    this.#begunMs = now();
  }

  /** False once `finish` has resolved. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Facts about the source, often known only at the end. */
  setSourceContext(context: readonly (readonly [key: string, value: string])[]): void {
    this.#sourceContext = context.map(([key, value]) => ({ key, value }));
  }

  /**
   * Adds one record. A failing content, an impossible or repeated path becomes a recorded error. There is nothing to wait for where
   * the content is there at once and the archive has room.
   * @returns the error that was recorded, if any
   * @throws CancelledError, and ConnectorError of the archive's sink
   */
  add(record: SourceRecord): string | undefined | Promise<string | undefined> {
    if ('error' in record) return this.#recordError(record.path, record.error);
    const { path } = record;
    if (!isCleanPath(path)) {
      return this.#recordError('/', `not a path that an archive can hold: ${JSON.stringify(path)}`);
    }
    const known = this.#paths.find(path);
    if (known >= 0) return this.#recordError(path, 'captured twice; the first one was kept');
    if (!this.#paths.hasPlaceFor(path, isDirectory(record.info.mode), known)) {
      return this.#recordError(
        path,
        'captured both as a directory and as something else; the first one was kept',
      );
    }
    if (record.extendedAttributes !== undefined) return this.#addLater(record);
    try {
      const content = this.#store(record);
      if (content instanceof Promise) return this.#addLater(record, content);
      this.#addEntry(record, content, []);
    } catch (error) {
      return this.#recordFailure(path, error);
    }
    return this.#blobs.isFull ? this.#blobs.drain().then(() => undefined) : undefined;
  }

  async #addLater(record: EntryRecord, storing?: Promise<StoredContent>): Promise<string | undefined> {
    try {
      const content = await (storing ?? this.#store(record));
      this.#addEntry(record, content, await this.#addXattrs(record));
    } catch (error) {
      return this.#recordFailure(record.path, error);
    }
    if (this.#blobs.isFull) await this.#blobs.drain();
    return undefined;
  }

  #store({ info, stored, content }: EntryRecord): ReturnType<ContentWriter['store']> | undefined {
    return isRegular(info.mode) ? (stored ?? this.#contents.store(content ?? NO_CONTENT)) : undefined;
  }

  #recordFailure(path: string, error: unknown): string {
    if (!(error instanceof ContentError)) throw error;
    if (error.cause instanceof CancelledError) throw error.cause;
    return this.#recordError(path, error.message);
  }

  #addEntry(record: EntryRecord, content: StoredContent | undefined, attributes: readonly string[]): void {
    const { path, info } = record;
    const size = content?.size ?? 0;
    const contentType = content?.contentType ?? (isDirectory(info.mode) ? '' : NOT_REGULAR);
    // Counted as it is written, so that whoever takes it from the archive counts the same.
    const entropy = this.#form === 'short' ? Math.fround(content?.entropy ?? 0) : (content?.entropy ?? 0);
    const index = this.#addEntryBlob({
      ...NO_ENTRY,
      parentPath: this.#paths.parentOf(path),
      fileInfo: { ...info, size: content === undefined ? info.size : size, flags: 0 },
      symlinkTarget: record.symlinkTarget ?? '',
      object: content?.objectId ?? NO_ENTRY.object,
      entropy,
      chunks: content?.chunks ?? 0,
      contentType,
      extendedAttributes: attributes,
    });
    this.#size += size;
    if (isDirectory(info.mode)) {
      this.#paths.addDirectory(path, index);
      return;
    }
    countChild(this.#paths.addLeaf(path, index), {
      mode: info.mode,
      size,
      modTimeSeconds: Number(info.modTime.seconds),
      contentType,
      entropy,
      chunks: content?.chunks ?? 0,
      hasObject: content !== undefined,
    });
  }

  #addEntryBlob(entry: StoredEntry): number {
    return this.#blobs.addRecord(ResourceType.vfsEntry, entryCodec, entry);
  }

  async #addXattrs({ path, extendedAttributes = [] }: EntryRecord): Promise<string[]> {
    for (const { name, value } of extendedAttributes) {
      const { objectId } = await this.#contents.store(() => [value]);
      const xattr = {
        version: VERSION_1_0_0,
        path,
        name,
        size: BigInt(value.length),
        type: XATTR_EXTENDED,
        object: objectId,
      };
      this.#xattrs.set(xattrKey(path, name), this.#blobs.add(ResourceType.xattrEntry, encodeXattr(xattr)));
    }
    return extendedAttributes.map(({ name }) => name).sort(compareUtf8);
  }

  #recordError(path: string, error: string): string {
    const at = isCleanPath(path) ? path : '/';
    if (!this.#errors.has(at)) {
      this.#errors.set(at, this.#blobs.add(ResourceType.errorEntry, encodeError(at, error)));
    }
    return error;
  }

  /** Completes the snapshot. @throws ConnectorError of the archive's sink */
  async finish(): Promise<SnapshotResult> {
    await this.#addImpliedDirectories();
    const summaryTree = await this.#writeSummaries();
    const root = await this.#writeEntries();
    const errors = await this.#writeMap(this.#errors, ResourceType.errorTree, ResourceType.errorNode);
    const xattrs = await this.#writeMap(this.#xattrs, ResourceType.xattrTree, ResourceType.xattrNode);
    const identifier = this.#blobs.primitives.randomBytes(32);
    const { signer } = this.#options;
    const header = newSnapshotHeader({
      identifier,
      ...(signer && { identity: { identifier: signer.identifier, publicKey: signer.publicKey } }),
      timestamp: timestampFromMs(this.#begunMs),
      durationNs: BigInt(Math.max(0, this.#now() - this.#begunMs)) * 1_000_000n,
      ...this.#options.kept,
      name: this.#options.name ?? '',
      tags: this.#options.tags ?? [],
      context: this.#options.context ?? [],
      sources: [
        {
          ...newSourceHeader(this.#options.importer),
          context: this.#sourceContext,
          trees: { root, xattrs, errors },
          indexes: [{ name: 'summary', type: 'btree', value: summaryTree }],
          summary: this.#paths.summaryOf('/'),
        },
      ],
    });
    const plaintext = encodeSnapshotHeader(header);
    await this.#blobs.putAs(ResourceType.snapshot, identifier, plaintext);
    if (signer !== undefined) {
      const signature = signer.sign(this.#blobs.mac.mac(plaintext));
      await this.#blobs.putAs(ResourceType.signature, identifier, signature);
    }
    this.#isOpen = false;
    return {
      id: toHex(identifier),
      entries: this.#paths.count,
      errors: this.#errors.size,
      size: this.#size,
    };
  }

  /** Adds every directory between the root and an entry, and the importer's own. */
  async #addImpliedDirectories(): Promise<void> {
    const paths = this.#paths;
    paths.claim('/');
    const { directory } = this.#options.importer;
    if (isCleanPath(directory)) paths.imply(directory);
    for (let at = 0; at < paths.count; at++) {
      if (paths.value(at) !== IMPLIED) continue;
      const path = paths.path(at);
      const fileInfo = {
        ...plainFileInfo(baseName(path), IMPLIED_DIRECTORY_MODE, IMPLIED_MOD_TIME),
        linkCount: 0,
      };
      paths.setValue(at, this.#addEntryBlob(newEntry({ parentPath: parentPath(path), fileInfo })));
      if (this.#blobs.isFull) await this.#blobs.drain();
    }
  }

  /** Summaries from the deepest directories up. @returns the id of their tree */
  async #writeSummaries(): Promise<Uint8Array> {
    const errorCounts = new Map<string, number>();
    for (const path of this.#errors.keys()) {
      const parent = parentPath(path);
      errorCounts.set(parent, (errorCounts.get(parent) ?? 0) + 1);
    }
    const ids = new Map<string, number>();
    // Siblings in ascending order, as the reference merges them: its minima depend on the order.
    for (const directory of depths(this.#paths.directories()).reverse().flat()) {
      const summary = directory === '/' ? this.#paths.summaryOf('/') : this.#paths.takeSummary(directory);
      finishSummary(summary, errorCounts.get(directory) ?? 0);
      ids.set(directory, this.#blobs.add(ResourceType.vfsSummary, summaryCodec.toBytes(summary)));
      if (this.#blobs.isFull) await this.#blobs.drain();
      if (directory !== '/') countDirectory(this.#paths.summaryOf(parentPath(directory)), summary);
    }
    return this.#writeMap(ids, ResourceType.indexTree, ResourceType.indexNode);
  }

  /** @returns the id of the tree of entries */
  #writeEntries(): Promise<Uint8Array> {
    const order = this.#paths.inOrder();
    const keys = {
      length: order.length,
      slice: (begin: number, end: number) =>
        Array.from(order.subarray(begin, end), (at) => this.#paths.path(at)),
    };
    const blobAt = (index: number): number => this.#paths.value(order[index] ?? 0);
    return this.#writeTree(keys, blobAt, ResourceType.vfsTree, ResourceType.vfsNode);
  }

  #writeMap(
    blobs: ReadonlyMap<string, number>,
    treeType: ResourceType,
    nodeType: ResourceType,
  ): Promise<Uint8Array> {
    const keys = [...blobs.keys()].sort(compareUtf8);
    return this.#writeTree(keys, (index) => blobs.get(keys[index] ?? '') ?? -1, treeType, nodeType);
  }

  #writeTree(
    keys: TreeKeys,
    blobAt: (index: number) => number,
    treeType: ResourceType,
    nodeType: ResourceType,
  ): Promise<Uint8Array> {
    return buildTree(
      keys,
      (index) => this.#blobs.blobs.id(blobAt(index)),
      (node) => this.#blobs.put(nodeType, node),
      (tree) => this.#blobs.put(treeType, tree),
    );
  }
}
