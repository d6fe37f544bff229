import { FormatError, NotFoundError } from '../errors.ts';
import { baseName, isDirectory, isRegular, msFromTimestamp, type SnapshotEntry } from '../format/index.ts';
import { readEntry } from '../operations/read-entry.ts';
import type { ArchiveShelf } from './archive-shelf.ts';
import type { ArchiveAddress } from './archive-uri.ts';
import type { OpenSnapshot } from './open-archive.ts';
import type { RevealedSecrets } from './revealed-secrets.ts';
import { t } from './translation.ts';

/** Largest file that is handed to an editor whole (bytes); what is larger is extracted. */
export const CONTENT_SIZE_MAX = 64 << 20;

/** What a file system says of an address; times in Unix milliseconds. */
export interface ContentStat {
  readonly isFolder: boolean;
  readonly isLink: boolean;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Archives as folders and files: snapshots first, then their paths. Values of Secrets are hidden until they are revealed. */
export class ArchiveContent {
  readonly #shelf: ArchiveShelf;
  readonly #revealed: RevealedSecrets;

  constructor(shelf: ArchiveShelf, revealed: RevealedSecrets) {
    this.#shelf = shelf;
    this.#revealed = revealed;
  }

  /** The snapshot of an address. @throws NotFoundError; KeyError KEY_MISSING where the archive is locked */
  async snapshot({ archiveKey, snapshotId }: ArchiveAddress): Promise<OpenSnapshot> {
    const archive = await this.#shelf.open(archiveKey, false);
    return archive.snapshot(snapshotId);
  }

  /** @throws NotFoundError; KeyError; IntegrityError; FormatError */
  async stat(address: ArchiveAddress): Promise<ContentStat> {
    if (address.snapshotId === '') {
      await this.#shelf.open(address.archiveKey, false);
      return { isFolder: true, isLink: false, size: 0, modifiedMs: 0 };
    }
    const snapshot = await this.snapshot(address);
    const entry = await snapshot.reader.entry(address.path);
    const isSecret = isSecretAt(snapshot, address.path);
    const isRevealed = isSecret && this.#revealed.has(address);
    // An editor reads again when time or size differ.
    const size =
      isSecret && !isRevealed ? (await this.#bytes(snapshot, entry, false)).length : entry.info.size;
    return {
      isFolder: isDirectory(entry.info.mode),
      isLink: entry.symlinkTarget !== undefined,
      size,
      modifiedMs: Math.max(0, msFromTimestamp(entry.info.modTime)) + (isRevealed ? 1 : 0),
    };
  }

  /** Names of what is in a folder, with whether each is a folder. @throws as {@link stat} */
  async *list(address: ArchiveAddress): AsyncGenerator<readonly [name: string, isFolder: boolean]> {
    if (address.snapshotId === '') {
      const archive = await this.#shelf.open(address.archiveKey, false);
      for (const { reader } of await archive.snapshots()) yield [reader.id.slice(0, 12), true];
      return;
    }
    const { reader } = await this.snapshot(address);
    for await (const { path, info } of reader.children(address.path)) {
      yield [baseName(path), isDirectory(info.mode)];
    }
  }

  /**
   * The content of a file as it may be seen.
   * @throws FormatError FORMAT_LIMIT above {@link CONTENT_SIZE_MAX}; UsageError for what is no file; and as {@link stat}
   */
  async read(address: ArchiveAddress): Promise<Uint8Array> {
    if (address.snapshotId === '') {
      throw new NotFoundError('NOT_FOUND_PATH', t('an archive is a folder here'));
    }
    const snapshot = await this.snapshot(address);
    const entry = await snapshot.reader.entry(address.path);
    return this.#bytes(snapshot, entry, this.#revealed.has(address));
  }

  async #bytes({ reader }: OpenSnapshot, entry: SnapshotEntry, showSecrets: boolean): Promise<Uint8Array> {
    if (isRegular(entry.info.mode) && entry.info.size > CONTENT_SIZE_MAX) {
      throw new FormatError(
        'FORMAT_LIMIT',
        t(
          '{0} has {1} bytes, more than an editor should show; extract it instead',
          entry.path,
          entry.info.size,
        ),
      );
    }
    const { content } = await readEntry(reader, entry, { showSecrets });
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    return Buffer.concat(parts);
  }
}

/** True for the path of a core Secret. */
export function isSecretAt({ catalogue }: OpenSnapshot, path: string): boolean {
  const object = catalogue.objectAt(path);
  return object?.kind === 'Secret' && object.group === '';
}
