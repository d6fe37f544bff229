/** What {@link AtomicFile} does, at once and on this thread: for files that are written faster than a thread pool takes them. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { RandomPool } from '../platform/node/random-pool.ts';
import { LINKS_UNSUPPORTED, temporaryPathOf } from './atomic-file.ts';
import { systemErrorName } from './system-error.ts';
import { systemPath } from './system-path.ts';

/** Bytes up to which this is worth it. */
export const SMALL_FILE_SIZE_MAX = 256 * 1024;

// O_NOFOLLOW is undefined on Windows, where the bits then add nothing.
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const NEW_FILE_MODE = 0o600;

const random = new RandomPool();

/** What a file or folder gets besides its content. */
export interface FileAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Unix seconds. */
  readonly modTime: number;
  /** Left as it is where not given. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Writes a file that nobody saw before, complete; with `overwrite` in place of what is there. When that fails nothing is left and
 * the target is as before. Throws the system's errors as they are, `EEXIST` where something is there and `overwrite` is not set.
 * @returns false, with nothing done, where this file system can only do it another way
 */
export function writeSmallFile(
  path: string,
  content: Uint8Array,
  attributes: FileAttributes,
  overwrite: boolean,
): boolean {
  const temporary = systemPath(temporaryPathOf(path, random.take(6)));
  const file = openSync(temporary, NEW_FILE, NEW_FILE_MODE);
  try {
    try {
      fill(file, content, attributes);
    } finally {
      closeSync(file);
    }
    if (overwrite) renameSync(temporary, systemPath(path));
    else linkSync(temporary, systemPath(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!overwrite && LINKS_UNSUPPORTED.has(systemErrorName(error) ?? '')) return false;
    throw error;
  }
  if (!overwrite) unlinkSync(temporary);
  return true;
}

/**
 * As {@link writeSmallFile}, for a folder that this process has made, with mode 0700 until everything is in it: there the file is written
 * under its own name, which takes half of the system's time. `O_EXCL` neither opens nor follows what may be there all the same; that is
 * `EEXIST`. When writing fails, the file is removed if it still is the one that was made. Only where the process is killed or the machine
 * stops between two system calls, one incomplete file of mode 0600 stays.
 */
export function writeNewSmallFile(path: string, content: Uint8Array, attributes: FileAttributes): void {
  const target = systemPath(path);
  const file = openSync(target, NEW_FILE, NEW_FILE_MODE);
  try {
    fill(file, content, attributes);
  } catch (error) {
    removeOwn(file, target);
    throw error;
  } finally {
    closeSync(file);
  }
}

function fill(file: number, content: Uint8Array, attributes: FileAttributes): void {
  for (let done = 0; done < content.length;) {
    done += writeSync(file, content, done, content.length - done);
  }
  setAttributes(file, attributes);
}

/** Gives the open file or folder `file` its attributes. Throws the system's errors as they are. */
export function setAttributes(file: number, { mode, modTime, owner }: FileAttributes): void {
  // Owner before mode: `chown` clears setuid.
  if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
  fchmodSync(file, mode);
  futimesSync(file, modTime, modTime);
}

/** Whoever exchanged the folder meanwhile must not have a file of theirs removed. */
function removeOwn(file: number, path: string | Buffer): void {
  const made = fstatSync(file, { bigint: true });
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (there?.ino === made.ino && there.dev === made.dev) rmSync(path, { force: true });
}
