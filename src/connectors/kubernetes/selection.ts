import type { KindDefinition } from '../../resources/built-in-kinds.ts';
import { isSelected, KindCatalog, parseSelectors, type Selector } from '../../resources/kinds.ts';
import type { ResourceIdentity } from '../../resources/object-path.ts';

/** Which objects of a cluster are meant. Nothing set means all but the kinds of {@link leftOutByDefault}. */
export interface Selection {
  /** Only what lies in these, and their Namespace objects; nothing cluster-scoped besides. */
  readonly namespaces?: readonly string[];
  readonly excludeNamespaces?: readonly string[];
  /** Only these, as kubectl takes them: `deploy`, `ingresses.networking.k8s.io`, `deploy/web`. */
  readonly kinds?: readonly string[];
  readonly excludeKinds?: readonly string[];
  /** Also Leases and other objects that are written all the time, without which nothing is missing. */
  readonly heartbeats?: boolean;
  /** As of `kubectl -l`. */
  readonly labelSelector?: string;
  /** As of `kubectl --field-selector`. Kinds that do not support it become failed items. */
  readonly fieldSelector?: string;
  /** Only paths that match one of these globs: `*` within one element, `**` across. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

const HEARTBEATS = 'heartbeats and locks';
const DEFAULT_OMISSIONS: readonly (readonly [group: string, plural: string, reason: string])[] = [
  ['coordination.k8s.io', '*', HEARTBEATS],
  ['', 'componentstatuses', 'computed, not stored'],
  ['events.k8s.io', 'events', 'the same objects as events in the core group'],
  ['metrics.k8s.io', '*', 'measurements'],
  ['custom.metrics.k8s.io', '*', 'measurements'],
  ['external.metrics.k8s.io', '*', 'measurements'],
  ['internal.apiserver.k8s.io', 'storageversions', HEARTBEATS],
];

/** Why a kind is left out unless it is asked for by name; undefined for what is captured. */
export function leftOutByDefault(kind: Pick<KindDefinition, 'group' | 'plural'>): string | undefined {
  const found = DEFAULT_OMISSIONS.find(
    ([group, plural]) => group === kind.group && (plural === '*' || plural === kind.plural),
  );
  return found?.[2];
}

/** A {@link Selection}'s kinds against what a cluster serves. */
export class KindSelection {
  readonly #included: readonly Selector[] | undefined;
  readonly #excluded: readonly Selector[];
  readonly #heartbeats: boolean;

  /** @throws NotFoundError NOT_FOUND_KIND for a name that neither the cluster nor Kubernetes knows */
  constructor(selection: Selection, served: readonly KindDefinition[]) {
    const catalog = new KindCatalog();
    for (const kind of served) catalog.add(kind);
    // One by one: of several words at once kubectl takes the second and later ones for names.
    const select = (word: string): Selector[] => parseSelectors(catalog, [word]);
    this.#included = selection.kinds?.flatMap(select);
    this.#excluded = (selection.excludeKinds ?? []).flatMap(select);
    this.#heartbeats = selection.heartbeats ?? false;
  }

  /** Why a kind is not read: a reason, or an empty string where the person excluded it. Undefined when it is read. */
  omission(kind: KindDefinition): string | undefined {
    const picks = ({ kind: picked }: Selector): boolean =>
      picked.kind === kind.kind && picked.group === kind.group;
    if (this.#excluded.some((selector) => selector.name === undefined && picks(selector))) return '';
    if (this.#included) return this.#included.some(picks) ? undefined : '';
    const reason = leftOutByDefault(kind);
    return reason === HEARTBEATS && this.#heartbeats ? undefined : reason;
  }

  /** True when an object of a kind that is read is meant. */
  selects(identity: ResourceIdentity): boolean {
    if (this.#excluded.some((selector) => isSelected(selector, identity))) return false;
    return this.#included?.some((selector) => isSelected(selector, identity)) ?? true;
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
