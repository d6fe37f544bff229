import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type BigIntStats,
} from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
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
/** How long this thread walks without looking at anything else. */
const TURN_MS = 50;
/**
 * Bytes up to which a file is read at once and on this thread, as folders and attributes are: a round through the thread pool
 * takes longer than the whole of it.
 */
const SMALL_SIZE_MAX = 256 << 10;

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
      const stats = lstatOrError(resolve(path));
      if (!(stats instanceof Error)) this.#excluded.add(identityOf(stats));
    }
    yield* this.#ancestors();
    let waitUntil = performance.now() + TURN_MS;
    for (const record of this.#walk({ systemPath: this.#systemRoot, path: this.root }, options)) {
      yield record;
      if (performance.now() < waitUntil) continue;
      // All else that waits for this thread, a signal to cancel among it.
      await setImmediate();
      waitUntil = performance.now() + TURN_MS;
    }
  }

  *#ancestors(): Iterable<SourceRecord> {
    const systemPaths: string[] = [];
    for (let path = this.#systemRoot; dirname(path) !== path;) {
      path = dirname(path);
      systemPaths.unshift(path);
    }
    const paths = ancestorsOf(this.root);
    for (const [index, systemPath] of systemPaths.entries()) {
      // On Windows the drive is itself an element below the archive's root, which the writer makes.
      const path = paths[paths.length - systemPaths.length + index];
      const stats = lstatOrError(systemPath);
      if (path !== undefined && !(stats instanceof Error)) yield { path, info: this.#infoOf(path, stats) };
    }
  }

  *#walk(root: Location, options: ImportOptions): Iterable<SourceRecord> {
    /** What is still to come, the next at the end. */
    const waiting = [root];
    for (let location = waiting.pop(); location !== undefined; location = waiting.pop()) {
      throwIfCancelled(options.signal);
      const stats = lstatOrError(location.systemPath);
      if (stats instanceof Error) {
        yield { path: location.path, error: systemErrorReason(stats) };
        continue;
      }
      if (this.#excluded.size > 0 && this.#excluded.has(identityOf(stats))) continue;
      this.#done += 1;
      options.onProgress?.({ what: location.path, done: this.#done });
      const info = this.#infoOf(location.path, stats);
      if (!stats.isDirectory()) {
        yield this.#leaf(location, info, stats, options);
        continue;
      }
      yield { path: location.path, info };
      const children = childrenOf(location);
      if (children instanceof Error) yield { path: location.path, error: systemErrorReason(children) };
      else for (const child of children.reverse()) waiting.push(child);
    }
  }

  #leaf(location: Location, info: FileInfo, stats: BigIntStats, options: ImportOptions): SourceRecord {
    const { path, systemPath } = location;
    if (stats.isFile()) {
      const content =
        stats.size <= SMALL_SIZE_MAX
          ? () => [readSmall(systemPath, stats)]
          : () => readContent(systemPath, stats, options.signal);
      return { path, info, content };
    }
    if (!stats.isSymbolicLink()) return { path, info: { ...info, size: 0 } };
    try {
      const target = decodeUtf8(readlinkSync(pathArgument(systemPath), { encoding: 'buffer' }));
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

function lstatOrError(path: string): BigIntStats | Error {
  try {
    return lstatSync(pathArgument(path), { bigint: true });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** What is in a folder, in byte order. */
function childrenOf({ systemPath, path }: Location): Location[] | Error {
  try {
    const names = readdirSync(pathArgument(systemPath), { encoding: 'buffer' });
    names.sort((one, two) => Buffer.compare(one, two));
    return names.map((bytes) => {
      const name = decodeUtf8(bytes);
      return { systemPath: join(systemPath, name), path: joinPath(path, name) };
    });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** No link, and no waiting for the writer of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** As {@link readContent}, at once. */
function readSmall(path: string, stats: BigIntStats): Uint8Array {
  const size = Number(stats.size);
  try {
    const file = openSync(pathArgument(path), OPEN_FLAGS);
    try {
      checkSame(fstatSync(file, { bigint: true }), stats);
      const bytes = new Uint8Array(size);
      for (let done = 0; done < size;) {
        const count = readSync(file, bytes, done, size - done, done);
        if (count === 0) throw becameShorter();
        done += count;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw systemError(error, 'cannot read', path);
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
  const handle = await open(pathArgument(path), OPEN_FLAGS).catch((error: unknown) => {
    throw systemError(error, 'cannot read', path);
  });
  const readAt = async (position: number): Promise<Uint8Array> => {
    const buffer = new Uint8Array(Math.min(READ_SIZE, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw becameShorter();
    return buffer.subarray(0, bytesRead);
  };
  let ahead: Promise<Uint8Array> | undefined;
  try {
    checkSame(await handle.stat({ bigint: true }), stats);
    if (size > 0) ahead = readAt(0);
    for (let position = 0; ahead !== undefined;) {
      throwIfCancelled(signal);
      const bytes: Uint8Array = await ahead;
      position += bytes.length;
      // The next piece is read while this one is worked on.
      ahead = position < size ? readAt(position) : undefined;
      ahead?.catch(() => undefined);
      yield bytes;
    }
  } catch (error) {
    throw systemError(error, 'cannot read', path);
  } finally {
    await ahead?.catch(() => undefined);
    await handle.close();
  }
}

function checkSame(now: BigIntStats, before: BigIntStats): void {
  if (now.ino === before.ino && now.dev === before.dev) return;
  throw new ConnectorError('CONNECTOR_INPUT', 'the file was replaced while it was read; capture again', {
    retryable: true,
  });
}

function becameShorter(): ConnectorError {
  return new ConnectorError('CONNECTOR_INPUT', 'the file became shorter while it was read; capture again', {
    retryable: true,
  });
}
