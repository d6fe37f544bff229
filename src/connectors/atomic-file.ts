import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CancelledError } from '../errors.ts';
import { systemErrorName } from './system-error.ts';
import { systemPath } from './system-path.ts';

/** Bytes of the name that a temporary file keeps, so that prefix and suffix fit into the usual 255. */
const TEMPORARY_NAME_BYTES = 160;

/** How an {@link AtomicFile} takes its name. */
export interface PublishOptions {
  /** Replaces what is there; otherwise publishing fails with `EEXIST`. */
  readonly overwrite: boolean;
  /** Waits until file and folder are on the disk. */
  readonly durable: boolean;
  /** Called when everything is written, right before the file takes the name; a throw leaves the target as it is. */
  readonly confirm?: () => Promise<void>;
}

/**
 * A file that is written under a temporary name beside its target (`.NAME.RANDOM.tmp`, mode 0600) and takes the name when
 * complete; before that the target is untouched. Throws the system's errors as they are.
 */
export class AtomicFile {
  readonly path: string;
  readonly temporaryPath: string;
  readonly #handle: FileHandle;
  #pending: Promise<unknown> = Promise.resolve();
  #state: 'open' | 'published' | 'discarded' = 'open';
  #closed = false;

  private constructor(path: string, temporaryPath: string, handle: FileHandle) {
    this.path = path;
    this.temporaryPath = temporaryPath;
    this.#handle = handle;
  }

  static async create(path: string): Promise<AtomicFile> {
    const temporaryPath = temporaryPathOf(path, randomBytes(6));
    // O_NOFOLLOW is undefined on Windows, where the bits then add nothing.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return new AtomicFile(path, temporaryPath, await open(systemPath(temporaryPath), flags, 0o600));
  }

  /** For `chmod`, `chown` and `utimes` before publishing. */
  get handle(): FileHandle {
    return this.#handle;
  }

  /** Appends all of `bytes`. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#exclusive(async () => {
      for (let written = 0; written < bytes.length;) {
        if (this.#state !== 'open') throw new CancelledError();
        written += (await this.#handle.write(bytes, written, bytes.length - written)).bytesWritten;
      }
    });
  }

  /** Gives the file its name. When that fails the temporary file is gone and the target as before. */
  async publish(options: PublishOptions): Promise<void> {
    await this.#exclusive(async () => {
      if (this.#state !== 'open') throw new CancelledError();
      if (options.durable) await this.#handle.sync();
      await this.#close();
      await options.confirm?.();
      if (options.overwrite) await rename(systemPath(this.temporaryPath), systemPath(this.path));
      else await this.#publishNew();
      this.#state = 'published';
    }).catch(async (error: unknown) => {
      await this.discard();
      throw error;
    });
    if (options.durable) await syncFolder(dirname(this.path));
  }

  /** Removes the temporary file; does nothing once published. Waits for a write that is under way. */
  async discard(): Promise<void> {
    if (this.#state === 'published') return;
    this.#state = 'discarded';
    await this.#pending.catch(() => undefined);
    // The write that was under way may have been the publishing itself.
    if ((this.#state as string) === 'published') return;
    await this.#close().catch(() => undefined);
    await rm(systemPath(this.temporaryPath), { force: true });
  }

  async #publishNew(): Promise<void> {
    try {
      // Unlike rename, link fails where something is there already, also when it came just now.
      await link(systemPath(this.temporaryPath), systemPath(this.path));
      await rm(systemPath(this.temporaryPath), { force: true });
    } catch (error) {
      if (!LINKS_UNSUPPORTED.has(systemErrorName(error) ?? '')) throw error;
      if (await exists(this.path)) {
        throw Object.assign(new Error('EEXIST'), { code: 'EEXIST', syscall: 'rename' });
      }
      await rename(systemPath(this.temporaryPath), systemPath(this.path));
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  #exclusive<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#pending.catch(() => undefined).then(action);
    this.#pending = result.catch(() => undefined);
    return result;
  }
}

/** The name under which a file is written that will be `path`, made different by `random`. */
export function temporaryPathOf(path: string, random: Uint8Array): string {
  const name = Buffer.from(basename(path))
    .subarray(0, TEMPORARY_NAME_BYTES)
    .toString()
    .replaceAll('\ufffd', '');
  return join(dirname(path), `.${name}.${Buffer.from(random).toString('hex')}.tmp`);
}

/** Errors of file systems that know no hard links. */
export const LINKS_UNSUPPORTED: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** True when `path` names anything, also a dangling symbolic link. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(systemPath(path));
    return true;
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders, and its file system orders renames by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems offer no fsync of folders.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(systemErrorName(error) ?? '')) throw error;
  } finally {
    await folder.close();
  }
}
