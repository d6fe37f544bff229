import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { CancelledError, ConnectorError } from '../../errors.ts';
import type { Scratch } from '../../format/ports.ts';
import { temporaryPathOf } from '../atomic-file.ts';
import { systemError } from '../system-error.ts';
import { systemPath } from '../system-path.ts';

/** A file without a name: the system removes it when it is closed, or the process ends. Once it is closed, calls throw CancelledError. */
export class ScratchFile implements Scratch {
  readonly #beside: string;
  readonly #descriptor: number;
  #closed = false;

  private constructor(beside: string, descriptor: number) {
    this.#beside = beside;
    this.#descriptor = descriptor;
  }

  /** On the disk of the file `path`, mode 0600; undefined where the system permits no such file. */
  static create(path: string): ScratchFile | undefined {
    const temporaryPath = systemPath(temporaryPathOf(path, randomBytes(6)));
    // O_NOFOLLOW is undefined on Windows, where the bits then add nothing.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    try {
      const descriptor = openSync(temporaryPath, flags, 0o600);
      try {
        rmSync(temporaryPath);
      } catch (error) {
        closeSync(descriptor);
        rmSync(temporaryPath);
        throw error;
      }
      return new ScratchFile(path, descriptor);
    } catch {
      return undefined;
    }
  }

  write(at: number, bytes: Uint8Array): void {
    this.#each(bytes, 'cannot write scratch beside', (done) =>
      writeSync(this.#descriptor, bytes, done, bytes.length - done, at + done),
    );
  }

  read(at: number, target: Uint8Array): void {
    this.#each(target, 'cannot read scratch beside', (done) =>
      readSync(this.#descriptor, target, done, target.length - done, at + done),
    );
  }

  /** May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  /** Repeats a system call until it has done all of `bytes`. The descriptor of a file that is closed may be that of another one. */
  #each(bytes: Uint8Array, what: string, call: (done: number) => number): void {
    if (this.#closed) throw new CancelledError();
    try {
      for (let done = 0; done < bytes.length;) {
        const count = call(done);
        if (count === 0) throw new ConnectorError('CONNECTOR_IO', `${what} ${this.#beside}: it ends early`);
        done += count;
      }
    } catch (error) {
      throw systemError(error, what, this.#beside);
    }
  }
}
