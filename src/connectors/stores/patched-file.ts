import { lstat, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { throwIfCancelled } from '../../errors.ts';
import type { ByteSource } from '../../format/ports.ts';
import { AtomicFile } from '../atomic-file.ts';
import { systemError, systemErrorName } from '../system-error.ts';

/** Bytes that are copied at once. */
const COPY_LENGTH = 4 * 1024 * 1024;

/**
 * A copy of a file in which parts are replaced, under a temporary name beside its target; it takes the name when complete, and until
 * then the target stays as it is. A target that exists keeps its mode.
 */
export class PatchedFile {
  readonly #name: string;
  readonly #file: AtomicFile;
  readonly #size: number;
  readonly #mode: number | undefined;

  private constructor(name: string, file: AtomicFile, size: number, mode: number | undefined) {
    this.#name = name;
    this.#file = file;
    this.#size = size;
    this.#mode = mode;
  }

  /**
   * Begins with the first `size` bytes of `source`, continued with zeros.
   * @param path of the target; may be the source's own
   * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO; CancelledError; so do the methods
   */
  static async copy(
    path: string,
    source: ByteSource,
    size: number,
    signal?: AbortSignal,
  ): Promise<PatchedFile> {
    try {
      const target = await targetOf(path);
      const patched = new PatchedFile(path, await AtomicFile.create(target.path), size, target.mode);
      try {
        for (let offset = 0; offset < Math.min(size, source.size); offset += COPY_LENGTH) {
          throwIfCancelled(signal);
          const length = Math.min(COPY_LENGTH, size - offset, source.size - offset);
          await patched.write(offset, await source.read(offset, length));
        }
        await patched.#file.handle.truncate(size);
        return patched;
      } catch (error) {
        await patched.discard();
        throw error;
      }
    } catch (error) {
      throw systemError(error, 'cannot write', path);
    }
  }

  /** Where the bytes are until {@link publish}. */
  get temporaryPath(): string {
    return this.#file.temporaryPath;
  }

  /** Replaces the bytes at `offset`. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { handle } = this.#file;
    try {
      for (let done = 0; done < bytes.length;) {
        done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      }
    } catch (error) {
      throw systemError(error, 'cannot write', this.#name);
    }
  }

  /** Gives the copy its name, on the disk when this resolves. */
  async publish(): Promise<void> {
    try {
      await this.#file.handle.truncate(this.#size);
      if (this.#mode !== undefined) await this.#file.handle.chmod(this.#mode);
      await this.#file.publish({ overwrite: true, durable: true });
    } catch (error) {
      throw systemError(error, 'cannot write', this.#name);
    }
  }

  /** Throws the copy away; does nothing once published. */
  async discard(): Promise<void> {
    await this.#file.discard();
  }
}

/** Where a name leads, and the permissions of what is there. */
async function targetOf(path: string): Promise<{ readonly path: string; readonly mode: number | undefined }> {
  try {
    const target = await realpath(path);
    return { path: target, mode: (await lstat(target)).mode & 0o777 };
  } catch (error) {
    if (systemErrorName(error) !== 'ENOENT') throw error;
    return { path: resolve(path), mode: undefined };
  }
}
