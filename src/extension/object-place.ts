import { isPtarError } from '../errors.ts';
import { joinPath } from '../format/path.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import type { OpenSnapshot } from './open-archive.ts';

/** Path of an object in a snapshot, below the source's folder, in the version of `identity`. */
export function pathBelow(root: string, identity: ResourceIdentity): string {
  const path = pathOf(identity);
  return root === '/' ? path : joinPath(root, path.slice(1));
}

/** Path of the object in a snapshot, in whatever version it has there; undefined where it is not there. */
export async function pathInSnapshot(
  { reader, catalogue }: OpenSnapshot,
  identity: ResourceIdentity,
): Promise<string | undefined> {
  const path = pathBelow(catalogue.root, identity);
  try {
    return (await reader.entry(path)).path;
  } catch (error) {
    if (!isPtarError(error) || error.code !== 'NOT_FOUND_PATH') throw error;
  }
  const { group, kind, namespace = '_', name } = identity;
  const query = { namespace, kind: group === '' ? kind : `${kind}.${group}`, name };
  try {
    for await (const object of catalogue.objects(query)) return object.entry.path;
  } catch (error) {
    if (!isPtarError(error) || error.code !== 'NOT_FOUND_KIND') throw error;
  }
  return undefined;
}
