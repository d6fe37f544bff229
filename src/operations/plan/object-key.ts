import type { ResourceIdentity } from '../../resources/object-path.ts';

/** Equal for the same object, whatever version it is read in. */
export function objectKey({
  group,
  kind,
  namespace,
  name,
}: Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>): string {
  return [namespace ?? '', group, kind, name].join('\0');
}

/** Equal for kinds of the same group and name. */
export function kindKey({ group, kind }: Pick<ResourceIdentity, 'group' | 'kind'>): string {
  return `${kind}.${group}`;
}
