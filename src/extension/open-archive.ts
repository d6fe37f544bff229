import { stat } from 'node:fs/promises';
import { isHttpAddress } from '../connectors/stores/http-address.ts';
import { NotFoundError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';
import { ObjectCatalogue } from '../operations/object-catalogue.ts';
import { t } from './translation.ts';

/** What tells a file from one that has taken its place. */
interface FileStamp {
  readonly size: number;
  readonly modifiedMs: number;
  readonly inode: number;
}

/** A snapshot with what is derived from it once. */
export interface OpenSnapshot {
  readonly reader: SnapshotReader;
  readonly catalogue: ObjectCatalogue;
  /** The one before it of the same source; undefined for the first. */
  readonly previous: SnapshotReader | undefined;
}

/** An archive that can be read. */
export class OpenArchive {
  readonly location: string;
  readonly reader: ArchiveReader;
  readonly #stamp: FileStamp | undefined;
  readonly #snapshots = new Map<string, OpenSnapshot>();

  private constructor(location: string, reader: ArchiveReader, stamp: FileStamp | undefined) {
    this.location = location;
    this.reader = reader;
    this.#stamp = stamp;
  }

  /** Takes over `reader`, which `close` then closes. */
  static async of(location: string, reader: ArchiveReader): Promise<OpenArchive> {
    return new OpenArchive(location, reader, await stampOf(location));
  }

  /** All snapshots, the newest first, as people look for them. @throws IntegrityError; FormatError */
  async snapshots(): Promise<readonly OpenSnapshot[]> {
    const readers = await this.reader.snapshots();
    const all = readers.map((reader, index) => {
      const known = this.#snapshots.get(reader.id);
      if (known !== undefined) return known;
      const isSameSource = (other: SnapshotReader): boolean =>
        other.source.importer.type === reader.source.importer.type &&
        other.source.importer.directory === reader.source.importer.directory;
      const previous = readers.slice(0, index).findLast(isSameSource);
      const snapshot = { reader, catalogue: new ObjectCatalogue(reader), previous };
      this.#snapshots.set(reader.id, snapshot);
      return snapshot;
    });
    return all.toReversed();
  }

  /** The snapshot whose id begins with `idPrefix`. @throws NotFoundError NOT_FOUND_SNAPSHOT; IntegrityError; FormatError */
  async snapshot(idPrefix: string): Promise<OpenSnapshot> {
    const known = this.#snapshots.get(idPrefix);
    if (known !== undefined) return known;
    const { id } = await this.reader.snapshot(idPrefix);
    const found = (await this.snapshots()).find(({ reader }) => reader.id === id);
    if (found !== undefined) return found;
    throw new NotFoundError('NOT_FOUND_SNAPSHOT', t('no snapshot {0} in {1}', idPrefix, this.location));
  }

  /** Whether its file is still what was opened. What lies on the web is believed to be. */
  async presence(): Promise<'same' | 'replaced' | 'gone'> {
    if (this.#stamp === undefined) return 'same';
    const now = await stampOf(this.location);
    if (now === undefined) return 'gone';
    const { size, modifiedMs, inode } = this.#stamp;
    return now.size === size && now.modifiedMs === modifiedMs && now.inode === inode ? 'same' : 'replaced';
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

async function stampOf(location: string): Promise<FileStamp | undefined> {
  if (isHttpAddress(location)) return undefined;
  const stats = await stat(location).catch(() => undefined);
  return stats && { size: stats.size, modifiedMs: stats.mtimeMs, inode: stats.ino };
}
