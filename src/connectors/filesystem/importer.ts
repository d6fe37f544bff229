import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ConnectorError, NotFoundError, throwIfCancelled } from '../../errors.ts';
import { decodeUtf8 } from '../../format/bytes.ts';
import { fileModeFromPosix } from '../../format/file-mode.ts';

import { baseName, joinPath } from '../../format/path.ts';
import type { FileInfo, SourceRecord } from '../../format/source-record.ts';
import { timestampFromNs } from '../../format/timestamp.ts';
import type { Importer, ImportOptions, SourceContext } from '../connector.ts';
import { systemError, systemErrorName, systemErrorReason } from '../system-error.ts';
import { systemPath as pathArgument } from '../system-path.ts';
import { readAccountNames, type AccountNames } from './account-names.ts';
import { ancestorsOf, archivePathOf } from './archive-path.ts';

/** Bytes read at once from a file. */
const READ_SIZE = 1 << 20;

/** Choices of {@link openFilesystemImporter}. */
export interface FilesystemImporterOptions {
  /** Files that are left out wherever they are met, by identity: the archive being written. They need not exist. */
  readonly excludePaths?: readonly string[];
}

/**
 * An importer of a folder or single file, Plakar's type `fs`: entries have their absolute path, the folders above the root are
 * recorded without their other contents. Folders are read depth first, names in byte order, one file open at a time; memory
 * grows with the entries of the folders on the way down only.
 *
 * Regular files keep content, mode with setuid, setgid and sticky, modification time in nanoseconds, owner and group with
 * names. Symbolic links keep their target, names their bytes. Devices, pipes and sockets are recorded without content, hard links as files of
 * their own. What cannot be read becomes an error record. Extended attributes and ACLs are not
 * read: Node has no call for them.
 *
 * @throws NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO, CONNECTOR_INPUT
 */
export async function openFilesystemImporter(
  path: string,
  options: FilesystemImporterOptions = {},
): Promise<Importer> {
  try {
    // The root is what a link at `path` points to: the folder was meant, not the link.
    const root = await realpath(resolve(path));
    const stats = await lstat(root);
    if (!stats.isDirectory() && !stats.isFile()) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        `${path} is neither a folder nor a file; name the folder that holds it`,
      );
    }
    return new FilesystemImporter(root, options.excludePaths ?? [], await readAccountNames());
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') {
      throw new NotFoundError('NOT_FOUND_SOURCE', `no folder or file at ${path}; check the path`, {
        cause: error,
      });
    }
    throw systemError(error, 'cannot read', path);
  }
}

/** A folder or file on the way: where it is, and what it is called in the archive. */
interface Location {
  readonly systemPath: string;
  readonly path: string;
}

class FilesystemImporter implements Importer {
  readonly type = 'fs';
  readonly origin = hostname();
  readonly root: string;
  readonly #systemRoot: string;
  readonly #excludePaths: readonly string[];
  readonly #names: AccountNames;
  readonly #excluded = new Set<string>();
  #done = 0;

  constructor(systemRoot: string, excludePaths: readonly string[], names: AccountNames) {
    this.#systemRoot = systemRoot;
    this.root = archivePathOf(systemRoot, process.platform);
    this.#excludePaths = excludePaths;
    this.#names = names;
  }

  context(): SourceContext {
    return [];
  }

  async close(): Promise<void> {
    // Files are closed as soon as they are read.
  }

  async *records(options: ImportOptions): AsyncIterable<SourceRecord> {
    for (const path of this.#excludePaths) {
      const stats = await lstatOrError(resolve(path));
      if (!(stats instanceof Error)) this.#excluded.add(identityOf(stats));
    }
    yield* this.#ancestors();
    yield* this.#walk({ systemPath: this.#systemRoot, path: this.root }, options);
  }

  async *#ancestors(): AsyncIterable<SourceRecord> {
    const systemPaths: string[] = [];
    for (let path = this.#systemRoot; dirname(path) !== path;) {
      path = dirname(path);
      systemPaths.unshift(path);
    }
    const paths = ancestorsOf(this.root);
    for (const [index, systemPath] of systemPaths.entries()) {
      // On Windows the drive is itself an element below the archive's root, which the writer makes.
      const path = paths[paths.length - systemPaths.length + index];
      const stats = await lstatOrError(systemPath);
      if (path !== undefined && !(stats instanceof Error)) yield { path, info: this.#infoOf(path, stats) };
    }
  }

  async *#walk(location: Location, options: ImportOptions): AsyncIterable<SourceRecord> {
    throwIfCancelled(options.signal);
    const stats = await lstatOrError(location.systemPath);
    if (stats instanceof Error) {
      yield { path: location.path, error: systemErrorReason(stats) };
      return;
    }
    if (this.#excluded.has(identityOf(stats))) return;
    this.#done += 1;
    options.onProgress?.({ what: location.path, done: this.#done });
    const info = this.#infoOf(location.path, stats);
    if (stats.isDirectory()) yield* this.#walkFolder(location, info, options);
    else yield await this.#leaf(location, info, stats, options);
  }

  async *#walkFolder(
    location: Location,
    info: FileInfo,
    options: ImportOptions,
  ): AsyncIterable<SourceRecord> {
    yield { path: location.path, info };
    let names: Buffer[];
    try {
      names = await readdir(pathArgument(location.systemPath), { encoding: 'buffer' });
    } catch (error) {
      yield { path: location.path, error: systemErrorReason(error) };
      return;
    }
    names.sort((one, two) => Buffer.compare(one, two));
    for (const bytes of names) {
      const name = decodeUtf8(bytes);
      const child = { systemPath: join(location.systemPath, name), path: joinPath(location.path, name) };
      yield* this.#walk(child, options);
    }
  }

  async #leaf(
    location: Location,
    info: FileInfo,
    stats: BigIntStats,
    options: ImportOptions,
  ): Promise<SourceRecord> {
    const { path, systemPath } = location;
    if (stats.isFile()) return { path, info, content: () => readContent(systemPath, stats, options.signal) };
    if (!stats.isSymbolicLink()) return { path, info: { ...info, size: 0 } };
    try {
      const target = decodeUtf8(await readlink(pathArgument(systemPath), { encoding: 'buffer' }));
      return { path, info, symlinkTarget: target };
    } catch (error) {
      return { path, error: systemErrorReason(error) };
    }
  }

  #infoOf(path: string, stats: BigIntStats): FileInfo {
    const [uid, gid] = [Number(stats.uid), Number(stats.gid)];
    return {
      name: baseName(path),
      size: Number(stats.size),
      mode: fileModeFromPosix(Number(stats.mode)),
      modTime: timestampFromNs(stats.mtimeNs),
      device: stats.dev,
      inode: stats.ino,
      uid,
      gid,
      linkCount: Number(stats.nlink),
      userName: this.#names.user(uid),
      groupName: this.#names.group(gid),
    };
  }
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

async function lstatOrError(path: string): Promise<BigIntStats | Error> {
  try {
    return await lstat(pathArgument(path), { bigint: true });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/**
 * The first `stats.size` bytes of a file: what is appended meanwhile (a log) is left for the next capture, while a file that
 * was replaced or became shorter is an error, for it would be half the one and half the other.
 */
async function* readContent(
  path: string,
  stats: BigIntStats,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const size = Number(stats.size);
  const handle = await open(
    pathArgument(path),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: unknown) => {
    throw systemError(error, 'cannot read', path);
  });
  try {
    if (identityOf(await handle.stat({ bigint: true })) !== identityOf(stats)) {
      throw new ConnectorError('CONNECTOR_INPUT', 'the file was replaced while it was read; capture again', {
        retryable: true,
      });
    }
    for (let position = 0; position < size;) {
      throwIfCancelled(signal);
      const buffer = new Uint8Array(Math.min(READ_SIZE, size - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) {
        throw new ConnectorError(
          'CONNECTOR_INPUT',
          'the file became shorter while it was read; capture again',
          {
            retryable: true,
          },
        );
      }
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  } catch (error) {
    throw systemError(error, 'cannot read', path);
  } finally {
    await handle.close();
  }
}
