/**
 * The schemas of custom kinds, from CustomResourceDefinitions.
 *
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { arrayAt, objectAt, stringAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';
import type { ResourceIdentity } from './object-path.ts';
import { orderRule } from './ordered-lists.ts';
import { builtInSchema, type ListType, type SchemaPlace } from './schema-place.ts';

/** Beginning of the pattern that controller-gen gives to quantities, the only mark that they have in a definition. */
const QUANTITY_PATTERN = '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|';

/** The schemas of built-in kinds, and of the custom kinds whose definitions were added. */
export class SchemaCatalog {
  readonly #schemas = new Map<string, SchemaPlace>();
  /** Versions of custom kinds without the subresource `status`. */
  readonly #withOwnStatus = new Set<string>();

  /** Adds what a CustomResourceDefinition defines; other objects are passed over. What was added first stays. */
  addDefinition(object: JsonValue): void {
    if (stringAt(object, 'kind') !== 'CustomResourceDefinition') return;
    const group = stringAt(object, 'spec', 'group') ?? '';
    const kind = stringAt(object, 'spec', 'names', 'kind') ?? '';
    for (const version of arrayAt(object, 'spec', 'versions')) {
      const key = `${group}/${stringAt(version, 'name') ?? ''}/${kind}`;
      if (objectAt(version, 'subresources', 'status') === undefined) this.#withOwnStatus.add(key);
      const schema = objectAt(version, 'schema', 'openAPIV3Schema');
      if (schema === undefined || this.#schemas.has(key)) continue;
      this.#schemas.set(key, placeOf(schema, true));
    }
  }

  /**
   * True where the definition of a kind's version was added and has no subresource `status`: then the field is like any other, and what is
   * in it somebody's data.
   */
  hasOwnStatus({ group, version, kind }: Pick<ResourceIdentity, 'group' | 'version' | 'kind'>): boolean {
    return this.#withOwnStatus.has(`${group}/${version}/${kind}`);
  }

  /** The schema of a kind's version; undefined where nothing is known. */
  schemaOf({
    group,
    version,
    kind,
  }: Pick<ResourceIdentity, 'group' | 'version' | 'kind'>): SchemaPlace | undefined {
    return this.#schemas.get(`${group}/${version}/${kind}`) ?? builtInSchema(group, version, kind);
  }
}

function placeOf(schema: JsonObject, isRoot = false, name = ''): SchemaPlace {
  const properties = objectAt(schema, 'properties');
  const additional = objectAt(schema, 'additionalProperties');
  const items = objectAt(schema, 'items');
  const isObject = isRoot || schema.get('x-kubernetes-embedded-resource') === true;
  const made = new Map<string, SchemaPlace>();
  const isOrdered = orderRule('custom', name);
  return {
    ...(isOrdered && { isOrdered }),
    defaultOf(field) {
      const fieldSchema = objectAt(properties, field);
      if (fieldSchema === undefined || fieldSchema.get('nullable') === true) return undefined;
      return fieldSchema.get('default') ?? null;
    },
    list: listTypeOf(schema, items),
    isQuantity:
      schema.get('x-kubernetes-int-or-string') === true &&
      (stringAt(schema, 'pattern') ?? '').startsWith(QUANTITY_PATTERN),
    get item() {
      return items === undefined ? undefined : placeOf(items);
    },
    field(step) {
      // Definitions may not describe metadata; it is that of every object.
      if (isObject && step === 'metadata') return builtInSchema('', 'v1', 'ConfigMap')?.field(step);
      const field = objectAt(properties, step) ?? additional;
      if (field === undefined) return undefined;
      const place = made.get(step) ?? placeOf(field, false, step);
      made.set(step, place);
      return place;
    },
  };
}

function listTypeOf(schema: JsonObject, items: JsonObject | undefined): ListType {
  const listType = schema.get('x-kubernetes-list-type');
  if (listType === 'set') return 'set';
  if (listType !== 'map') return 'atomic';
  const keys = arrayAt(schema, 'x-kubernetes-list-map-keys').filter((key) => typeof key === 'string');
  if (keys.length === 0) return 'atomic';
  return keys.map((name) => {
    const fallback = valueAt(items, 'properties', name, 'default');
    return fallback === undefined ? { name } : { name, default: fallback };
  });
}
