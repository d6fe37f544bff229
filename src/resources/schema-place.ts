/**
 * What the schema of a kind says about one place in its objects: how a list there is merged, whether a value is a quantity, what a missing
 * field stands for. Built-in kinds come from {@link SCHEMA_TABLE} and {@link DEFAULT_TABLE}, custom ones from their
 * CustomResourceDefinition.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { DEFAULT_TABLE, DERIVED_DEFAULTS } from './default-table.ts';
import { parseJson } from './json-text.ts';
import type { JsonArray, JsonObject, JsonValue } from './json-value.ts';
import { orderRule } from './ordered-lists.ts';
import { SCHEMA_TABLE } from './schema-table.ts';

/** One key of a list-map; elements without it have the default. */
export interface ListMapKey {
  readonly name: string;
  readonly default?: JsonValue;
}

/** How the elements of a list are told apart: by position, by value, by keys. */
export type ListType = 'atomic' | 'set' | readonly ListMapKey[];

/** A place in an object. Undefined everywhere means plain JSON with atomic lists. */
export interface SchemaPlace {
  readonly list: ListType;
  readonly isQuantity: boolean;
  /** Of a list-map: whether the order of the elements counts all the same. Missing where it never does. */
  isOrdered?(list: JsonArray): boolean;
  /** What `object`, at this place, has in a field that is missing: its default, or null. Missing and undefined where that is not known. */
  defaultOf?(name: string, object: JsonObject): JsonValue | undefined;
  /** True where an empty list is written as none: the types of built-in kinds leave empty fields out. */
  readonly dropsEmptyLists?: true;
  /** The place of a field, or of a map's value. */
  field(name: string): SchemaPlace | undefined;
  /** The place of every element. */
  readonly item: SchemaPlace | undefined;
}

const QUANTITY: SchemaPlace = { list: 'atomic', isQuantity: true, field: () => undefined, item: undefined };
const FIELD = /^([^[\]*#>]+)(\*)?(?:\[([^\]]*)\])?(#)?(?:>(.+))?$/;
const DEFAULT = /^([^:]+):=(.+)$/;

/** The fields of every type, as the tables have them. */
const linesByType = new Map<string, string[]>();
for (const line of [SCHEMA_TABLE, DEFAULT_TABLE].flatMap((table) => table.trim().split('\n'))) {
  const [type = '', ...fields] = line.split(' ');
  linesByType.set(type, [...(linesByType.get(type) ?? []), ...fields]);
}
const places = new Map<string, SchemaPlace>();

/** The root of a built-in kind's schema; of its newest known version where `version` is unknown. Undefined for other kinds. */
export function builtInSchema(group: string, version: string, kind: string): SchemaPlace | undefined {
  const nameOf = (of: string): string => (group === '' ? `${of}/${kind}` : `${group}/${of}/${kind}`);
  const exact = nameOf(version);
  if (linesByType.has(exact)) return placeOfType(exact);
  const other = ['v2', 'v1', 'v1beta2', 'v1beta1'].map(nameOf).find((name) => linesByType.has(name));
  return other === undefined ? undefined : placeOfType(other);
}

function placeOfType(type: string): SchemaPlace {
  const known = places.get(type);
  if (known !== undefined) return known;
  const fields = new Map<string, string>();
  const defaults = new Map<string, JsonValue>();
  for (const text of linesByType.get(type) ?? []) {
    const [, defaulted, value] = DEFAULT.exec(text) ?? [];
    if (defaulted !== undefined && value !== undefined) defaults.set(defaulted, parseJson(value));
    else fields.set(FIELD.exec(text)?.[1] ?? text, text);
  }
  const made = new Map<string, SchemaPlace>();
  const place: SchemaPlace = {
    list: 'atomic',
    isQuantity: false,
    item: undefined,
    dropsEmptyLists: true,
    defaultOf: (name, object) => defaults.get(name) ?? DERIVED_DEFAULTS[`${type} ${name}`]?.(object) ?? null,
    field(name) {
      const text = fields.get(name);
      if (text === undefined) return undefined;
      const field = made.get(name) ?? placeOfField(text, orderRule(type, name));
      made.set(name, field);
      return field;
    },
  };
  places.set(type, place);
  return place;
}

function placeOfField(text: string, isOrdered: SchemaPlace['isOrdered']): SchemaPlace {
  const [, , map, list, quantity, type] = FIELD.exec(text) ?? [];
  const element = quantity !== undefined ? QUANTITY : type === undefined ? undefined : placeOfType(type);
  if (list !== undefined) {
    return {
      list: listTypeOf(list),
      isQuantity: false,
      field: () => undefined,
      item: element,
      ...(isOrdered && { isOrdered }),
    };
  }
  if (map !== undefined) return { list: 'atomic', isQuantity: false, field: () => element, item: undefined };
  return element ?? { list: 'atomic', isQuantity: false, field: () => undefined, item: undefined };
}

function listTypeOf(text: string): ListType {
  if (text === '') return 'atomic';
  if (text === '=') return 'set';
  return text.split(',').map((key) => {
    const [name = '', fallback] = key.split('=');
    return fallback === undefined ? { name } : { name, default: fallback };
  });
}
