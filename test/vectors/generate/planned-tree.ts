/** File trees for the forge: entries by path, and the snapshot over them. */
import { encodeUtf8 } from '../../../src/format/bytes.ts';
import { contentTypeOf, NOT_REGULAR } from '../../../src/format/content-type.ts';
import { entropyOf } from '../../../src/format/entropy.ts';
import { encodeEntry, encodeError, encodeXattr, newEntry, xattrKey } from '../../../src/format/entry.ts';
import type { StoredEntry } from '../../../src/format/stored-entry.ts';
import { MODE_DIRECTORY, MODE_SYMLINK } from '../../../src/format/file-mode.ts';
import { encodeObject, type StoredObject } from '../../../src/format/object.ts';
import { baseName, comparePaths, parentPath } from '../../../src/format/path.ts';
import { ResourceType, VERSION_1_0_0 } from '../../../src/format/resource-type.ts';
import {
  encodeSnapshotHeader,
  newSnapshotHeader,
  newSourceHeader,
  type SnapshotHeader,
  type TreeIds,
} from '../../../src/format/snapshot-header.ts';
import { plainFileInfo } from '../../../src/format/source-record.ts';
import { compareUtf8, toHex } from '../../../src/format/bytes.ts';
import { buildTree } from '../../../src/format/tree-builder.ts';
import { escapeBytes } from '../vector-file.ts';
import { fileLine, type Forge, SECONDS } from './forge.ts';

const modTime = { seconds: SECONDS, nanoseconds: 0 };
const TYPES = {
  root: [ResourceType.vfsTree, ResourceType.vfsNode],
  xattrs: [ResourceType.xattrTree, ResourceType.xattrNode],
  errors: [ResourceType.errorTree, ResourceType.errorNode],
} as const;

/** What a vector may change about an entry. */
export type EntryChange = (entry: StoredEntry) => StoredEntry;

/** One snapshot in the making. The root is there from the beginning. */
export class PlannedTree {
  readonly forge: Forge;
  readonly entries = new Map<string, Uint8Array>();
  readonly errors = new Map<string, Uint8Array>();
  readonly xattrs = new Map<string, Uint8Array>();
  /** Expected lines, in the order of a walk. */
  readonly #lines = new Map<string, string[]>();

  constructor(forge: Forge) {
    this.forge = forge;
    this.directory('/');
  }

  /** The lines that a reader must give, below the line of the snapshot. */
  lines(): string[] {
    const walked = [...this.#lines.keys()].sort((a, b) => compareUtf8(walkKey(a), walkKey(b)));
    return walked.flatMap((path) => this.#lines.get(path) ?? []);
  }

  directory(path: string, change: EntryChange = (entry) => entry): this {
    const mode = (MODE_DIRECTORY | 0o755) >>> 0;
    this.#line(path, `directory ${escaped(path)}`);
    return this.entry(path, change(entryAt(path, mode)));
  }

  link(path: string, target: string, change: EntryChange = (entry) => entry): this {
    const entry = entryAt(path, (MODE_SYMLINK | 0o777) >>> 0);
    this.#line(path, `link ${escaped(path)} ${escaped(target)}`);
    return this.entry(path, change({ ...entry, symlinkTarget: target, contentType: NOT_REGULAR }));
  }

  /** A file of one chunk. */
  file(path: string, content: string | Uint8Array, change: EntryChange = (entry) => entry): this {
    const bytes = typeof content === 'string' ? encodeUtf8(content) : content;
    this.forge.put(ResourceType.chunk, bytes);
    this.#line(path, fileLine(path, bytes));
    return this.content(path, bytes.length, objectOf(this.forge, [bytes]), change);
  }

  /** A file of several chunks. */
  chunkedFile(
    path: string,
    chunks: readonly Uint8Array[],
    change: (object: StoredObject) => StoredObject = (object) => object,
  ): this {
    for (const chunk of chunks) this.forge.put(ResourceType.chunk, chunk);
    const whole = Buffer.concat(chunks);
    this.#line(path, fileLine(path, whole));
    return this.content(path, whole.length, change(objectOf(this.forge, chunks)));
  }

  /** Expects a file with this content; it is for the caller to put. */
  plan(path: string, content: Uint8Array): this {
    this.#line(path, fileLine(path, content));
    return this;
  }

  /** Neither file, directory nor link. */
  other(path: string, entry: StoredEntry): this {
    this.#line(path, `other ${escaped(path)}`);
    return this.entry(path, { ...entry, contentType: NOT_REGULAR });
  }

  /** A file with this object; its chunks are for the caller to put. */
  content(path: string, size: number, object: StoredObject, change: EntryChange = (entry) => entry): this {
    const id = this.forge.put(ResourceType.object, encodeObject(object));
    const entry = entryAt(path, 0o644, size);
    const { contentType, entropy } = object;
    return this.entry(
      path,
      change({ ...entry, object: id, contentType, entropy, chunks: object.chunks?.length ?? 0 }),
    );
  }

  /** Any entry under any path. */
  entry(path: string, entry: StoredEntry): this {
    return this.entryBytes(path, encodeEntry(entry));
  }

  /** Anything under any path. */
  entryBytes(path: string, plaintext: Uint8Array): this {
    this.entries.set(path, this.forge.put(ResourceType.vfsEntry, plaintext));
    return this;
  }

  error(path: string, error: string): this {
    this.errors.set(path, this.forge.put(ResourceType.errorEntry, encodeError(path, error)));
    this.#line(path, `error ${escaped(path)} ${escaped(error)}`);
    return this;
  }

  /** An extended attribute of an entry that names it. */
  xattr(path: string, name: string, value: string): this {
    const bytes = encodeUtf8(value);
    this.forge.put(ResourceType.chunk, bytes);
    const object = this.forge.put(ResourceType.object, encodeObject(objectOf(this.forge, [bytes])));
    const size = BigInt(bytes.length);
    const plaintext = encodeXattr({ version: VERSION_1_0_0, path, name, size, type: 0, object });
    this.xattrs.set(xattrKey(path, name), this.forge.put(ResourceType.xattrEntry, plaintext));
    const [, , length, hash] = fileLine(path, bytes).split(' ');
    this.#line(path, `xattr ${escaped(path)} ${escaped(name)} ${length} ${hash}`);
    return this;
  }

  #line(path: string, line: string): void {
    this.#lines.set(path, [...(this.#lines.get(path) ?? []), line]);
  }

  /** Stores the three trees. */
  async trees(): Promise<TreeIds> {
    return {
      root: await this.tree('root', this.entries, comparePaths),
      xattrs: await this.tree('xattrs', this.xattrs, compareUtf8),
      errors: await this.tree('errors', this.errors, compareUtf8),
    };
  }

  /** Stores one tree with these keys. */
  tree(
    kind: keyof typeof TYPES,
    ids: ReadonlyMap<string, Uint8Array>,
    compare: (a: string, b: string) => number,
  ): Promise<Uint8Array> {
    const [tree, node] = TYPES[kind];
    const keys = [...ids.keys()].sort(compare);
    return buildTree(
      keys,
      (index) => ids.get(keys[index] ?? '') ?? new Uint8Array(32),
      (plaintext) => Promise.resolve(this.forge.put(node, plaintext)),
      (plaintext) => Promise.resolve(this.forge.put(tree, plaintext)),
    );
  }

  /** Stores trees and header under a random identifier. */
  async snapshot(
    change: (header: SnapshotHeader) => SnapshotHeader = (header) => header,
  ): Promise<Uint8Array> {
    const header = await this.header();
    this.forge.putAs(ResourceType.snapshot, header.identifier, encodeSnapshotHeader(change(header)));
    return header.identifier;
  }

  /** The header of a snapshot with a random identifier, its trees stored. */
  async header(trees?: TreeIds): Promise<SnapshotHeader> {
    const importer = { type: 'fs', origin: 'vector', directory: '/' };
    return newSnapshotHeader({
      identifier: this.forge.primitives.randomBytes(32),
      timestamp: modTime,
      sources: [{ ...newSourceHeader(importer), trees: trees ?? (await this.trees()) }],
    });
  }
}

/** An entry at `path` with nothing special. */
export function entryAt(path: string, mode: number, size = 0): StoredEntry {
  return newEntry({
    parentPath: parentPath(path),
    fileInfo: plainFileInfo(baseName(path), mode, modTime, size),
  });
}

/** The object of these chunks. */
export function objectOf(forge: Forge, chunks: readonly Uint8Array[]): StoredObject {
  const whole = Buffer.concat(chunks);
  const { mac } = forge.keys;
  return {
    version: VERSION_1_0_0,
    contentMac: mac.mac(whole),
    chunks: chunks.map((bytes) => ({
      version: VERSION_1_0_0,
      contentMac: mac.mac(bytes),
      length: bytes.length,
      entropy: entropyOf(bytes),
      flags: 0,
    })),
    contentType: contentTypeOf(chunks[0] ?? new Uint8Array()),
    entropy: entropyOf(whole),
    flags: 0,
  };
}

/** The line of a snapshot. */
export function snapshotLine(id: Uint8Array): string {
  return `snapshot ${toHex(id)}`;
}

function escaped(text: string): string {
  return escapeBytes(encodeUtf8(text));
}

/** Sorts as a walk goes: what is below a directory before its next sibling. */
function walkKey(path: string): string {
  return path.replaceAll('/', '\0');
}
