import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
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
import { FileReader, SMALL_FILE_SIZE_MAX } from './file-reader.ts';

/** How long this thread walks without looking at anything else. */
const TURN_MS = 50;

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
  /** Whether its folder says that it is a regular file. */
  readonly isFile: boolean;
}

/** What is in a folder and still to come, in byte order: names only, of which there may be many. */
class Children {
  readonly #folder: Location;
  readonly #names: readonly string[];
  /** By name, 1 for what is a regular file. */
  readonly #files: Uint8Array;
  #next = 0;

  /** @throws what reading a folder does */
  constructor(folder: Location) {
    const path = pathArgument(folder.systemPath);
    const children = readdirSync(path, { encoding: 'buffer', withFileTypes: true });
    children.sort((one, two) => Buffer.compare(one.name, two.name));
    this.#folder = folder;
    this.#names = children.map((child) => decodeUtf8(child.name));
    this.#files = Uint8Array.from(children, (child) => (child.isFile() ? 1 : 0));
  }

  take(): Location | undefined {
    const { systemPath, path } = this.#folder;
    const isFile = this.#files[this.#next] === 1;
    const name = this.#names[this.#next++];
    if (name === undefined) return undefined;
    const childPath = joinPath(path, name);
    // The same but on Windows.
    return { systemPath: systemPath === path ? childPath : join(systemPath, name), path: childPath, isFile };
  }
}

class FilesystemImporter implements Importer {
  readonly type = 'fs';
  readonly origin = hostname();
  readonly root: string;
  readonly #systemRoot: string;
  readonly #excludePaths: readonly string[];
  readonly #names: AccountNames;
  readonly #excluded = new Set<string>();
  readonly #files = new FileReader();
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
    const root = { systemPath: this.#systemRoot, path: this.root, isFile: false };
    let waitUntil = performance.now() + TURN_MS;
    for (const record of this.#walk(root, options)) {
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
    /** On the way down. */
    const folders: Children[] = [];
    for (let location: Location | undefined = root; location !== undefined; location = nextOf(folders)) {
      throwIfCancelled(options.signal);
      // Opened at once, a file need not be looked up twice.
      const read =
        options.readsAll === true && location.isFile ? this.#files.readSeen(location.systemPath) : undefined;
      const stats = read?.stats ?? lstatOrError(location.systemPath);
      if (stats instanceof Error) {
        yield { path: location.path, error: systemErrorReason(stats) };
        continue;
      }
      if (this.#excluded.size > 0 && this.#excluded.has(identityOf(stats))) continue;
      this.#done += 1;
      options.onProgress?.({ what: location.path, done: this.#done });
      const info = this.#infoOf(location.path, stats);
      if (read !== undefined) {
        yield { path: location.path, info, content: () => [read.bytes] };
        continue;
      }
      if (!stats.isDirectory()) {
        yield this.#leaf(location, info, stats, options);
        continue;
      }
      yield { path: location.path, info };
      const children = childrenOf(location);
      if (children instanceof Error) yield { path: location.path, error: systemErrorReason(children) };
      else folders.push(children);
    }
  }

  #leaf(location: Location, info: FileInfo, stats: BigIntStats, options: ImportOptions): SourceRecord {
    const { path, systemPath } = location;
    if (stats.isFile()) {
      const content =
        stats.size <= SMALL_FILE_SIZE_MAX
          ? () => [this.#files.readSmall(systemPath, stats)]
          : () => this.#files.read(systemPath, stats, options.signal);
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

function childrenOf(folder: Location): Children | Error {
  try {
    return new Children(folder);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** What comes next of the last of `folders` that has anything left; the others are taken off. */
function nextOf(folders: Children[]): Location | undefined {
  let location: Location | undefined;
  while (location === undefined && folders.length > 0) {
    location = folders[folders.length - 1]?.take();
    if (location === undefined) folders.pop();
  }
  return location;
}
