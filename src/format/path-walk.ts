/** Walks the paths of a snapshot depth first by its tree alone: entries are not read, so neither whether a path is a directory. */
import { comparePaths, joinPath, slashCount } from './path.ts';
import { isChild } from './entry-walk.ts';
import type { TreeCursor, TreeReader } from './tree-reader.ts';

/** Paths that are given at once at most. */
const BATCH_COUNT_MAX = 256;

/** A cursor among the keys of one depth. No key lies between `from` and `next`. */
class Place {
  readonly #cursor: TreeCursor;
  from: string;
  next: string | undefined;

  private constructor(cursor: TreeCursor, from: string) {
    this.#cursor = cursor;
    this.from = from;
  }

  /** Before the first key that is not below `from`. */
  static async seek(tree: TreeReader, from: string): Promise<Place> {
    const place = new Place(await tree.cursorAt(from), from);
    await place.#enter();
    // The root is the first of its own children in order, and none of them.
    if (place.next === '/') await place.pass('/');
    return place;
  }

  /** True where `next` is the first key that is not below `prefix`. */
  isAt(prefix: string): boolean {
    if (comparePaths(this.from, prefix) > 0) return false;
    return this.next === undefined || comparePaths(this.next, prefix) >= 0;
  }

  /** Goes on behind `key`, which is next; waits only for another leaf. */
  pass(key: string): Promise<void> | undefined {
    this.from = key;
    this.next = this.#cursor.next()?.key;
    return this.next === undefined ? this.#enter() : undefined;
  }

  async #enter(): Promise<void> {
    do this.next = this.#cursor.next()?.key;
    while (this.next === undefined && (await this.#cursor.enterNextLeaf()));
  }
}

/**
 * The paths below `path`, depth first, each before what is below it, siblings sorted by the bytes of their names; many at a time.
 * Directories of one depth are visited almost in the order of the tree, which has all paths of a depth together: so there is one cursor for
 * every depth, which is placed anew only where a name ends in the middle of another.
 * @throws IntegrityError; FormatError
 */
export async function* walkPaths(tree: TreeReader, path: string): AsyncGenerator<readonly string[]> {
  const places = new Map<number, Place>();
  const placeOf = async (prefix: string, depth: number): Promise<Place> => {
    const place = await Place.seek(tree, prefix);
    places.set(depth, place);
    return place;
  };
  const top = joinPath(path, '');
  const levels = [{ prefix: top, place: await placeOf(top, slashCount(top)) }];
  let batch: string[] = [];
  for (let level = levels[0]; level !== undefined; level = levels[levels.length - 1]) {
    const child = level.place.next;
    if (child === undefined || !isChild(child, level.prefix)) {
      levels.pop();
      continue;
    }
    const passing = level.place.pass(child);
    if (passing !== undefined) await passing;
    batch.push(child);
    const prefix = `${child}/`;
    const depth = slashCount(prefix);
    const kept = places.get(depth);
    const place = kept?.isAt(prefix) === true ? kept : await placeOf(prefix, depth);
    if (place.next !== undefined && isChild(place.next, prefix)) levels.push({ prefix, place });
    if (batch.length < BATCH_COUNT_MAX) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
