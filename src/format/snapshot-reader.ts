/** One snapshot: its header, its file tree, its content. Everything that is read is verified. */
import { FormatError, IntegrityError, NotFoundError } from '../errors.ts';
import type { BlobReader, LentBlob } from './blob-reader.ts';
import { compareUtf8, concatBytes, equalBytes, toHex } from './bytes.ts';
import { decodeEntry, decodeError, decodeXattr, type StoredError, xattrKey } from './entry.ts';
import { isChild, walkEntries } from './entry-walk.ts';
import { isDirectory, isRegular } from './file-mode.ts';
import { type Chunk, decodeObject, objectSize, type StoredObject } from './object.ts';
import { walkPaths } from './path-walk.ts';
import { baseName, cleanPath, comparePaths, isCleanPath, joinPath, parentPath } from './path.ts';
import { ResourceType } from './resource-type.ts';
import { decodeSnapshotHeader, type SnapshotHeader, type SourceHeader } from './snapshot-header.ts';
import { readSignature, type SignatureState } from './signature.ts';
import { type SnapshotEntry, snapshotEntry } from './snapshot-entry.ts';
import { type TreeItem, TreeReader } from './tree-reader.ts';

/** Bytes from which on a chunk by itself takes longer than handing it over to a thread. */
const SINGLE_ASIDE_LENGTH_LEAST = 256 * 1024;

export type { SnapshotEntry } from './snapshot-entry.ts';

/** Opened by `ArchiveReader`. */
export class SnapshotReader {
  /** 64 hex digits. */
  readonly id: string;
  readonly header: SnapshotHeader;
  /** The header's only source. */
  readonly source: SourceHeader;
  readonly #blobs: BlobReader;
  readonly #trees = new Map<string, Promise<TreeReader>>();

  private constructor(id: Uint8Array, header: SnapshotHeader, source: SourceHeader, blobs: BlobReader) {
    this.id = toHex(id);
    this.header = header;
    this.source = source;
    this.#blobs = blobs;
  }

  /**
   * Reads the header of snapshot `id`.
   * @throws IntegrityError INTEGRITY_SNAPSHOT where the header is another snapshot's; FormatError
   */
  static async open(blobs: BlobReader, id: Uint8Array): Promise<SnapshotReader> {
    const header = decodeSnapshotHeader(await blobs.read(ResourceType.snapshot, id));
    if (!equalBytes(header.identifier, id)) {
      throw new IntegrityError(
        'INTEGRITY_SNAPSHOT',
        `snapshot ${toHex(id.subarray(0, 4))} has the header of ${toHex(header.identifier.subarray(0, 4))}: the archive was changed`,
        { section: 'Snapshot' },
      );
    }
    const sources = header.sources ?? [];
    const [source] = sources;
    if (source === undefined || sources.length > 1) {
      throw new FormatError(
        'FORMAT_UNSUPPORTED',
        `snapshot ${toHex(id.subarray(0, 4))} has ${sources.length} sources, not one`,
        {
          section: 'Snapshot',
        },
      );
    }
    return new SnapshotReader(id, header, source, blobs);
  }

  /**
   * The entry at `path`.
   * @throws NotFoundError NOT_FOUND_PATH; IntegrityError; FormatError
   */
  async entry(path: string): Promise<SnapshotEntry> {
    const clean = cleanPath(path);
    const id = await (await this.#fileTree()).find(clean);
    if (id === undefined) {
      throw new NotFoundError(
        'NOT_FOUND_PATH',
        `no ${clean} in snapshot ${this.id.slice(0, 8)}: list it with "ptar ls"`,
      );
    }
    return this.#readEntry(clean, id);
  }

  /** As {@link entryOf}, where it is there without waiting; undefined where it is not. @throws IntegrityError; FormatError */
  peekEntry({ key, value }: TreeItem): SnapshotEntry | undefined {
    const plaintext = this.#blobs.peek(ResourceType.vfsEntry, value);
    return plaintext && this.#decodeEntry(key, plaintext);
  }

  /** The entry that an item of the file tree stands for. @throws IntegrityError; FormatError */
  entryOf({ key, value }: TreeItem): Promise<SnapshotEntry> {
    return this.#readEntry(key, value);
  }

  /** The direct children of the directory `path`, sorted by the bytes of their names. Empty where there are none. */
  async *children(path: string): AsyncGenerator<SnapshotEntry> {
    for await (const batch of this.childBatches(path)) yield* batch;
  }

  /** As {@link children}, many at a time. When reading fails, what was read before is given first. */
  childBatches(path: string): AsyncGenerator<readonly SnapshotEntry[]> {
    return this.#walk(cleanPath(path), false);
  }

  /** Names of the direct children, without reading their entries. */
  async *childNames(path: string): AsyncGenerator<string> {
    for await (const { key } of this.#childItems(cleanPath(path))) yield baseName(key);
  }

  async *#childItems(parent: string): AsyncGenerator<{ key: string; value: Uint8Array }> {
    const prefix = joinPath(parent, '');
    for await (const item of (await this.#fileTree()).scanFrom(prefix)) {
      if (item.key === '/') continue;
      if (!isChild(item.key, prefix)) return;
      yield item;
    }
  }

  /** Entries in the file tree, counted key by key. @throws IntegrityError; FormatError */
  async entryCount(): Promise<number> {
    let count = 0;
    for await (const item of (await this.#fileTree()).scanFrom('/')) if (item.key !== '') count++;
    return count;
  }

  /** The entry at `path` and everything below, depth first, a directory before its children, children sorted. */
  async *walk(path: string): AsyncGenerator<SnapshotEntry> {
    for await (const batch of this.walkBatches(path)) yield* batch;
  }

  /** As {@link walk}, many at a time. When reading fails, what was read before is given first. */
  async *walkBatches(path: string): AsyncGenerator<readonly SnapshotEntry[]> {
    const top = await this.entry(path);
    yield [top];
    if (!isDirectory(top.info.mode)) return;
    if (top.path === '/') this.#blobs.expectAll(ResourceType.vfsEntry);
    yield* this.#walk(top.path, true);
  }

  /** The paths at and below `path` in the order of {@link walk}, many at a time, by the tree alone: their entries are not read. */
  async *walkPathBatches(path: string): AsyncGenerator<readonly string[]> {
    const top = await this.entry(path);
    yield [top.path];
    yield* walkPaths(await this.#fileTree(), top.path);
  }

  async *#walk(path: string, isDeep: boolean): AsyncGenerator<readonly SnapshotEntry[]> {
    const reads = {
      peek: (item: TreeItem) => this.peekEntry(item),
      read: (item: TreeItem) => this.entryOf(item),
    };
    yield* walkEntries(await this.#fileTree(), reads, path, isDeep);
  }

  /**
   * The content of a regular file in chunks of at most 8 MiB, each verified before it is yielded; the whole is verified before
   * the last chunk is followed by the end.
   * @throws IntegrityError INTEGRITY_BLOB, INTEGRITY_SNAPSHOT, INTEGRITY_MISSING; FormatError
   */
  content(entry: SnapshotEntry): AsyncGenerator<Uint8Array> {
    return bytesOf(this.lentContent(entry));
  }

  /** As {@link content}, of chunks that are given back: what is large takes half of its time where each chunk is new memory. */
  async *lentContent(entry: SnapshotEntry): AsyncGenerator<LentBlob> {
    if (entry.objectId === undefined) {
      if (isRegular(entry.info.mode) && entry.info.size !== 0) {
        this.#contradiction(`${entry.path} has ${entry.info.size} bytes and no object`);
      }
      return;
    }
    yield* this.#objectContent(await this.#object(entry.objectId), entry.path, entry.info.size);
  }

  /**
   * The whole content of a regular file, where it is one chunk that is there without waiting: a view, good until the next call of any
   * method. Undefined where {@link content} has to be read.
   * @throws IntegrityError INTEGRITY_SNAPSHOT; FormatError
   */
  peekContent({ objectId, path, info }: SnapshotEntry): Uint8Array | undefined {
    const object = this.peekObject({ objectId });
    const [chunk, ...more] = object?.chunks ?? [];
    if (object === undefined || chunk === undefined || more.length > 0) return undefined;
    const bytes = this.#blobs.peek(ResourceType.chunk, chunk.contentMac);
    if (bytes === undefined) return undefined;
    this.#checkSize(object, path, info.size);
    this.#checkChunk(chunk, bytes, path);
    // The chunk's MAC was compared with the chunk, and the content of one chunk has the chunk's.
    this.#checkContentMac(object, chunk.contentMac, path);
    return bytes;
  }

  /**
   * The whole content of a regular file.
   * @throws FormatError FORMAT_LIMIT above `sizeMax` bytes, and as {@link content}
   */
  async bytes(entry: SnapshotEntry, sizeMax: number): Promise<Uint8Array> {
    if (entry.info.size > sizeMax && isRegular(entry.info.mode)) {
      throw new FormatError(
        'FORMAT_LIMIT',
        `${entry.path} has ${entry.info.size} bytes, more than the ${sizeMax} allowed here`,
      );
    }
    return gather(this.content(entry));
  }

  /** The recorded errors at and below `path`, sorted by path. @throws IntegrityError; FormatError */
  async *errors(path = '/'): AsyncGenerator<Pick<StoredError, 'error'> & { readonly path: string }> {
    const clean = cleanPath(path);
    const prefix = joinPath(clean, '');
    const tree = await this.#tree(
      'errors',
      ResourceType.errorTree,
      ResourceType.errorNode,
      this.source.trees.errors,
    );
    for await (const { key, value } of tree.scanFrom(clean)) {
      if (key !== clean && !key.startsWith(prefix)) {
        if (compareUtf8(key, prefix) > 0) return;
        continue;
      }
      const item = decodeError(await this.#blobs.read(ResourceType.errorEntry, value));
      if (item.name !== key) this.#contradiction(`the error recorded at ${key} names ${item.name}`);
      yield { path: key, error: item.error };
    }
  }

  /**
   * The value of an extended attribute.
   * @throws NotFoundError NOT_FOUND_PATH; IntegrityError; FormatError
   */
  async extendedAttribute(entry: Pick<SnapshotEntry, 'path'>, name: string): Promise<Uint8Array> {
    const tree = await this.#tree(
      'xattrs',
      ResourceType.xattrTree,
      ResourceType.xattrNode,
      this.source.trees.xattrs,
    );
    const key = xattrKey(entry.path, name);
    // The reference sorts this tree as it sorts paths, but searches it by the bytes; both orders are in use.
    const id = (await findLenient(tree, key)) ?? (await findLenient(tree.withOrder(comparePaths), key));
    if (id === undefined) {
      throw new NotFoundError('NOT_FOUND_PATH', `${entry.path} has no extended attribute ${name}`);
    }
    const xattr = decodeXattr(await this.#blobs.read(ResourceType.xattrEntry, id));
    if (xattr.path !== entry.path || xattr.name !== name) {
      this.#contradiction(`the attribute at ${key} is of ${xattr.path}`);
    }
    return gather(bytesOf(this.#objectContent(await this.#object(xattr.object), key, Number(xattr.size))));
  }

  /**
   * Verifies the signature. Whether its key is one to trust is for the caller to say.
   * @throws IntegrityError, FormatError where the header or the signature cannot be read
   */
  signature(): Promise<SignatureState> {
    return readSignature(this.#blobs, this.header);
  }

  /**
   * The list of chunks of an entry's content, for copying; undefined where there is none.
   * @throws IntegrityError INTEGRITY_BLOB, INTEGRITY_MISSING; FormatError
   */
  async object(entry: SnapshotEntry): Promise<StoredObject | undefined> {
    return entry.objectId === undefined ? undefined : this.#object(entry.objectId);
  }

  /** As {@link object}, where it is there without waiting; undefined where it is not. @throws FormatError */
  peekObject({ objectId }: Pick<SnapshotEntry, 'objectId'>): StoredObject | undefined {
    const plaintext = objectId && this.#blobs.peek(ResourceType.object, objectId);
    return plaintext && decodeObject(plaintext);
  }

  async *#objectContent(object: StoredObject, path: string, size: number): AsyncGenerator<LentBlob> {
    this.#checkSize(object, path, size);
    const chunks = object.chunks ?? [];
    const [first] = chunks;
    const whole = chunks.length > 1 ? this.#blobs.mac.begin() : undefined;
    for await (const [chunk, lent] of this.#chunks(chunks)) {
      this.#checkChunk(chunk, lent.bytes, path);
      whole?.update(lent.bytes);
      yield lent;
    }
    const contentMac = whole?.digest() ?? first?.contentMac ?? this.#blobs.mac.mac(new Uint8Array());
    this.#checkContentMac(object, contentMac, path);
  }

  #checkSize(object: StoredObject, path: string, size: number): void {
    if (objectSize(object) !== size) {
      this.#contradiction(`${path} has ${size} bytes, its object ${objectSize(object)}`);
    }
  }

  #checkChunk(chunk: Chunk, bytes: Uint8Array, path: string): void {
    if (bytes.length !== chunk.length) {
      this.#contradiction(`a chunk of ${path} has ${bytes.length} bytes, not ${chunk.length}`);
    }
  }

  #checkContentMac(object: StoredObject, contentMac: Uint8Array, path: string): void {
    if (!equalBytes(contentMac, object.contentMac)) {
      this.#contradiction(`the chunks of ${path} do not give its content`);
    }
  }

  /** Several chunks are read and decoded at the same time, and one that is long on another thread. */
  async *#chunks(chunks: readonly Chunk[]): AsyncGenerator<readonly [Chunk, LentBlob]> {
    const blobs = this.#blobs;
    const ahead: Promise<LentBlob>[] = [];
    let next = 0;
    const isAside = chunks.length > 1 || (chunks[0]?.length ?? 0) >= SINGLE_ASIDE_LENGTH_LEAST;
    for (const chunk of chunks) {
      for (; isAside && next < chunks.length && ahead.length < blobs.width; next++) {
        const reading = blobs.readAside(ResourceType.chunk, chunks[next]?.contentMac ?? chunk.contentMac);
        // It is awaited in its turn, or nobody wants it any more.
        reading.catch(() => undefined);
        ahead.push(reading);
      }
      yield [chunk, await (ahead.shift() ?? blobs.readLent(ResourceType.chunk, chunk.contentMac))];
    }
  }

  async #object(id: Uint8Array): Promise<StoredObject> {
    return decodeObject(await this.#blobs.read(ResourceType.object, id));
  }

  async #readEntry(path: string, id: Uint8Array): Promise<SnapshotEntry> {
    return this.#decodeEntry(path, await this.#blobs.read(ResourceType.vfsEntry, id));
  }

  #decodeEntry(path: string, plaintext: Uint8Array): SnapshotEntry {
    const expected = { name: baseName(path), parentPath: parentPath(path) };
    const stored = decodeEntry(plaintext, expected);
    if (
      !isCleanPath(path) ||
      stored.parentPath !== expected.parentPath ||
      stored.fileInfo.name !== expected.name
    ) {
      this.#contradiction(
        `the entry at ${JSON.stringify(path)} says it is ${stored.fileInfo.name} in ${stored.parentPath}`,
      );
    }
    return snapshotEntry(path, stored);
  }

  #fileTree(): Promise<TreeReader> {
    return this.#tree(
      'root',
      ResourceType.vfsTree,
      ResourceType.vfsNode,
      this.source.trees.root,
      comparePaths,
    );
  }

  #tree(
    name: string,
    tree: ResourceType,
    node: ResourceType,
    id: Uint8Array,
    compare: (a: string, b: string) => number = compareUtf8,
  ): Promise<TreeReader> {
    let opened = this.#trees.get(name);
    if (opened === undefined) {
      opened = TreeReader.open(this.#blobs, { tree, node }, id, compare);
      this.#trees.set(name, opened);
    }
    return opened;
  }

  #contradiction(problem: string): never {
    throw new IntegrityError(
      'INTEGRITY_SNAPSHOT',
      `snapshot ${this.id.slice(0, 8)}: ${problem}: the archive was changed`,
      {
        section: 'Snapshot',
      },
    );
  }
}

/** The value of `key`, or undefined also where the tree is sorted in another order. */
async function findLenient(tree: TreeReader, key: string): Promise<Uint8Array | undefined> {
  try {
    return await tree.find(key);
  } catch (error) {
    if (error instanceof FormatError && error.code === 'FORMAT_TREE') return undefined;
    throw error;
  }
}

/** For whoever keeps the bytes. */
async function* bytesOf(content: AsyncIterable<LentBlob>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of content) yield bytes;
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(parts);
}
