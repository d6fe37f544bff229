import { UsageError } from '../../errors.ts';
import type { ApiResource } from '../cluster-client/index.ts';

/** Which objects of a cluster are meant. Nothing set means all but the kinds of {@link leftOutByDefault}. */
export interface Selection {
  /** Only what lies in these, and their Namespace objects; nothing cluster-scoped besides. */
  readonly namespaces?: readonly string[];
  readonly excludeNamespaces?: readonly string[];
  /** Only these: kind, plural, singular or short name, each with `.group` where it matters (`deploy`, `Ingress.networking.k8s.io`). */
  readonly kinds?: readonly string[];
  readonly excludeKinds?: readonly string[];
  /** As of `kubectl -l`. */
  readonly labelSelector?: string;
  /** As of `kubectl --field-selector`. Kinds that do not support it become failed items. */
  readonly fieldSelector?: string;
  /** Only paths that match one of these globs: `*` within one element, `**` across. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

const DEFAULT_OMISSIONS: readonly (readonly [group: string, resource: string, reason: string])[] = [
  ['coordination.k8s.io', '*', 'heartbeats and locks'],
  ['', 'componentstatuses', 'computed, not stored'],
  ['events.k8s.io', 'events', 'the same objects as events in the core group'],
  ['metrics.k8s.io', '*', 'measurements'],
  ['custom.metrics.k8s.io', '*', 'measurements'],
  ['external.metrics.k8s.io', '*', 'measurements'],
  ['internal.apiserver.k8s.io', 'storageversions', 'heartbeats'],
];

/** Why a kind is left out unless it is asked for by name; undefined for what is captured. */
export function leftOutByDefault(resource: Pick<ApiResource, 'group' | 'resource'>): string | undefined {
  const found = DEFAULT_OMISSIONS.find(
    ([group, name]) => group === resource.group && (name === '*' || name === resource.resource),
  );
  return found?.[2];
}

/** True when `name`, as a person types it, means `resource`. Case does not matter. */
export function namesResource(name: string, resource: ApiResource): boolean {
  const [wanted = '', ...group] = name.toLowerCase().split('.');
  if (group.length > 0 && group.join('.') !== resource.group) return false;
  return [resource.kind, resource.resource, ...resource.aliases].some(
    (alias) => alias.toLowerCase() === wanted,
  );
}

/** Why a kind is not read under `selection`; undefined when it is. An empty string where the person excluded it by not naming it. */
export function kindOmission(resource: ApiResource, selection: Selection): string | undefined {
  const named = (names: readonly string[]): boolean => names.some((name) => namesResource(name, resource));
  if (named(selection.excludeKinds ?? [])) return '';
  if (selection.kinds) return named(selection.kinds) ? undefined : '';
  return leftOutByDefault(resource);
}

/**
 * The names of `selection.kinds` that no resource of the cluster has.
 * @throws UsageError when a kind is named that is not served
 */
export function checkKindNames(selection: Selection, resources: readonly ApiResource[]): void {
  const unknown = (selection.kinds ?? []).filter(
    (name) => !resources.some((resource) => namesResource(name, resource)),
  );
  if (unknown.length > 0) {
    throw new UsageError(`the cluster has no kind ${unknown.join(', ')}: see kubectl api-resources`);
  }
}

/** Tests paths of records against `include` and `exclude`. */
export function pathFilter(selection: Selection): (path: string) => boolean {
  const include = selection.include?.map(globPattern);
  const exclude = (selection.exclude ?? []).map(globPattern);
  return (path) =>
    (include?.some((pattern) => pattern.test(path)) ?? true) &&
    !exclude.some((pattern) => pattern.test(path));
}

/** True when objects of `namespace` are selected. */
export function selectsNamespace(selection: Selection, namespace: string): boolean {
  if (selection.excludeNamespaces?.includes(namespace)) return false;
  return selection.namespaces?.includes(namespace) ?? true;
}

function globPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${glob.startsWith('/') ? '' : '(?:.*/)?'}${source}(?:/.*)?$`);
}
