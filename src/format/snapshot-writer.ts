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
  encodeEntry,
  encodeError,
  encodeXattr,
  IMPLIED_MOD_TIME,
  newEntry,
  type StoredEntry,
  XATTR_EXTENDED,
  xattrKey,
} from './entry.ts';
import { isDirectory, isRegular, MODE_DIRECTORY } from './file-mode.ts';
import type { RecordForm } from './msgpack-writer.ts';
import { baseName, isCleanPath, parentPath, slashCount } from './path.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import {
  encodeSnapshotHeader,
  type ImporterHeader,
  type KeyValue,
  newSnapshotHeader,
  newSourceHeader,
  type SnapshotHeader,
} from './snapshot-header.ts';
import { type EntryRecord, plainFileInfo, type SourceRecord } from './source-record.ts';
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
const IMPLIED_DIRECTORY_MODE = (MODE_DIRECTORY | 0o750) >>> 0;

/** Begun by `ArchiveWriter.beginSnapshot`. Calls must not overlap. */
export class SnapshotWriter {
  readonly #blobs: BlobWriter;
  readonly #contents: ContentWriter;
  readonly #options: SnapshotOptions;
  readonly #now: () => number;
  readonly #form: RecordForm;
  readonly #begunMs: number;
  // Paths, and the index of the blob of each.
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
   * Adds one record. A failing content, an impossible or repeated path becomes a recorded error.
   * @returns the error that was recorded, if any
   * @throws CancelledError, and ConnectorError of the archive's sink
   */
  async add(record: SourceRecord): Promise<string | undefined> {
    if ('error' in record) return this.#recordError(record.path, record.error);
    const { path } = record;
    if (!isCleanPath(path)) {
      return this.#recordError('/', `not a path that an archive can hold: ${JSON.stringify(path)}`);
    }
    if (this.#entries.has(path)) return this.#recordError(path, 'captured twice; the first one was kept');
    if (!this.#hasPlaceFor(record)) {
      return this.#recordError(
        path,
        'captured both as a directory and as something else; the first one was kept',
      );
    }
    try {
      await this.#addEntry(record);
      return undefined;
    } catch (error) {
      if (!(error instanceof ContentError)) throw error;
      if (error.cause instanceof CancelledError) throw error.cause;
      return this.#recordError(path, error.message);
    }
  }

  async #addEntry(record: EntryRecord): Promise<void> {
    const { path, info } = record;
    const regular = isRegular(info.mode);
    const content = regular
      ? (record.stored ?? (await this.#contents.store(record.content ?? NO_CONTENT)))
      : undefined;
    const fileInfo = content === undefined ? info : { ...info, size: content.size };
    const contentType = content?.contentType ?? (isDirectory(info.mode) ? '' : NOT_REGULAR);
    // Counted as it is written, so that whoever takes it from the archive counts the same.
    const entropy = this.#form === 'short' ? Math.fround(content?.entropy ?? 0) : (content?.entropy ?? 0);
    const names = record.extendedAttributes === undefined ? [] : await this.#addXattrs(record);
    const entry = newEntry({
      parentPath: this.#parentOf(path),
      fileInfo,
      symlinkTarget: record.symlinkTarget ?? '',
      ...(content && { object: content.objectId, entropy, chunks: content.chunks }),
      contentType,
      extendedAttributes: names,
    });
    this.#entries.set(path, this.#addEntryBlob(entry));
    this.#size += content?.size ?? 0;
    if (this.#blobs.isFull) await this.#blobs.drain();
    if (isDirectory(info.mode)) {
      this.#claimDirectory(path);
      return;
    }
    countChild(this.#claimParent(path), {
      mode: info.mode,
      size: content?.size ?? 0,
      modTimeSeconds: Number(info.modTime.seconds),
      contentType,
      entropy,
      chunks: content?.chunks ?? 0,
      hasObject: content !== undefined,
    });
  }

  #addEntryBlob(entry: StoredEntry): number {
    return this.#blobs.add(ResourceType.vfsEntry, encodeEntry(entry, this.#form));
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
  #hasPlaceFor({ path, info }: EntryRecord): boolean {
    if (!isDirectory(info.mode) && (path === '/' || this.#summaries.has(path))) return false;
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
      this.#summaryOf(at);
    }
    this.#summaryOf('/');
    return this.#summaryOf(path);
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
    const { directory } = this.#options.importer;
    const missing = new Set<string>(['/']);
    const climb = (path: string): void => {
      for (let at = path; !this.#entries.has(at) && !missing.has(at); at = parentPath(at)) missing.add(at);
    };
    for (const path of this.#entries.keys()) climb(parentPath(path));
    if (isCleanPath(directory)) climb(directory);
    for (const path of missing) {
      if (this.#entries.has(path)) continue;
      const fileInfo = {
        ...plainFileInfo(baseName(path), IMPLIED_DIRECTORY_MODE, IMPLIED_MOD_TIME),
        linkCount: 0,
      };
      const entry = newEntry({ parentPath: parentPath(path), fileInfo });
      this.#entries.set(path, this.#addEntryBlob(entry));
      this.#summaryOf(path);
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

/** The keys in the order of the file tree. */
function sortedByDepth(map: ReadonlyMap<string, unknown>): string[] {
  return depths(map).flat();
}

/** The keys from the top of the tree down, those of one depth sorted. */
function depths(map: ReadonlyMap<string, unknown>): string[][] {
  const byDepth: string[][] = [];
  for (const path of map.keys()) (byDepth[path === '/' ? 0 : slashCount(path)] ??= []).push(path);
  return byDepth.map((paths) => paths.sort(compareUtf8));
}
