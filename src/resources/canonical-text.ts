/** One text for all values that mean the same at a place of a schema. */
import { stringifyJson } from './json-text.ts';
import {
  canonicalNumber,
  JsonNumber,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from './json-value.ts';
import { nanosOf } from './quantity.ts';
import type { ListMapKey, SchemaPlace } from './schema-place.ts';

/**
 * Equal for values that mean the same: keys sorted, fields with their default left out, sets and list-maps sorted, numbers and quantities
 * by their worth.
 */
export function canonicalText(value: JsonValue, place: SchemaPlace | undefined): string {
  if (place?.isQuantity === true) {
    const nanos = nanosOf(value);
    if (nanos !== undefined) return `${nanos.toString()}n`;
  }
  if (Array.isArray(value)) return canonicalList(value, place);
  if (value instanceof Map) {
    const fields: string[] = [];
    for (const [key, field] of value) {
      if (isDefault(field, key, value, place)) continue;
      fields.push(`${JSON.stringify(key)}:${canonicalText(field, place?.field(key))}`);
    }
    return `{${fields.sort().join(',')}}`;
  }
  return value instanceof JsonNumber ? canonicalNumber(value.text) : stringifyJson(value);
}

/**
 * True where `value` is what `object` has in its field `key` if that is missing. Null stands for a missing field, and so
 * does an empty list where the API server writes none.
 */
export function isDefault(
  value: JsonValue,
  key: string,
  object: JsonObject,
  place: SchemaPlace | undefined,
): boolean {
  const missing = place?.defaultOf?.(key, object);
  if (missing === undefined) return false;
  if (value === null) return true;
  if (missing === null) return Array.isArray(value) && value.length === 0 && place?.dropsEmptyLists === true;
  if (typeof value !== typeof missing) return false;
  const field = place?.field(key);
  return canonicalText(value, field) === canonicalText(missing, field);
}

function canonicalList(list: JsonArray, place: SchemaPlace | undefined): string {
  const elements = list.map((item) => canonicalText(item, place?.item));
  const listType = place?.list ?? 'atomic';
  const isOrdered =
    listType === 'atomic' ||
    place?.isOrdered?.(list) === true ||
    (listType !== 'set' && listMapKeys(list, listType) === undefined);
  return `[${(isOrdered ? elements : elements.sort()).join(',')}]`;
}

/**
 * The key of every element of a list-map. Undefined where an element lacks a key that has no default, or two have the same: Kubernetes
 * stores such lists, and then only positions tell their elements apart.
 */
export function listMapKeys(list: JsonArray, keys: readonly ListMapKey[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const item of list) {
    if (!(item instanceof Map)) return undefined;
    const values = keys.map((key) => item.get(key.name) ?? key.default);
    if (values.includes(undefined)) return undefined;
    texts.push(values.map((value) => canonicalText(value ?? null, undefined)).join(','));
  }
  return new Set(texts).size === texts.length ? texts : undefined;
}
