import { isPtarError } from '../errors.ts';
import { joinPath } from '../format/path.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import type { OpenSnapshot } from './open-archive.ts';

/** An object of which the version may not be known. */
export type NamedObject = Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>;

/** Path of an object in a snapshot, below the source's folder, in the version of `identity`. */
export function pathBelow(root: string, identity: ResourceIdentity): string {
  const path = pathOf(identity);
  return root === '/' ? path : joinPath(root, path.slice(1));
}

/** Path of the object in a snapshot, in whatever version it has there; undefined where it is not there. */
export async function pathInSnapshot(
  { reader, catalogue }: OpenSnapshot,
  identity: NamedObject & { readonly version?: string },
): Promise<string | undefined> {
  const { version } = identity;
  if (version !== undefined) {
    try {
      return (await reader.entry(pathBelow(catalogue.root, { ...identity, version }))).path;
    } catch (error) {
      if (!isPtarError(error) || error.code !== 'NOT_FOUND_PATH') throw error;
    }
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
