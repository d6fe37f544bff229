/**
 * Captures that need not read again what has not changed since a snapshot in the same archive.
 *
 * It is for files: of those that are as they were, nothing is read, chunked or hashed. Objects of an API pass unlooked at: they have
 * come over the network by then, equal YAML is found by one hash of it, and is neither compressed nor sealed again.
 */
import { NotFoundError } from '../errors.ts';
import {
  compareTimestamps,
  isRegular,
  type ArchiveReader,
  type FileInfo,
  type SnapshotEntry,
  type SnapshotReader,
  type SourceRecord,
  type StoredContent,
} from '../format/index.ts';
import { objectSize } from '../format/object.ts';
import { ResourceType } from '../format/resource-type.ts';

/** A snapshot and its archive. All blobs of it must be in the archive being written. */
export interface PreviousSnapshot {
  readonly archive: ArchiveReader;
  readonly snapshot: SnapshotReader;
}

/** The coarsest clock of a file system (FAT): what was written that shortly before a capture may have been written after it, too. */
const CLOCK_GRANULARITY_S = 2n;

/** The latest snapshot of `archive` from the same type of source, origin and folder. @throws IntegrityError; FormatError */
export async function previousSnapshot(
  archive: ArchiveReader,
  source: { readonly type: string; readonly origin: string; readonly root: string },
): Promise<PreviousSnapshot | undefined> {
  const snapshots = await archive.snapshots();
  const snapshot = snapshots.findLast(({ source: { importer } }) => {
    return (
      importer.type === source.type && importer.origin === source.origin && importer.directory === source.root
    );
  });
  return snapshot && { archive, snapshot };
}

/** Gives records of unchanged files the content that the previous snapshot has of them. */
export class ContentReuse {
  readonly #previous: PreviousSnapshot;
  #count = 0;

  constructor(previous: PreviousSnapshot) {
    this.#previous = previous;
  }

  /** Files that need not be read. */
  get count(): number {
    return this.#count;
  }

  /**
   * `record` with its stored content where path, size, modification time and inode are those of the previous snapshot and
   * everything it refers to is there; `record` itself otherwise.
   * @throws IntegrityError, FormatError where the previous snapshot cannot be read; ConnectorError
   */
  async revise(record: SourceRecord): Promise<SourceRecord> {
    // Without an inode it is from no file system.
    if ('error' in record || !isRegular(record.info.mode) || record.info.inode === 0n) return record;
    const entry = await this.#entryAt(record.path);
    if (entry === undefined || !this.#isUnchanged(entry.info, record.info)) return record;
    const stored = await this.#storedContent(entry);
    if (stored === undefined) return record;
    this.#count++;
    return { ...record, stored };
  }

  async #entryAt(path: string): Promise<SnapshotEntry | undefined> {
    try {
      return await this.#previous.snapshot.entry(path);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  #isUnchanged(before: FileInfo, now: FileInfo): boolean {
    const { seconds } = this.#previous.snapshot.header.timestamp;
    return (
      isRegular(before.mode) &&
      before.size === now.size &&
      before.inode === now.inode &&
      compareTimestamps(before.modTime, now.modTime) === 0 &&
      now.modTime.seconds < seconds - CLOCK_GRANULARITY_S
    );
  }

  /** The entry's content, unless a chunk of it is missing: then the file is there to make it whole. */
  async #storedContent(entry: SnapshotEntry): Promise<StoredContent | undefined> {
    const { archive, snapshot } = this.#previous;
    const object = await snapshot.object(entry);
    if (object === undefined || entry.objectId === undefined) return undefined;
    const chunks = object.chunks ?? [];
    const isWhole = chunks.every(
      ({ contentMac }) => archive.parts.blobs.blobs.find(ResourceType.chunk, contentMac) >= 0,
    );
    if (!isWhole || objectSize(object) !== entry.info.size) return undefined;
    const { contentType, entropy } = object;
    return { objectId: entry.objectId, size: entry.info.size, chunks: chunks.length, contentType, entropy };
  }
}
