/** Keeps two writers from rewriting one archive at the same time: a file `.NAME.lock` beside it. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import { systemError, systemErrorName } from '../system-error.ts';

/** A holder touches its lock this often. */
const TOUCH_INTERVAL_MS = 30_000;
/** Nobody holds a lock that has not been touched for this long: Pods end without a trace that another Pod could look for. */
const UNTOUCHED_MAX_MS = 10 * 60_000;

/** A lock that is held. */
export interface ArchiveLock {
  /** The file that stands for it, so that a capture of the same folder can leave it out. */
  readonly path: string;
  /** Gives the lock back. */
  release(): Promise<void>;
}

/** What the lock file says of its holder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339. */
  readonly since: string;
}

/**
 * Takes the lock of the archive at `path`, which need not exist. The lock of a process of this machine that has ended is taken over, and
 * that of any other holder once it has not been touched for ten minutes.
 * @throws ConnectorError CONNECTOR_CONFLICT while another process holds it; CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO
 */
export async function lockArchive(path: string): Promise<ArchiveLock> {
  const lockPath = resolve(dirname(path), `.${basename(path)}.lock`);
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    if (!(await take(lockPath, holder))) {
      await removeStale(path, lockPath);
      if (!(await take(lockPath, holder))) throw held(path, lockPath, undefined);
    }
  } catch (error) {
    throw systemError(error, 'cannot lock', path);
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined);
  }, TOUCH_INTERVAL_MS).unref();
  return {
    path: lockPath,
    release: async () => {
      clearInterval(touching);
      // A computer that slept may have lost it to somebody else.
      const text = await readFile(lockPath, 'utf8').catch(() => undefined);
      if (text === JSON.stringify(holder)) await rm(lockPath, { force: true });
    },
  };
}

/** False where there is a lock already. */
async function take(lockPath: string, holder: Holder): Promise<boolean> {
  // Written aside first: whoever meets a lock can read whose it is.
  const aside = `${lockPath}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return await place(aside, lockPath);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Makes the lock of a file beside it. False where there is a lock already. */
async function place(aside: string, lockPath: string): Promise<boolean> {
  try {
    await link(aside, lockPath).catch((error: unknown) => {
      if (systemErrorName(error) === 'EEXIST') throw error;
      // FAT, exFAT and many network drives have no links. Until the copy is whole nobody can tell whose the lock is.
      return copyFile(aside, lockPath, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (systemErrorName(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a process that has ended. @throws ConnectorError CONNECTOR_CONFLICT where it has not, or nobody can tell */
async function removeStale(path: string, lockPath: string): Promise<void> {
  const text = await readFile(lockPath, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const holder = holderOf(text);
  const hasEnded = holder?.host === hostname() && !isRunning(holder.pid);
  if (!hasEnded && !(await isUntouched(lockPath))) throw held(path, lockPath, holder);
  // Somebody else may have done the same and hold the lock by now: what is taken away is looked at once more.
  const aside = `${lockPath}.${randomBytes(6).toString('hex')}`;
  await rename(lockPath, aside);
  try {
    if ((await readFile(aside, 'utf8')) === text) return;
    await place(aside, lockPath);
    throw held(path, lockPath, undefined);
  } finally {
    await rm(aside, { force: true });
  }
}

async function isUntouched(lockPath: string): Promise<boolean> {
  const touched = await stat(lockPath).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs > UNTOUCHED_MAX_MS;
}

function holderOf(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, host, since } = value as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') return undefined;
    return { pid, host, since };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return systemErrorName(error) !== 'ESRCH';
  }
}

function held(path: string, lockPath: string, holder: Holder | undefined): ConnectorError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  return new ConnectorError(
    'CONNECTOR_CONFLICT',
    `${path} is being written by ${who}; wait for it, or remove ${lockPath} if that has ended`,
    { retryable: true },
  );
}
