/** Restoring into another namespace. */
import type { ObjectTransform } from '../operations/plan/restore-events.ts';
import { NO_NAMESPACE } from '../operations/object-catalogue.ts';
import { selectPaths, walkPaths } from '../operations/selection.ts';
import { mappingTransform } from '../operations/transfer/mapping-transform.ts';
import { IDENTITY_MAPPING } from '../resources/mapping.ts';
import type { OpenSnapshot } from './open-archive.ts';

/** Namespaces that have objects among `selections`, which are paths; sorted. */
export async function namespacesOf(
  { reader, catalogue }: OpenSnapshot,
  selections: readonly string[],
): Promise<readonly string[]> {
  const root = catalogue.root === '/' ? '' : catalogue.root;
  const names = new Set<string>();
  for (const path of selections) {
    const [name = '', ...rest] = path.slice(root.length + 1).split('/');
    const own = /^_\/Namespace\/v1\/(.+)\.yaml$/.exec(rest.join('/'))?.[1];
    if (name === '') for await (const child of reader.childNames(catalogue.root)) names.add(child);
    else if (name === NO_NAMESPACE && own !== undefined) names.add(own);
    else names.add(name);
  }
  names.delete(NO_NAMESPACE);
  return [...names].sort();
}

/**
 * Moves the objects at and below `selections` from all of `namespaces` to `target`.
 * @throws UsageError where two objects would become one; IntegrityError; FormatError; CancelledError
 */
export function moveToNamespace(
  { reader }: OpenSnapshot,
  selections: readonly string[],
  namespaces: readonly string[],
  target: string,
  signal: AbortSignal,
): Promise<ObjectTransform> {
  const mapping = { ...IDENTITY_MAPPING, namespaces: new Map(namespaces.map((name) => [name, target])) };
  return mappingTransform(reader, pathsBelow(), mapping, signal);

  async function* pathsBelow(): AsyncGenerator<string> {
    const paths = await selectPaths(reader, selections, { signal });
    for await (const { path } of walkPaths(reader, paths)) yield path;
  }
}
