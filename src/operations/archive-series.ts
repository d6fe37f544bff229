/** A series of archives: files of one folder whose names differ in the time they were made. */
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemError, systemErrorName } from '../connectors/system-error.ts';
import { isPtarError, UsageError } from '../errors.ts';
import { openArchiveFile } from './open-archive.ts';

/** Stands in a path for the time at which an archive is made: `20261121T150405Z`, always UTC. */
export const TIMESTAMP_PLACEHOLDER = '{timestamp}';

const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** An archive of a series. */
export interface SeriesArchive {
  readonly path: string;
  /** Unix milliseconds, full seconds, as the name says. */
  readonly madeMs: number;
}

/** The files that `FOLDER/PREFIX{timestamp}SUFFIX` stands for. */
export class ArchiveSeries {
  /** With the placeholder. */
  readonly pattern: string;
  readonly #folder: string;
  readonly #prefix: string;
  readonly #suffix: string;

  /** @throws UsageError where the placeholder is not exactly once in the file's name */
  constructor(pattern: string) {
    this.pattern = pattern;
    this.#folder = dirname(pattern);
    const [prefix = '', suffix, ...others] = basename(pattern).split(TIMESTAMP_PLACEHOLDER);
    if (suffix === undefined || others.length > 0 || this.#folder.includes(TIMESTAMP_PLACEHOLDER)) {
      throw new UsageError(`${pattern}: ${TIMESTAMP_PLACEHOLDER} stands once, in the name of the file`);
    }
    this.#prefix = prefix;
    this.#suffix = suffix;
  }

  /** True when `path` stands for a series rather than for one file. */
  static isPattern(path: string): boolean {
    return path.includes(TIMESTAMP_PLACEHOLDER);
  }

  /** Path of the archive that is made at `date`. */
  pathAt(date: Date): string {
    return join(this.#folder, `${this.#prefix}${formatSecond(date)}${this.#suffix}`);
  }

  /**
   * The archives that are there: regular files whose whole name fits the pattern and that are archives with a beginning and an end
   * that belong together. What is only similar, incomplete or unreadable is no part of the series. Needs no passphrase.
   * @throws ConnectorError where the folder cannot be read; CancelledError
   */
  async archives(signal?: AbortSignal): Promise<readonly SeriesArchive[]> {
    const archives: SeriesArchive[] = [];
    for (const name of await this.#names()) {
      const madeMs = this.#momentOf(name);
      const path = join(this.#folder, name);
      if (madeMs !== undefined && (await isArchive(path, signal))) archives.push({ path, madeMs });
    }
    return archives;
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      throw systemError(error, 'cannot read', this.#folder);
    }
  }

  #momentOf(name: string): number | undefined {
    const long = name.length > this.#prefix.length + this.#suffix.length;
    if (!long || !name.startsWith(this.#prefix) || !name.endsWith(this.#suffix)) return undefined;
    const text = name.slice(this.#prefix.length, name.length - this.#suffix.length);
    const iso = text.replace(TIMESTAMP, '$1-$2-$3T$4:$5:$6Z');
    const madeMs = TIMESTAMP.test(text) ? Date.parse(iso) : Number.NaN;
    // 30 February is read as 2 March.
    return Number.isNaN(madeMs) || formatSecond(new Date(madeMs)) !== text ? undefined : madeMs;
  }
}

function formatSecond(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

async function isArchive(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    if (!(await lstat(path)).isFile()) return false;
    const archive = await openArchiveFile(path, signal === undefined ? {} : { signal });
    await archive.close();
    return true;
  } catch (error) {
    // Whoever gets as far as the key has found container and configuration in order.
    if (isPtarError(error) && error.code === 'KEY_MISSING') return true;
    if (isPtarError(error) && error.code !== 'CANCELLED') return false;
    if (systemErrorName(error) !== undefined) return false;
    throw error;
  }
}
