/** What {@link AtomicFile} does, at once and on this thread: for files that are written faster than a thread pool takes them. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  linkSync,
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

const random = new RandomPool();

/** What a file gets besides its content. */
export interface SmallFileAttributes {
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
  attributes: SmallFileAttributes,
  overwrite: boolean,
): boolean {
  const temporary = systemPath(temporaryPathOf(path, random.take(6)));
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(temporary, flags, 0o600);
  try {
    try {
      for (let done = 0; done < content.length;) {
        done += writeSync(file, content, done, content.length - done);
      }
      // Owner before mode: `chown` clears setuid.
      if (attributes.owner !== undefined) fchownSync(file, attributes.owner.uid, attributes.owner.gid);
      fchmodSync(file, attributes.mode);
      futimesSync(file, attributes.modTime, attributes.modTime);
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
