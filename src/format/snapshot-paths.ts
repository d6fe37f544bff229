/**
 * The paths of a snapshot that is being written: which there are, where the entry of each stands, and a summary for each directory. Of
 * what is no directory it holds some 15 bytes and the name, see {@link NameTable}.
 */
import { NameTable } from './name-table.ts';
import { joinPath, parentPath } from './path.ts';
import { sortedByDepth } from './path-order.ts';
import { emptySummary, type Summary } from './summary.ts';

/** Instead of the index of an entry's blob: of a directory that no record has named so far. */
export const IMPLIED = -1;
/** As {@link IMPLIED}, of what no record speaks of. */
const UNKNOWN = -2;

interface Directory {
  readonly path: string;
  /** Group of what is in it. */
  readonly group: number;
  /** Where something was counted. */
  summary: Summary | undefined;
}

/** The group of the root alone. */
const ROOT_GROUP = 0;

/** Paths, each with the index of its entry's blob, or {@link IMPLIED}. All are clean. */
export class SnapshotPaths {
  readonly #names: NameTable;
  readonly #directories = new Map<string, Directory>();
  /** Their paths: group 1 first. */
  readonly #ofGroups: string[] = [];
  /** Where what came last is, unless that was a directory: siblings follow each other. */
  #siblings: Directory | undefined;

  /** `seed`: 32 random bits. */
  constructor(seed: number) {
    this.#names = new NameTable(seed);
  }

  /** Paths so far; each has a number below. */
  get count(): number {
    return this.#names.count;
  }

  /** The index of the blob of `path`, {@link IMPLIED}, or less where it is not there. */
  find(path: string): number {
    if (path === '/') return this.#valueOf(ROOT_GROUP, '');
    const directory = this.#above(path);
    return directory === undefined ? UNKNOWN : this.#valueOf(directory.group, nameIn(directory, path));
  }

  #valueOf(group: number, name: string): number {
    const at = this.#names.find(group, name);
    return at < 0 ? UNKNOWN : this.#names.value(at);
  }

  /** The path of what `path` is in: equal for all in one directory, also where texts are compared by where they are. */
  parentOf(path: string): string {
    return this.#isSibling(path) ? (this.#siblings?.path ?? '') : parentPath(path);
  }

  #isSibling(path: string): boolean {
    const parent = this.#siblings?.path ?? '';
    return parent.length > 1 && path.lastIndexOf('/') === parent.length && path.startsWith(parent);
  }

  /** The directory that `path` is in, if it is known to be one. */
  #above(path: string): Directory | undefined {
    return this.#isSibling(path) ? this.#siblings : this.#directories.get(parentPath(path));
  }

  /** False for something in what is no directory, and for anything but a directory where there is one. `known`: what {@link find} says. */
  hasPlaceFor(path: string, isDirectory: boolean, known: number): boolean {
    if (!isDirectory && (path === '/' || known === IMPLIED)) return false;
    if (this.#isSibling(path)) return true;
    for (let at = parentPath(path); !this.#directories.has(at); at = parentPath(at)) {
      if (this.find(at) !== UNKNOWN) return false;
      if (at === '/') break;
    }
    return true;
  }

  /** Adds a directory, for which there is place. `value`: index of its entry's blob. */
  addDirectory(path: string, value: number): void {
    this.claim(path);
    this.#set(path, value);
  }

  /** Adds anything else, for which there is place. @returns the summary of its directory */
  addLeaf(path: string, value: number): Summary {
    this.#siblings = this.#above(path) ?? this.claim(parentPath(path));
    this.#names.set(this.#siblings.group, nameIn(this.#siblings, path), value);
    return (this.#siblings.summary ??= emptySummary());
  }

  /** From now on `path`, for which there is place, and everything above are directories, named or implied. */
  claim(path: string): Directory {
    const missing: string[] = [];
    let directory = this.#directories.get(path);
    for (let at = path; directory === undefined; directory = this.#directories.get(at)) {
      missing.push(at);
      if (at === '/') break;
      at = parentPath(at);
    }
    for (const at of missing.reverse()) {
      if (this.find(at) === UNKNOWN) this.#set(at, IMPLIED);
      directory = { path: at, group: this.#ofGroups.push(at), summary: undefined };
      this.#directories.set(at, directory);
    }
    return directory ?? this.claim('/');
  }

  /** As {@link claim}, unless there is something already, or no place. */
  imply(path: string): void {
    if (this.find(path) === UNKNOWN && this.hasPlaceFor(path, true, UNKNOWN)) this.claim(path);
  }

  #set(path: string, value: number): void {
    const directory = this.#above(path);
    if (path === '/' || directory === undefined) this.#names.set(ROOT_GROUP, '', value);
    else this.#names.set(directory.group, nameIn(directory, path), value);
  }

  /** All directories. */
  directories(): Iterable<string> {
    return this.#ofGroups;
  }

  /** Of a directory: what was counted since it was taken. */
  summaryOf(directory: string): Summary {
    return (this.claim(directory).summary ??= emptySummary());
  }

  /** As {@link summaryOf}, and lets go of it. */
  takeSummary(directory: string): Summary {
    const taken = this.summaryOf(directory);
    this.claim(directory).summary = undefined;
    return taken;
  }

  /** Path `at`, in the order of coming. */
  path(at: number): string {
    const parent = this.#ofGroups[this.#names.group(at) - 1];
    return parent === undefined ? '/' : joinPath(parent, this.#names.name(at));
  }

  /** What `find` says of path `at`. */
  value(at: number): number {
    return this.#names.value(at);
  }

  /** Says where the entry of path `at` stands. */
  setValue(at: number, value: number): void {
    this.#names.setValue(at, value);
  }

  /** The numbers of all paths in the order of the file tree. */
  inOrder(): Uint32Array {
    // What is in a directory has its path and a slash before the name.
    const begins = sortedByDepth(this.#ofGroups.map((path) => joinPath(path, '')));
    const groups = begins.map((begin) => this.claim(begin.slice(0, -1) || '/').group);
    return this.#names.inOrder([ROOT_GROUP, ...groups]);
  }
}

function nameIn(directory: Directory, path: string): string {
  return path.slice(directory.path === '/' ? 1 : directory.path.length + 1);
}
