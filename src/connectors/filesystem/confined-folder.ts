import { lstatSync, mkdirSync } from 'node:fs';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import { systemError, systemErrorName } from '../system-error.ts';
import { systemPath } from '../system-path.ts';
import { escapeCollision, foldName } from './escaped-name.ts';

/** Owner-only until the recorded mode is set, so that nobody reads files whose mode is still to come. */
const FOLDER_MODE = 0o700;

/** Where an entry goes, or why it must not. */
export type Placement =
  | {
      readonly path: string;
      /** True where nothing can be there, because the folder was made for this export. */
      readonly isFree: boolean;
      readonly refused?: never;
    }
  | { readonly refused: string };

interface Level {
  /** The folder's name in the archive. */
  readonly name: string;
  readonly path: string;
  readonly isNew: boolean;
  /** Names of the archive to those on the disk, and the latter folded: where a system takes different names for the same. */
  readonly written: Map<string, string>;
  readonly taken: Set<string>;
}

/**
 * Places entries below one folder and nowhere else. Folders are made one by one, each looked at without following links, so
 * that neither a link from the archive nor one that is there already leads outside. Someone else who changes the folder at the
 * same moment can defeat this: Node offers no `openat`.
 *
 * Remembers the folders on the way to the last entry only, for entries come depth first, and those that it made and nothing was placed in.
 */
export class ConfinedFolder {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly #platform: NodeJS.Platform;
  readonly #levels: Level[];
  readonly #made = new Set<string>();

  private constructor(path: string, platform: NodeJS.Platform) {
    this.path = path;
    this.#platform = platform;
    this.#levels = [newLevel('', path, false)];
  }

  /**
   * Opens `path`, and makes it with the folders above it unless `create` is false.
   * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO; CONNECTOR_INPUT where it is no folder
   */
  static async open(
    path: string,
    create: boolean,
    platform: NodeJS.Platform = process.platform,
  ): Promise<ConfinedFolder> {
    const absolute = resolve(path);
    try {
      if (create) await mkdir(absolute, { recursive: true });
      const real = await realpath(absolute);
      if (!(await lstat(real)).isDirectory()) throw notFolder(path);
      return new ConfinedFolder(real, platform);
    } catch (error) {
      if (systemErrorName(error) === 'ENOENT' && !create) return new ConfinedFolder(absolute, platform);
      if (systemErrorName(error) === 'EEXIST') throw notFolder(path);
      throw systemError(error, 'cannot extract to', path);
    }
  }

  /**
   * The place of an entry; the folders above it are made when `create` is set.
   * @param elements at least one, checked by `archivePathElements`
   * @throws the system's errors
   */
  place(elements: readonly string[], create: boolean): Placement {
    let depth = 0;
    while (depth < elements.length - 1 && this.#levels[depth + 1]?.name === elements[depth]) depth++;
    this.#levels.length = depth + 1;
    for (; depth < elements.length - 1; depth++) {
      const name = elements[depth] ?? '';
      const path = this.#pathAt(depth, name);
      if (path === undefined) return { refused: NO_NAME_LEFT };
      const isNew = this.#made.delete(path);
      const problem = isNew ? undefined : enterFolder(path, create);
      if (problem !== undefined) return { refused: problem };
      this.#levels.push(newLevel(name, path, isNew));
    }
    const path = this.#pathAt(depth, elements[depth] ?? '');
    const isFree = this.#levels[depth]?.isNew === true;
    return path === undefined ? { refused: NO_NAME_LEFT } : { path, isFree };
  }

  /**
   * Makes the folder at a placed `path`, or finds it there.
   * @throws the system's errors
   */
  makeFolder(path: string): 'created' | 'unchanged' | { readonly refused: string } {
    try {
      mkdirSync(systemPath(path), FOLDER_MODE);
      this.#made.add(path);
      return 'created';
    } catch (error) {
      if (systemErrorName(error) !== 'EEXIST') throw error;
    }
    const problem = enterFolder(path, false);
    return problem === undefined ? 'unchanged' : { refused: problem };
  }

  /**
   * Looks again at every folder above a placed `path`, for what is done after links were made: says what is in the way.
   * @throws the system's errors
   */
  recheck(path: string): string | undefined {
    const elements = relative(this.path, dirname(path)).split(sep);
    let folder = this.path;
    for (const element of elements.filter((item) => item !== '')) {
      folder = join(folder, element);
      const problem = enterFolder(folder, false);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #pathAt(depth: number, name: string): string | undefined {
    const level = this.#levels[depth];
    if (level === undefined) return undefined;
    // Elsewhere every name of an archive is a name of its own.
    if (this.#platform !== 'win32' && this.#platform !== 'darwin') return childPath(level.path, name);
    const written = level.written.get(name) ?? escapeCollision(name, this.#platform, level.taken);
    if (written === undefined) return undefined;
    level.written.set(name, written);
    level.taken.add(foldName(written, this.#platform));
    return childPath(level.path, written);
  }
}

const NO_NAME_LEFT = 'no name is left for it that this file system tells apart from others; extract it alone';

/** As `join`, of a name that is one element. */
function childPath(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

function newLevel(name: string, path: string, isNew: boolean): Level {
  return { name, path, isNew, written: new Map(), taken: new Set() };
}

function notFolder(path: string): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_INPUT',
    `cannot extract to ${path}: it is not a folder; name a folder`,
  );
}

/** Makes sure that `path` is a folder and no link to one; says what is in the way otherwise. */
function enterFolder(path: string, create: boolean): string | undefined {
  try {
    if (create) {
      mkdirSync(systemPath(path), FOLDER_MODE);
      return undefined;
    }
  } catch (error) {
    if (systemErrorName(error) !== 'EEXIST') throw error;
  }
  try {
    const stats = lstatSync(systemPath(path));
    if (stats.isSymbolicLink()) return `a symbolic link is in the way at ${path}; remove it`;
    return stats.isDirectory() ? undefined : `a file is in the way at ${path}; remove it`;
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT' && !create) return undefined;
    throw error;
  }
}
