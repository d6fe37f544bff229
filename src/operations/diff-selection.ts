import { NotFoundError } from '../errors.ts';
import { isSelected, KindCatalog } from '../resources/kinds.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { NO_NAMESPACE, type ObjectQuery } from './object-catalogue.ts';

/**
 * Whether an object is one of those that `queries` ask for; all are where there is no query. Kinds that are not built in are known by
 * their names and guessed plurals, as soon as an object of theirs is asked about.
 */
export function objectFilter(queries: readonly ObjectQuery[]): (identity: ResourceIdentity) => boolean {
  const catalog = new KindCatalog();
  return (identity) => {
    if (queries.length === 0) return true;
    catalog.addObject(identity);
    return queries.some((query) => {
      if (query.namespace !== undefined && query.namespace !== (identity.namespace ?? NO_NAMESPACE)) {
        return false;
      }
      if (query.name !== undefined && query.name !== identity.name) return false;
      return query.kind === undefined || isOfKind(catalog, query.kind, identity);
    });
  };
}

function isOfKind(catalog: KindCatalog, typed: string, identity: ResourceIdentity): boolean {
  try {
    return isSelected(catalog.select(typed), identity);
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
