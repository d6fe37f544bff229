/** Turns what is left of entries into records for a new snapshot, contents as they are stored. */
import { IntegrityError } from '../errors.ts';
import type { BlobReader } from './blob-reader.ts';
import type { BlobWriter } from './blob-writer.ts';
import { concatBytes, equalBytes } from './bytes.ts';
import { decodeEntry, decodeXattr, xattrKey } from './entry.ts';
import type { StoredEntry } from './stored-entry.ts';
import { isRegular } from './file-mode.ts';
import { findingOf, type Loss } from './finding.ts';
import { decodeObject, objectSize, type StoredObject } from './object.ts';
import { baseName, isCleanPath, joinPath, parentPath } from './path.ts';
import type { ByteSource } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import type { SnapshotReader } from './snapshot-reader.ts';
import type { EntryRecord, ExtendedAttribute, StoredContent } from './source-record.ts';

/** An entry that was saved, possibly without some of its attributes, or why not. */
export type SalvagedEntry =
  | { readonly record: EntryRecord; readonly problems: readonly EntryProblem[] }
  | { readonly problem: EntryProblem };

/** What is missing of an entry. */
export interface EntryProblem {
  readonly lost: Loss;
  readonly reason: string;
}

/** Reads entries and takes their contents over, of one salvage. */
export class EntrySalvage {
  readonly #blobs: BlobReader;
  readonly #source: ByteSource;
  readonly #to: BlobWriter;
  /** Objects of all extended attributes by `xattrKey`; undefined where snapshots differ. */
  #attributes: Map<string, Uint8Array | undefined> | undefined;

  constructor(blobs: BlobReader, source: ByteSource, to: BlobWriter) {
    this.#blobs = blobs;
    this.#source = source;
    this.#to = to;
  }

  /** The path that the entry `id` says it has; undefined where it cannot be read or says no path. */
  async pathOf(id: Uint8Array): Promise<string | undefined> {
    try {
      const { parentPath: parent, fileInfo } = await this.#entry(id);
      const path = fileInfo.name === '/' ? '/' : joinPath(parent, fileInfo.name);
      return isCleanPath(path) ? path : undefined;
    } catch (error) {
      findingOf(error);
      return undefined;
    }
  }

  /** The object of the entry `id`; undefined where there is none or it cannot be read. @throws ConnectorError */
  async objectOf(id: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const { object } = await this.#entry(id);
      return object.some((byte) => byte !== 0) ? object : undefined;
    } catch (error) {
      findingOf(error);
      return undefined;
    }
  }

  /** The chunks of the object `id`, as far as it can be read. @throws ConnectorError */
  async chunksOf(id: Uint8Array): Promise<Uint8Array[]> {
    try {
      const { chunks } = decodeObject(await this.#blobs.read(ResourceType.object, id));
      return (chunks ?? []).map(({ contentMac }) => contentMac);
    } catch (error) {
      findingOf(error);
      return [];
    }
  }

  /**
   * The entry `id` as the record of `path`; its content is in the new archive afterwards.
   * @param snapshot that it belongs to, where that is known
   * @throws ConnectorError
   */
  async salvage(path: string, id: Uint8Array, snapshot: SnapshotReader | undefined): Promise<SalvagedEntry> {
    let entry: StoredEntry;
    try {
      entry = await this.#entry(id);
    } catch (error) {
      return { problem: { lost: 'entry', reason: findingOf(error).message } };
    }
    const isOfPath =
      isCleanPath(path) && entry.parentPath === parentPath(path) && entry.fileInfo.name === baseName(path);
    if (!isOfPath) return { problem: { lost: 'entry', reason: 'the entry says that it is another one' } };
    let stored: StoredContent | undefined;
    try {
      if (isRegular(entry.fileInfo.mode)) stored = await this.#contentOf(entry);
    } catch (error) {
      return { problem: { lost: 'content', reason: findingOf(error).message } };
    }
    const problems: EntryProblem[] = [];
    const extendedAttributes: ExtendedAttribute[] = [];
    for (const name of entry.extendedAttributes ?? []) {
      try {
        extendedAttributes.push({ name, value: await this.#attribute(path, name, snapshot) });
      } catch (error) {
        problems.push({ lost: 'attribute', reason: `${name}: ${findingOf(error).message}` });
      }
    }
    const { fileInfo: info, symlinkTarget } = entry;
    const record: EntryRecord = {
      path,
      info,
      extendedAttributes,
      ...(symlinkTarget !== '' && { symlinkTarget }),
      ...(stored !== undefined && { stored }),
    };
    return { record, problems };
  }

  async #entry(id: Uint8Array): Promise<StoredEntry> {
    return decodeEntry(await this.#blobs.read(ResourceType.vfsEntry, id));
  }

  /** The value of an attribute: as the snapshot's own tree has it, or else as the only one there is for path and name. */
  async #attribute(path: string, name: string, snapshot: SnapshotReader | undefined): Promise<Uint8Array> {
    try {
      if (snapshot !== undefined) return await snapshot.extendedAttribute({ path }, name);
    } catch (error) {
      findingOf(error);
    }
    this.#attributes ??= await this.#readAttributes();
    const id = this.#attributes.get(xattrKey(path, name));
    if (id === undefined) throw missing('the attribute is lost, or differs between snapshots');
    const object = decodeObject(await this.#blobs.read(ResourceType.object, id));
    const parts: Uint8Array[] = [];
    for (const { contentMac } of object.chunks ?? []) {
      parts.push(await this.#blobs.read(ResourceType.chunk, contentMac));
    }
    return concatBytes(parts);
  }

  async #readAttributes(): Promise<Map<string, Uint8Array | undefined>> {
    const { blobs } = this.#blobs;
    const attributes = new Map<string, Uint8Array | undefined>();
    for (let index = 0; index < blobs.count; index++) {
      if (blobs.type(index) !== ResourceType.xattrEntry) continue;
      try {
        const { path, name, object } = decodeXattr(await this.#blobs.readAt(index));
        const key = xattrKey(path, name);
        const known = attributes.get(key);
        const isSame = known !== undefined && equalBytes(known, object);
        attributes.set(key, isSame || !attributes.has(key) ? object : undefined);
      } catch (error) {
        findingOf(error);
      }
    }
    return attributes;
  }

  async #contentOf({ object: id, fileInfo }: StoredEntry): Promise<StoredContent | undefined> {
    if (id.every((byte) => byte === 0)) return undefined;
    const object = decodeObject(await this.#blobs.read(ResourceType.object, id));
    const size = objectSize(object);
    if (size !== fileInfo.size) throw missing(`the entry has ${fileInfo.size} bytes, its object ${size}`);
    return this.#copyContent(id, object);
  }

  /** The content of the object `id`, which is in the new archive afterwards; undefined where some of it is lost. @throws ConnectorError */
  async content(id: Uint8Array): Promise<StoredContent | undefined> {
    try {
      return await this.#copyContent(id, decodeObject(await this.#blobs.read(ResourceType.object, id)));
    } catch (error) {
      findingOf(error);
      return undefined;
    }
  }

  /** Copies object and chunks once all of them are known to be there. */
  async #copyContent(id: Uint8Array, object: StoredObject): Promise<StoredContent> {
    const chunks = object.chunks ?? [];
    const size = objectSize(object);
    const lost = chunks.filter(
      ({ contentMac }) => this.#blobs.blobs.find(ResourceType.chunk, contentMac) < 0,
    );
    if (lost.length > 0) {
      const bytes = lost.reduce((sum, { length }) => sum + length, 0);
      throw missing(`${lost.length} of ${chunks.length} chunks are lost: ${bytes} of ${size} bytes`);
    }
    for (const { contentMac } of chunks) await this.#copy(ResourceType.chunk, contentMac);
    await this.#copy(ResourceType.object, id);
    const { contentType, entropy } = object;
    return { objectId: id, size, chunks: chunks.length, contentType, entropy };
  }

  /** Copies the blob `id` as it is stored. @throws IntegrityError INTEGRITY_MISSING */
  async #copy(type: ResourceType, id: Uint8Array): Promise<void> {
    const { blobs } = this.#blobs;
    const index = blobs.find(type, id);
    await this.#to.putStored(type, id, await this.#source.read(blobs.offset(index), blobs.length(index)));
  }
}

function missing(reason: string): IntegrityError {
  return new IntegrityError('INTEGRITY_MISSING', reason, { section: 'Object' });
}
