/** Applies a mapping to objects: to what they are called, and to every place where they name others. */
import { BUILT_IN_KINDS } from './built-in-kinds.ts';
import type { DefinitionSchemas } from './definition-schemas.ts';
import { parseJson, stringifyJson } from './json-text.ts';
import {
  arrayAt,
  cloneJson,
  isJsonObject,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonPath,
} from './json-value.ts';
import { isPtarError } from '../errors.ts';
import { CustomFieldMapper, replaceEmbedded } from './map-custom-fields.ts';
import { FieldChanges } from './field-changes.ts';
import { mapPodParts } from './map-pod-parts.ts';
import { mapText, type TextContext } from './map-text.ts';
import { mapName, mapNameAnywhere, mapNamespace, type MappedSet } from './mapped-set.ts';
import { isIdentity, mapHost, mapImage, type Mapping } from './mapping.ts';
import { mappedPlaces, type PlaceContent } from './mapping-places.ts';
import { identityOf, type ResourceIdentity } from './object-path.ts';
import { matchPaths } from './path-pattern.ts';
import { builtInScope, redirectReference, referencesOf } from './references.ts';

/** What a mapping has to know besides the object. */
export interface MapContext {
  readonly mapping: Mapping;
  /** The objects that are restored together. */
  readonly set: MappedSet;
  /** Of custom kinds. */
  readonly definitions: DefinitionSchemas;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const QUOTA_SUFFIX = '.storageclass.storage.k8s.io/';
/** Their fields are somebody's own words; see `mapping-places.ts` for those of ConfigMaps. */
const DATA_KINDS = new Set(['ConfigMap', 'Secret']);

/** The identity that an object has after the mapping. */
export function mapIdentity(
  identity: ResourceIdentity,
  { mapping, set }: Omit<MapContext, 'definitions'>,
): ResourceIdentity {
  const { namespace } = identity;
  return {
    ...identity,
    namespace: namespace === undefined ? undefined : mapNamespace(mapping, namespace),
    name: mapName(mapping, set, identity),
  };
}

/** A copy of `object` after the mapping; the object itself where the mapping changes nothing, or where it is no object of Kubernetes. */
export function mapObject(object: JsonObject, context: MapContext): JsonObject {
  const identity = identityOf(object);
  if (identity === undefined || isIdentity(context.mapping)) return object;
  const copy = cloneJson(object);
  const text: TextContext = { ...context, namespace: identity.namespace };
  const changes = new FieldChanges();
  mapOwnName(copy, identity, context, changes);
  mapReferences(object, copy, context, changes);
  mapPlaces(object, copy, identity, text, changes);
  mapEmbedded(copy, identity, context, changes);
  for (const [key, field] of copy) {
    if (key !== 'metadata' && key !== 'status' && !DATA_KINDS.has(identity.kind)) {
      mapPodParts(field, text, changes);
    }
  }
  mapCustomFields(copy, identity, context, text, changes);
  mapRules(copy, identity, context);
  mapQuota(copy, identity, context);
  mapLastApplied(copy, context);
  return copy;
}

function mapOwnName(
  copy: JsonObject,
  identity: ResourceIdentity,
  context: MapContext,
  changes: FieldChanges,
): void {
  const { namespace, name } = mapIdentity(identity, context);
  const metadata = objectAt(copy, 'metadata');
  changes.text(metadata, 'name', () => name);
  if (namespace !== undefined) changes.text(metadata, 'namespace', () => namespace);
}

function mapReferences(
  object: JsonObject,
  copy: JsonObject,
  context: MapContext,
  changes: FieldChanges,
): void {
  const { mapping, set, definitions } = context;
  for (const reference of referencesOf(object, (group, kind) => definitions.scopeOf(group, kind))) {
    const { target, namespacePath, form } = reference;
    const name = mapName(mapping, set, { ...target, namespace: target.namespace });
    const isStated =
      form === 'account user' || (namespacePath !== undefined && isText(object, namespacePath));
    const namespace =
      isStated && target.namespace !== undefined ? mapNamespace(mapping, target.namespace) : undefined;
    for (const path of [reference.path, namespacePath]) {
      const key = path?.at(-1);
      if (path !== undefined && key !== undefined) changes.settle(valueAt(copy, ...path.slice(0, -1)), key);
    }
    redirectReference(copy, reference, {
      ...(name !== target.name && { name }),
      ...(namespace !== undefined && namespace !== target.namespace && { namespace }),
    });
  }
}

function mapPlaces(
  object: JsonObject,
  copy: JsonObject,
  identity: ResourceIdentity,
  text: TextContext,
  changes: FieldChanges,
): void {
  for (const { pattern, content } of mappedPlaces(identity.group, identity.kind)) {
    for (const path of matchPaths(object, pattern)) changeAt(copy, path, content, text, changes);
  }
}

function changeAt(
  copy: JsonObject,
  path: JsonPath,
  content: PlaceContent,
  context: TextContext,
  changes: FieldChanges,
): void {
  const holder = valueAt(copy, ...path.slice(0, -1));
  const last = path[path.length - 1] ?? '';
  if (content !== 'texts') {
    changes.text(holder, last, (text) => mapContent(content, text, context));
    return;
  }
  const texts = objectAt(copy, ...path);
  for (const key of texts?.keys() ?? []) {
    if (key !== LAST_APPLIED) changes.text(texts, key, (text) => mapContent('text', text, context));
  }
}

function mapContent(content: Exclude<PlaceContent, 'texts'>, value: string, context: TextContext): string {
  const { mapping } = context;
  if (content === 'host') return mapHost(mapping, value);
  if (content === 'namespace') return mapNamespace(mapping, value);
  if (content === 'image') return mapImage(mapping, value);
  if (content === 'text') return mapText(value, context);
  const [namespace = '', ...name] = value.split('/');
  return [mapNamespace(mapping, namespace), ...name].join('/');
}

/** Objects that custom resources hold whole are mapped as the objects that they are. */
function mapEmbedded(
  copy: JsonObject,
  identity: ResourceIdentity,
  context: MapContext,
  changes: FieldChanges,
): void {
  const schema = context.definitions.schemaOf(identity);
  if (schema === undefined) return;
  replaceEmbedded(copy, schema, (object) => {
    if (identityOf(object) === undefined) return undefined;
    const mapped = mapObject(object, context);
    changes.finish(mapped);
    return mapped;
  });
}

function mapCustomFields(
  copy: JsonObject,
  identity: ResourceIdentity,
  context: MapContext,
  text: TextContext,
  changes: FieldChanges,
): void {
  const { group, kind } = identity;
  if (isBuiltIn(group, kind)) return;
  const mapper = new CustomFieldMapper(text, changes, group);
  const schema = context.definitions.schemaOf(identity);
  for (const [key, field] of copy) {
    if (key === 'metadata' || key === 'status' || !(field instanceof Map)) continue;
    mapper.map(field, objectAt(schema, 'properties', key), key);
  }
}

/** True for kinds whose references the table of `reference-table.ts` knows. */
export function isBuiltIn(group: string, kind: string): boolean {
  return builtInScope(group, kind) !== undefined || group === 'gateway.networking.k8s.io';
}

/** `resourceNames` of Roles and ClusterRoles. Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function mapRules(
  copy: JsonObject,
  { group, kind, namespace }: ResourceIdentity,
  { mapping, set }: MapContext,
): void {
  if (group !== 'rbac.authorization.k8s.io' || !(kind === 'Role' || kind === 'ClusterRole')) return;
  for (const rule of arrayAt(copy, 'rules')) {
    const names = arrayAt(rule, 'resourceNames');
    if (!(rule instanceof Map) || names.length === 0) continue;
    const kinds = BUILT_IN_KINDS.filter(
      (known) =>
        arrayAt(rule, 'apiGroups').includes(known.group) &&
        arrayAt(rule, 'resources').some(
          (resource) => typeof resource === 'string' && resource.split('/')[0] === known.plural,
        ),
    );
    const mapOne = (name: string): string => {
      for (const known of kinds) {
        const object = { group: known.group, kind: known.kind, name };
        const isAnywhere = known.namespaced && namespace === undefined;
        const other = isAnywhere
          ? mapNameAnywhere(mapping, set, object)
          : mapName(mapping, set, { ...object, namespace: known.namespaced ? namespace : undefined });
        if (other !== name) return other;
      }
      return name;
    };
    rule.set(
      'resourceNames',
      names.map((name) => (typeof name === 'string' ? mapOne(name) : name)),
    );
  }
}

/** Keys of ResourceQuotas that hold a storage class: `fast.storageclass.storage.k8s.io/requests.storage`. */
function mapQuota(copy: JsonObject, { group, kind }: ResourceIdentity, { mapping }: MapContext): void {
  const spec = objectAt(copy, 'spec');
  const hard = objectAt(spec, 'hard');
  if (group !== '' || kind !== 'ResourceQuota' || spec === undefined || hard === undefined) return;
  const renamed = [...hard].map(([key, value]) => {
    const end = key.indexOf(QUOTA_SUFFIX);
    const name = end < 0 ? undefined : mapping.storageClasses.get(key.slice(0, end));
    return [name === undefined ? key : name + key.slice(end), value] as const;
  });
  spec.set('hard', new Map(renamed));
}

/** What kubectl apply compares with next time is the object itself. */
function mapLastApplied(copy: JsonObject, context: MapContext): void {
  const annotations = objectAt(copy, 'metadata', 'annotations');
  const text = stringAt(annotations, LAST_APPLIED);
  if (annotations === undefined || text === undefined) return;
  try {
    const applied = parseJson(text);
    const mapped = isJsonObject(applied) ? mapObject(applied, context) : applied;
    const changed = stringifyJson(mapped);
    if (changed !== stringifyJson(applied)) {
      annotations.set(LAST_APPLIED, text.endsWith('\n') ? `${changed}\n` : changed);
    }
  } catch (error) {
    // Cut or written by something else: then it is no copy of this object.
    if (!isPtarError(error)) throw error;
  }
}

function isText(object: JsonObject, path: JsonPath): boolean {
  return (stringAt(object, ...path) ?? '') !== '';
}
