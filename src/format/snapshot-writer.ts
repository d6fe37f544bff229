/**
 * Writes one snapshot: entries as they come, in any order; then the implied directories, summaries, trees and the header.
 * Holds every path and where its entry stands, and a summary for each directory.
 */
import { CancelledError } from '../errors.ts';
import type { BlobWriter } from './blob-writer.ts';
import { compareUtf8, toHex } from './bytes.ts';
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
import { depths, sortedByDepth } from './path-order.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import {
  encodeSnapshotHeader,
  type ImporterHeader,
  type KeyValue,
  newSnapshotHeader,
  newSourceHeader,
  type SnapshotHeader,
} from './snapshot-header.ts';
import { type EntryRecord, plainFileInfo, type SourceRecord, type StoredContent } from './source-record.ts';
import type { Signer } from './signature.ts';
import { countChild, countDirectory, finishSummary } from './summarize.ts';
import { emptySummary, type Summary, summaryCodec } from './summary.ts';
import { timestampFromMs } from './timestamp.ts';
import { buildTree } from './tree-builder.ts';

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
/** Instead of the index of an entry's blob: of a directory that no record has named so far, and of what no record speaks of. */
const IMPLIED = -1;
const UNKNOWN = -2;

/** Begun by `ArchiveWriter.beginSnapshot`. Calls must not overlap. */
export class SnapshotWriter {
  readonly #blobs: BlobWriter;
  readonly #contents: ContentWriter;
  readonly #options: SnapshotOptions;
  readonly #now: () => number;
  readonly #form: RecordForm;
  readonly #begunMs: number;
  // Paths, and the index of the blob of each, or IMPLIED.
  readonly #entries = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #xattrs = new Map<string, number>();
  readonly #summaries = new Map<string, Summary>();
  /** Of what came last and is no directory: siblings follow each other. */
  #siblings: { readonly parent: string; readonly summary: Summary } | undefined;
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
    const known = this.#entries.get(path) ?? UNKNOWN;
    if (known >= 0) return this.#recordError(path, 'captured twice; the first one was kept');
    if (!this.#hasPlaceFor(record, known)) {
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
      parentPath: this.#parentOf(path),
      fileInfo: { ...info, size: content === undefined ? info.size : size, flags: 0 },
      symlinkTarget: record.symlinkTarget ?? '',
      object: content?.objectId ?? NO_ENTRY.object,
      entropy,
      chunks: content?.chunks ?? 0,
      contentType,
      extendedAttributes: attributes,
    });
    this.#entries.set(path, index);
    this.#size += size;
    if (isDirectory(info.mode)) {
      this.#claimDirectory(path);
      return;
    }
    countChild(this.#claimParent(path), {
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

  /** Equal for all in one directory, also where texts are compared by where they are. */
  #parentOf(path: string): string {
    const parent = this.#siblings?.parent ?? '';
    const isSibling = path.lastIndexOf('/') === parent.length && path.startsWith(parent);
    return isSibling && parent !== '' ? parent : parentPath(path);
  }

  /** The summary of the directory of something that is none. */
  #claimParent(path: string): Summary {
    const parent = this.#parentOf(path);
    if (this.#siblings?.parent !== parent) {
      this.#siblings = { parent, summary: this.#claimDirectory(parent) };
    }
    return this.#siblings.summary;
  }

  /** False for something in what is no directory, and for anything but a directory where there is one. */
  #hasPlaceFor({ path, info }: EntryRecord, known: number): boolean {
    if (!isDirectory(info.mode) && (path === '/' || known === IMPLIED)) return false;
    if (this.#parentOf(path) === this.#siblings?.parent) return true;
    for (let at = parentPath(path); !this.#summaries.has(at); at = parentPath(at)) {
      if (this.#entries.has(at)) return false;
      if (at === '/') break;
    }
    return true;
  }

  /** From now on `path` and everything above are directories, named or implied. */
  #claimDirectory(path: string): Summary {
    for (let at = path; at !== '/'; at = parentPath(at)) {
      if (this.#summaries.has(at)) break;
      this.#imply(at);
    }
    if (!this.#summaries.has('/')) this.#imply('/');
    return this.#summaryOf(path);
  }

  #imply(directory: string): void {
    this.#summaryOf(directory);
    if (!this.#entries.has(directory)) this.#entries.set(directory, IMPLIED);
  }

  #summaryOf(directory: string): Summary {
    let summary = this.#summaries.get(directory);
    if (summary === undefined) {
      summary = emptySummary();
      this.#summaries.set(directory, summary);
    }
    return summary;
  }

  /** Completes the snapshot. @throws ConnectorError of the archive's sink */
  async finish(): Promise<SnapshotResult> {
    await this.#addImpliedDirectories();
    const summaryTree = await this.#writeSummaries();
    const root = await this.#writeTree(
      this.#entries,
      ResourceType.vfsTree,
      ResourceType.vfsNode,
      sortedByDepth(this.#entries),
    );
    const errors = await this.#writeTree(this.#errors, ResourceType.errorTree, ResourceType.errorNode);
    const xattrs = await this.#writeTree(this.#xattrs, ResourceType.xattrTree, ResourceType.xattrNode);
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
          summary: this.#summaryOf('/'),
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
      entries: this.#entries.size,
      errors: this.#errors.size,
      size: this.#size,
    };
  }

  /** Adds every directory between the root and an entry, and the importer's own. */
  async #addImpliedDirectories(): Promise<void> {
    this.#claimDirectory('/');
    const { directory } = this.#options.importer;
    if (isCleanPath(directory)) {
      for (let at = directory; !this.#entries.has(at); at = parentPath(at)) this.#imply(at);
    }
    for (const [path, index] of this.#entries) {
      if (index !== IMPLIED) continue;
      const fileInfo = {
        ...plainFileInfo(baseName(path), IMPLIED_DIRECTORY_MODE, IMPLIED_MOD_TIME),
        linkCount: 0,
      };
      const entry = newEntry({ parentPath: parentPath(path), fileInfo });
      this.#entries.set(path, this.#addEntryBlob(entry));
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
    for (const directory of depths(this.#summaries).reverse().flat()) {
      const summary = this.#summaryOf(directory);
      finishSummary(summary, errorCounts.get(directory) ?? 0);
      ids.set(directory, this.#blobs.add(ResourceType.vfsSummary, summaryCodec.toBytes(summary)));
      if (this.#blobs.isFull) await this.#blobs.drain();
      if (directory !== '/') countDirectory(this.#summaryOf(parentPath(directory)), summary);
    }
    return this.#writeTree(ids, ResourceType.indexTree, ResourceType.indexNode);
  }

  #writeTree(
    ids: ReadonlyMap<string, number>,
    treeType: ResourceType,
    nodeType: ResourceType,
    keys: readonly string[] = [...ids.keys()].sort(compareUtf8),
  ): Promise<Uint8Array> {
    return buildTree(
      keys,
      (index) => this.#blobs.blobs.id(ids.get(keys[index] ?? '') ?? -1),
      (node) => this.#blobs.put(nodeType, node),
      (tree) => this.#blobs.put(treeType, tree),
    );
  }
}
