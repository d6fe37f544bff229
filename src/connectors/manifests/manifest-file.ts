/** Where manifests come from: the files of a folder, one file, or standard input. */
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { ConnectorError, NotFoundError } from '../../errors.ts';
import { timestampFromMs, timestampFromNs, type Timestamp } from '../../format/timestamp.ts';
import { cancellable } from '../cancellable-input.ts';
import { systemError, systemErrorName, systemErrorReason } from '../system-error.ts';

/** Largest file that is read (bytes). A file is held in memory as a whole. */
export const MANIFEST_SIZE_MAX = 256 * 1024 * 1024;

/** What kubectl reads in a folder. */
const EXTENSIONS = new Set(['.json', '.yaml', '.yml']);

/** One source of manifests. */
export interface ManifestFile {
  /** For messages and error records: the path below the folder with `/`, the file's name, or `stdin`. */
  readonly name: string;
  readonly modTime: Timestamp;
  /** @throws ConnectorError with one line for a person */
  readonly read: (signal?: AbortSignal) => Promise<Uint8Array>;
}

/** A file or folder that cannot be read; the others are. */
export interface UnreadableFile {
  readonly name: string;
  readonly error: string;
}

/** Files in the order in which they are read. */
export type ManifestFiles =
  Iterable<ManifestFile | UnreadableFile> | AsyncIterable<ManifestFile | UnreadableFile>;

/**
 * The manifests at `path`, folders recursively with names in order, folders whose names begin with a dot left out. Symbolic links are
 * followed to files inside the folder only.
 *
 * @throws NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO
 */
export async function findManifests(path: string): Promise<ManifestFiles> {
  const root = resolve(path);
  try {
    const stats = await stat(root, { bigint: true });
    if (stats.isDirectory()) {
      const folder = await realpath(root);
      return filesBelow(folder, folder);
    }
    const modTime = timestampFromNs(stats.mtimeNs);
    const read: ManifestFile['read'] = (signal) =>
      stats.isFile() ? readWhole(root, signal) : readPipe(root, signal);
    return [{ name: basename(root), modTime, read }];
  } catch (error) {
    if (systemErrorName(error) !== 'ENOENT') throw systemError(error, 'cannot read', path);
    throw new NotFoundError('NOT_FOUND_SOURCE', `no folder or file at ${path}; check the path`, {
      cause: error,
    });
  }
}

/** Standard input, or any other stream of bytes, as one file. */
export function manifestStream(input: AsyncIterable<Uint8Array>): ManifestFiles {
  return [
    {
      name: 'stdin',
      modTime: timestampFromMs(Date.now()),
      read: (signal) => readStream(input, signal),
    },
  ];
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<ManifestFile | UnreadableFile> {
  const nameOf = (path: string): string => relative(root, path).split(sep).join('/');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) =>
    systemErrorReason(error),
  );
  if (typeof entries === 'string') {
    yield { name: nameOf(folder), error: entries };
    return;
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.')) yield* filesBelow(root, path);
    } else if (EXTENSIONS.has(extname(entry.name).toLowerCase())) {
      yield await fileIn(root, path, nameOf(path));
    }
  }
}

async function fileIn(root: string, path: string, name: string): Promise<ManifestFile | UnreadableFile> {
  try {
    const target = await realpath(path);
    if (!target.startsWith(root + sep)) {
      return { name, error: 'a symbolic link that leads out of the folder' };
    }
    const stats = await lstat(target, { bigint: true });
    if (!stats.isFile()) return { name, error: 'neither a file nor a folder' };
    return { name, modTime: timestampFromNs(stats.mtimeNs), read: (signal) => readWhole(target, signal) };
  } catch (error) {
    return { name, error: systemErrorReason(error) };
  }
}

async function readWhole(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const stats = await handle.stat();
      if (stats.size > MANIFEST_SIZE_MAX) throw tooLarge();
      return await readStream(handle.createReadStream({ autoClose: false }), signal);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemError(error, 'cannot read', basename(path));
  }
}

async function readPipe(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readStream(createReadStream(path), signal);
  } catch (error) {
    throw systemError(error, 'cannot read', basename(path));
  }
}

async function readStream(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of cancellable(input, signal)) {
    size += chunk.length;
    if (size > MANIFEST_SIZE_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): ConnectorError {
  const limit = MANIFEST_SIZE_MAX / 1024 / 1024;
  return new ConnectorError('CONNECTOR_INPUT', `larger than ${limit} MiB; split it into several files`);
}
