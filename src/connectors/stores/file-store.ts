import { constants } from 'node:fs';
import { lstat, open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConnectorError, FormatError, NotFoundError, UsageError } from '../../errors.ts';
import type { ByteSink, ByteSource, Scratch } from '../../format/ports.ts';
import { AtomicFile, type PublishOptions } from '../atomic-file.ts';
import { systemError, systemErrorName } from '../system-error.ts';
import { ScratchFile } from './scratch-file.ts';

/** Longest single read (bytes); the system's own limit is just below 2 GiB. */
const READ_SIZE_MAX = 1 << 30;
/** Small appends are gathered up to this size (bytes). */
const BUFFER_SIZE = 1 << 20;

/**
 * Opens an archive file for reading at any position. Any number of reads may be under way.
 *
 * @throws NotFoundError NOT_FOUND_ARCHIVE
 * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_INPUT where it is no regular file, CONNECTOR_IO
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK the open of a named pipe waits for a writer; Windows knows neither.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') {
      throw new NotFoundError('NOT_FOUND_ARCHIVE', `no archive at ${path}; check the path`, { cause: error });
    }
    throw systemError(error, 'cannot open', path);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      throw new ConnectorError('CONNECTOR_INPUT', `${path} is a folder; name an archive in it`);
    }
    if (!stats.isFile()) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        `${path} is not a regular file; copy the archive to a file first`,
      );
    }
    return new FileSource(path, stats.size, handle);
  } catch (error) {
    await handle.close();
    throw systemError(error, 'cannot open', path);
  }
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(name: string, size: number, handle: FileHandle) {
    this.name = name;
    this.size = size;
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#checkRange(offset, length);
    const bytes = new Uint8Array(length);
    await this.readInto(offset, bytes);
    return bytes;
  }

  async readInto(offset: number, target: Uint8Array): Promise<void> {
    const { length } = target;
    this.#checkRange(offset, length);
    for (let done = 0; done < length;) {
      const count = await this.#readOnce(target, done, offset + done);
      if (count === 0) {
        const message = `${this.name} became shorter while it was read; restore it from a copy`;
        throw new FormatError('FORMAT_TRUNCATED', message, { offset: offset + done });
      }
      done += count;
    }
  }

  #checkRange(offset: number, length: number): void {
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (inside && length <= this.size - offset) return;
    const range = `${length} bytes at offset ${offset}`;
    throw new FormatError('FORMAT_TRUNCATED', `${this.name}: ${range} lie outside its ${this.size} bytes`, {
      offset,
    });
  }

  async #readOnce(bytes: Uint8Array, start: number, position: number): Promise<number> {
    try {
      const length = Math.min(bytes.length - start, READ_SIZE_MAX);
      return (await this.#handle.read(bytes, start, length, position)).bytesRead;
    } catch (error) {
      throw systemError(error, 'cannot read', this.name);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A sink that also says under which name it writes meanwhile, so that a capture of the same folder can leave it out. */
export interface FileSink extends ByteSink {
  /** Absolute. */
  readonly temporaryPath: string;
}

/** Choices of {@link createFileSink}. */
export interface FileSinkOptions {
  /** Replaces an archive that is there; it stays as it is until the new one is complete. Default: true. */
  readonly overwrite?: boolean;
  /** Gives the new file the mode and, where the system permits, the owner of the one that it replaces. Default: false. */
  readonly keepAttributes?: boolean;
  /** Called when everything is written, right before the new file takes the name; a throw leaves everything as it is. */
  readonly confirm?: () => Promise<void>;
}

/**
 * Creates the file of a new archive: mode 0600, written beside the target as `.NAME.RANDOM.tmp`, on the disk (fsync of file
 * and folder) when `commit` resolves. A symbolic link at `path` is kept and what it points to is replaced.
 *
 * @throws UsageError when `path` is a folder or device, or exists without `overwrite`
 * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO; so do its methods
 */
export async function createFileSink(path: string, options: FileSinkOptions = {}): Promise<FileSink> {
  const overwrite = options.overwrite ?? true;
  try {
    const target = await writableTarget(path, overwrite);
    const file = await AtomicFile.create(target);
    if (options.keepAttributes === true) await copyAttributes(target, file);
    return new AtomicFileSink(path, file, { ...options, overwrite, durable: true });
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') {
      throw new ConnectorError(
        'CONNECTOR_IO',
        `cannot create ${path}: its folder does not exist; make the folder first`,
        {
          cause: error,
        },
      );
    }
    throw systemError(error, 'cannot create', path);
  }
}

/** Absolute path to write to, symbolic links resolved. */
async function writableTarget(path: string, overwrite: boolean): Promise<string> {
  const absolute = resolve(path);
  try {
    await lstat(absolute);
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') return absolute;
    throw error;
  }
  if (!overwrite) throw existingArchive(path);
  const target = await realpath(absolute);
  const stats = await stat(target);
  if (stats.isDirectory()) throw new UsageError(`${path} is a folder; name a file in it`);
  if (!stats.isFile()) throw new UsageError(`${path} is a device or pipe; an archive needs a regular file`);
  return target;
}

function existingArchive(path: string, cause?: unknown): UsageError {
  return new UsageError(`${path} exists already; choose another name, or use --overwrite`, { cause });
}

/** Mode and owner of the file at `path` for `file`. Only the superuser may give files away, so a failure to do so is none. */
async function copyAttributes(path: string, file: AtomicFile): Promise<void> {
  try {
    const { mode, uid, gid } = await stat(path);
    await file.handle.chown(uid, gid).catch(() => undefined);
    await file.handle.chmod(mode & 0o777);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

class AtomicFileSink implements FileSink {
  readonly name: string;
  readonly #file: AtomicFile;
  readonly #publishing: PublishOptions;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #buffered = 0;
  #scratch: ScratchFile | undefined;

  constructor(name: string, file: AtomicFile, publishing: PublishOptions) {
    this.name = name;
    this.#file = file;
    this.#publishing = publishing;
  }

  get temporaryPath(): string {
    return this.#file.temporaryPath;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      if (bytes.length > BUFFER_SIZE - this.#buffered) await this.#flush();
      if (bytes.length >= BUFFER_SIZE) {
        await this.#file.write(bytes);
        return;
      }
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    } catch (error) {
      throw systemError(error, 'cannot write', this.name);
    }
  }

  scratch(): Scratch | undefined {
    this.#scratch = ScratchFile.create(this.#file.path);
    return this.#scratch;
  }

  async commit(): Promise<void> {
    this.#scratch?.close();
    try {
      await this.#flush();
      await this.#file.publish(this.#publishing);
    } catch (error) {
      await this.abort().catch(() => undefined);
      if (systemErrorName(error) === 'EEXIST') throw existingArchive(this.name, error);
      throw systemError(error, 'cannot write', this.name);
    }
  }

  async abort(): Promise<void> {
    this.#scratch?.close();
    try {
      await this.#file.discard();
    } catch (error) {
      throw systemError(error, 'cannot remove the temporary file of', this.name);
    }
  }

  async #flush(): Promise<void> {
    const length = this.#buffered;
    if (length === 0) return;
    await this.#file.write(this.#buffer.subarray(0, length));
    this.#buffered = 0;
  }
}
