/**
 * Who wrote a field: `metadata.managedFields` lists the fields that each manager wrote. What the API server fills in by itself (an
 * address, a port) belongs to nobody, so it can be told from what somebody chose.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management, `FieldsV1` in apimachinery.
 */
import {
  arrayAt,
  equalJson,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonPath,
  type JsonValue,
} from './json-value.ts';
import { parseJson } from './json-text.ts';

/** True where any manager wrote the field at `path` (indexes for elements of arrays), other than in a subresource. */
export function isWrittenByManager(object: JsonObject, path: JsonPath): boolean {
  return arrayAt(object, 'metadata', 'managedFields').some(
    (entry) => !stringAt(entry, 'subresource') && containsPath(objectAt(entry, 'fieldsV1'), object, path),
  );
}

function containsPath(fields: JsonObject | undefined, value: JsonValue, path: JsonPath): boolean {
  const [step, ...rest] = path;
  if (fields === undefined) return false;
  if (step === undefined) return true;
  if (typeof step === 'string') {
    const field = fields.get(`f:${step}`);
    // `f:a: {}` at a leaf owns everything below it: atomic maps and lists are written as a whole.
    if (field instanceof Map && field.size === 0) return true;
    return containsPath(objectAt(field), valueAt(value, step) ?? null, rest);
  }
  const element = valueAt(value, step) ?? null;
  for (const [key, inner] of fields) {
    if (matchesElement(key, element) && inner instanceof Map && containsPath(inner, element, rest)) {
      return true;
    }
  }
  return false;
}

/** `k:{"port":80}` names an element by its keys, `v:"x"` by its value. */
function matchesElement(key: string, element: JsonValue): boolean {
  if (!key.startsWith('k:') && !key.startsWith('v:')) return false;
  let expected: JsonValue;
  try {
    expected = parseJson(key.slice(2));
  } catch {
    return false;
  }
  if (key.startsWith('v:')) return equalJson(expected, element);
  if (!(expected instanceof Map) || !(element instanceof Map)) return false;
  for (const [name, value] of expected) {
    const actual = element.get(name);
    if (actual === undefined || !equalJson(actual, value)) return false;
  }
  return true;
}
