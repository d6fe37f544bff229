/** Reads files for the importer, into buffers that it uses again. */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import { ConnectorError, throwIfCancelled } from '../../errors.ts';
import { systemError } from '../system-error.ts';
import { systemPath as pathArgument } from '../system-path.ts';

/**
 * Bytes up to which a file is read at once and on the main thread, as folders and attributes are: a round through the thread pool
 * takes longer than the whole of it.
 */
export const SMALL_FILE_SIZE_MAX = 256 << 10;

/** Bytes read at once from a larger file. */
const READ_SIZE = 1 << 20;
/** Buffers that are kept for the next file: one is read into while the other is worked on. */
const KEPT_BUFFERS_MAX = 2;
/** No link, and no waiting for the writer of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file that was read at once. */
export interface SmallFile {
  readonly stats: BigIntStats;
  readonly bytes: Uint8Array;
}

/**
 * Reads the first `stats.size` bytes of files, `stats` being what was seen of them before: what is appended meanwhile (a log) is
 * left for the next capture, while a file that was replaced or became shorter is an error, for it would be half the one and half
 * the other. Symbolic links are not followed. Any number of files may be read at the same time.
 */
export class FileReader {
  readonly #small = new Uint8Array(SMALL_FILE_SIZE_MAX);
  readonly #buffers: Uint8Array[] = [];

  /**
   * A file up to {@link SMALL_FILE_SIZE_MAX} with what it is, its bytes valid until the next call; only of a path that was a regular file a
   * moment ago, for others must not even be opened. Undefined where it is none any more, is larger or cannot be read: looking at the path says
   * why.
   */
  readSeen(path: string): SmallFile | undefined {
    try {
      const file = openSync(pathArgument(path), OPEN_FLAGS);
      try {
        const stats = fstatSync(file, { bigint: true });
        if (!stats.isFile() || stats.size > SMALL_FILE_SIZE_MAX) return undefined;
        return { stats, bytes: this.#readOpen(file, Number(stats.size)) };
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /**
   * All of a file up to {@link SMALL_FILE_SIZE_MAX}, valid until the next call.
   * @throws ConnectorError CONNECTOR_INPUT, CONNECTOR_PERMISSION, CONNECTOR_IO
   */
  readSmall(path: string, stats: BigIntStats): Uint8Array {
    try {
      const file = openSync(pathArgument(path), OPEN_FLAGS);
      try {
        checkSame(fstatSync(file, { bigint: true }), stats);
        return this.#readOpen(file, Number(stats.size));
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw systemError(error, 'cannot read', path);
    }
  }

  #readOpen(file: number, size: number): Uint8Array {
    for (let done = 0; done < size;) {
      const count = readSync(file, this.#small, done, size - done, done);
      if (count === 0) throw becameShorter();
      done += count;
    }
    return this.#small.subarray(0, size);
  }

  /**
   * A file of any size in blocks, each valid until the next one is asked for.
   * @throws ConnectorError as {@link readSmall}; CancelledError
   */
  async *read(path: string, stats: BigIntStats, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const size = Number(stats.size);
    const handle = await open(pathArgument(path), OPEN_FLAGS).catch((error: unknown) => {
      throw systemError(error, 'cannot read', path);
    });
    let spare = this.#takeBuffer();
    let used = this.#takeBuffer();
    const readAt = async (buffer: Uint8Array, position: number): Promise<Uint8Array> => {
      const length = Math.min(READ_SIZE, size - position);
      const { bytesRead } = await handle.read(buffer, 0, length, position);
      if (bytesRead === 0) throw becameShorter();
      return buffer.subarray(0, bytesRead);
    };
    let ahead: Promise<Uint8Array> | undefined;
    try {
      checkSame(await handle.stat({ bigint: true }), stats);
      if (size > 0) ahead = readAt(used, 0);
      for (let position = 0; ahead !== undefined;) {
        throwIfCancelled(signal);
        const bytes: Uint8Array = await ahead;
        position += bytes.length;
        [spare, used] = [used, spare];
        // The next piece is read while this one is worked on.
        ahead = position < size ? readAt(used, position) : undefined;
        ahead?.catch(() => undefined);
        yield bytes;
      }
    } catch (error) {
      throw systemError(error, 'cannot read', path);
    } finally {
      await ahead?.catch(() => undefined);
      await handle.close();
      this.#keepBuffer(spare);
      this.#keepBuffer(used);
    }
  }

  #takeBuffer(): Uint8Array {
    return this.#buffers.pop() ?? new Uint8Array(READ_SIZE);
  }

  #keepBuffer(buffer: Uint8Array): void {
    if (this.#buffers.length < KEPT_BUFFERS_MAX) this.#buffers.push(buffer);
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
