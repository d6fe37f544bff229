/** Which other objects an object names, where, and how another name is put there. The places are those of `reference-table.ts`. */
import { BUILT_IN_KINDS } from './built-in-kinds.ts';
import { objectAt, stringAt, valueAt, type JsonObject, type JsonPath, type JsonValue } from './json-value.ts';
import { splitApiVersion } from './object-path.ts';
import { matchPaths, parsePathPattern, type PathPattern } from './path-pattern.ts';
import type { NameForm, PlaceOptions, ReferenceRole, TargetRule } from './reference-place.ts';
import { REFERENCE_SECTIONS } from './reference-table.ts';

/** What a reference points to. */
export interface ReferenceTarget {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Undefined where the target lies in none. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Where the reference says it; the target is another object where it has another one. */
  readonly uid?: string;
}

/** One place at which an object names another one. */
export interface ObjectReference {
  /** Where the name stands. */
  readonly path: JsonPath;
  /** Where the namespace stands, or may be written; undefined where the place has no field for it. */
  readonly namespacePath?: JsonPath;
  readonly role: ReferenceRole;
  readonly target: ReferenceTarget;
  /** Kubernetes goes on without the target. */
  readonly optional: boolean;
  /** The string at `path` is not the name alone. */
  readonly form?: NameForm;
  /** Where Kubernetes describes the place. */
  readonly source: string;
}

/** Whether objects of a kind lie in namespaces; undefined where it is not known. */
export type ScopeOf = (group: string, kind: string) => boolean | undefined;

interface Place {
  readonly pattern: PathPattern;
  readonly role: ReferenceRole;
  readonly target: TargetRule;
  readonly options: PlaceOptions;
  readonly source: string;
}

const FORM_PREFIX: Readonly<Record<NameForm, string>> = {
  'account user': 'system:serviceaccount:',
  'account group': 'system:serviceaccounts:',
};

const placesByKind = new Map<string, Place[]>();
for (const { kinds, base, source, rows } of REFERENCE_SECTIONS) {
  for (const [path, role, target, options = {}] of rows) {
    const pattern = parsePathPattern(base === undefined ? path : `${base}.${path}`);
    const place = { pattern, role, target, options, source };
    for (const kind of kinds) placesByKind.set(kind, [...(placesByKind.get(kind) ?? []), place]);
  }
}

const builtInScopes = new Map(
  BUILT_IN_KINDS.map(({ group, kind, namespaced }) => [`${group}/${kind}`, namespaced]),
);
/** Whether objects of a built-in kind lie in namespaces; undefined for other kinds. */
export const builtInScope: ScopeOf = (group, kind) => builtInScopes.get(`${group}/${kind}`);

/**
 * Every reference that `object` makes, in the order of the table. A target of unknown scope is taken to lie where the reference says, or
 * else beside the object.
 *
 * @param scopeOf for kinds that are not built in
 */
export function referencesOf(object: JsonValue, scopeOf: ScopeOf = builtInScope): ObjectReference[] {
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const places = [...(placesByKind.get('*') ?? []), ...(placesByKind.get(kindKey(group, kind)) ?? [])];
  return places.flatMap((place) =>
    [...matchPaths(object, place.pattern)].flatMap((path) => referenceAt(object, place, path, scopeOf) ?? []),
  );
}

function kindKey(group: string, kind: string): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function referenceAt(
  object: JsonValue,
  { role, target: rule, options, source }: Place,
  path: JsonPath,
  scopeOf: ScopeOf,
): ObjectReference | undefined {
  const holderPath = path.slice(0, -1);
  const holder = valueAt(object, ...holderPath);
  const { where, form, optional } = options;
  if (where !== undefined && stringAt(holder, where[0]) !== where[1]) return undefined;
  const text = stringAt(object, ...path);
  const name = text === undefined ? undefined : nameIn(text, form);
  const kind = targetKind(rule, holder);
  // `${pvc.name}` in a StorageClass stands for many names.
  if (!name?.name || name.name.includes('${') || kind === undefined) return undefined;
  const uid = form === undefined ? stringAt(holder, 'uid') : undefined;
  const isNamespaced = scopeOf(kind.group, kind.kind) ?? builtInScope(kind.group, kind.kind) ?? true;
  const { namespace: field } = options;
  const stated = name.namespace ?? (field === undefined ? undefined : stringAt(holder, field));
  const own = options.isWhole === true ? undefined : stringAt(object, 'metadata', 'namespace');
  return {
    path,
    ...(field !== undefined && isNamespaced && { namespacePath: [...holderPath, field] }),
    role,
    target: {
      ...kind,
      namespace: isNamespaced ? ((stated === '' ? undefined : stated) ?? own) : undefined,
      name: name.name,
      ...(uid !== undefined && { uid }),
    },
    optional: optional === true || (optional !== undefined && valueAt(holder, optional) === true),
    ...(form && { form }),
    source,
  };
}

function nameIn(text: string, form: NameForm | undefined): { name: string; namespace?: string } | undefined {
  if (form === undefined) return { name: text };
  if (!text.startsWith(FORM_PREFIX[form])) return undefined;
  const [first = '', second, ...rest] = text.slice(FORM_PREFIX[form].length).split(':');
  if (form === 'account group') return second === undefined ? { name: first } : undefined;
  return second === undefined || rest.length > 0 ? undefined : { namespace: first, name: second };
}

function targetKind(
  rule: TargetRule,
  holder: JsonValue | undefined,
): Pick<ReferenceTarget, 'group' | 'kind'> | undefined {
  if (typeof rule === 'string') return splitKind(rule);
  const said = stringAt(holder, rule.kind);
  const groupText = rule.group === undefined ? undefined : stringAt(holder, rule.group);
  if (said === undefined || said === '') {
    return rule.fallback === undefined ? undefined : splitKind(rule.fallback);
  }
  const isVersioned = rule.group === 'apiVersion';
  const group =
    groupText === undefined ? rule.groupFallback : isVersioned ? splitApiVersion(groupText).group : groupText;
  if (rule.isResource !== true) return { group: group ?? '', kind: said };
  const known = BUILT_IN_KINDS.find((kind) => kind.plural === said && kind.group === (group ?? ''));
  return known && { group: known.group, kind: known.kind };
}

function splitKind(text: string): Pick<ReferenceTarget, 'group' | 'kind'> {
  const [kind = '', ...group] = text.split('.');
  return { kind, group: group.join('.') };
}

/**
 * Writes another name, another namespace or both where `reference` stands in `object`, which is changed in place. A namespace is written
 * only where the place has a field for it; where that is missing and the object moves along, nothing has to be said.
 *
 * @param object holds `reference`; a clone, for instance
 */
export function redirectReference(
  object: JsonObject,
  reference: ObjectReference,
  to: { readonly name?: string; readonly namespace?: string },
): void {
  const { path, namespacePath, form, target } = reference;
  const name = to.name ?? target.name;
  const namespace = to.namespace ?? target.namespace;
  const isUser = form === 'account user';
  const text =
    form === undefined ? name : `${FORM_PREFIX[form]}${isUser ? `${namespace ?? ''}:` : ''}${name}`;
  if (to.name !== undefined || isUser) writeAt(object, path, text);
  if (to.namespace !== undefined && namespacePath !== undefined && !isUser) {
    writeAt(object, namespacePath, to.namespace);
  }
}

function writeAt(object: JsonObject, path: JsonPath, text: string): void {
  const last = path[path.length - 1];
  const holder = valueAt(object, ...path.slice(0, -1));
  if (Array.isArray(holder) && typeof last === 'number') holder[last] = text;
  else if (holder instanceof Map && typeof last === 'string') holder.set(last, text);
}

/** True where `target` is the object of this identity and uid, as far as the reference says. */
export function isTarget(
  target: ReferenceTarget,
  object: Omit<ReferenceTarget, 'uid'> & { readonly uid?: string | undefined },
): boolean {
  if (target.kind !== object.kind || target.group !== object.group || target.name !== object.name) {
    return false;
  }
  if (target.uid !== undefined && object.uid !== undefined && target.uid !== object.uid) return false;
  return target.namespace === object.namespace;
}

/** The object's labels. Values that are not strings are passed over. */
export function labelsOf(object: JsonValue): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of objectAt(object, 'metadata', 'labels') ?? []) {
    if (typeof value === 'string') labels.set(key, value);
  }
  return labels;
}
