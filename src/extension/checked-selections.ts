/** From what is checked to the paths that are restored. */
import { isPtarError } from '../errors.ts';
import { joinPath } from '../format/path.ts';
import { NO_NAMESPACE } from '../operations/object-catalogue.ts';
import type { CheckedPaths } from './checked-paths.ts';
import { allObjects } from './object-listing.ts';
import type { OpenSnapshot } from './open-archive.ts';
import { pathBelow } from './object-place.ts';

/** The paths that stand for everything that is checked: folders as they are, or their objects where some of them are unchecked. */
export async function checkedSelections(
  snapshot: OpenSnapshot,
  checks: CheckedPaths,
): Promise<readonly string[]> {
  const selections: string[] = [];
  const mixed: string[] = [];
  for (const root of checks.roots()) (checks.hasExceptions(root) ? mixed : selections).push(root);
  if (mixed.length > 0) {
    for await (const { path } of allObjects(snapshot)) {
      const isBelow = mixed.some((root) => root === '/' || path.startsWith(`${root}/`));
      if (isBelow && checks.isChecked(path)) selections.push(path);
    }
  }
  return withNamespaces(snapshot, [...new Set(selections)]);
}

/** `paths`, and with each folder of a namespace the Namespace itself where the snapshot has it: nothing can be put into one that is missing. */
export async function withNamespaces(
  { reader, catalogue }: OpenSnapshot,
  paths: readonly string[],
): Promise<readonly string[]> {
  const all = new Set(paths);
  for (const path of paths) {
    const name = path.slice(joinPath(catalogue.root, '').length);
    if (name === '' || name.includes('/') || name === NO_NAMESPACE) continue;
    const identity = { group: '', version: 'v1', kind: 'Namespace', namespace: undefined, name };
    const own = pathBelow(catalogue.root, identity);
    try {
      await reader.entry(own);
      all.add(own);
    } catch (error) {
      if (!isPtarError(error) || error.code !== 'NOT_FOUND_PATH') throw error;
    }
  }
  return [...all];
}
