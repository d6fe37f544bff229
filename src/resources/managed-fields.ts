/**
 * Who wrote a field: `metadata.managedFields` lists the fields that each manager wrote. What the API server fills in by itself (an
 * address, a port) belongs to nobody, so it can be told from what somebody chose.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management, `FieldsV1` in apimachinery.
 */
import type { Change } from './change.ts';
import { timeAt } from './conditions.ts';
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

/** That a field manager wrote an object. */
export interface ManagerWrite {
  /** Name that the client gave, such as `kubectl-edit`. */
  readonly manager: string;
  /** When it last did, of whole seconds; Unix milliseconds. */
  readonly atMs: number | undefined;
}

/**
 * The writes that led from one state of an object to the next, other than of the status; all of them where there is no
 * state before. Where each of `changes` is to a field that one of the writers owns, only those writers; who removes a field owns it no more.
 *
 * @param before with `managedFields`
 * @param compared the object that paths of `changes` are of: the state before
 */
export function writesBetween(
  before: JsonObject | undefined,
  after: JsonObject,
  changes: readonly Change[] = [],
  compared: JsonObject | undefined = before,
): readonly ManagerWrite[] {
  const entries = arrayAt(after, 'metadata', 'managedFields').filter(
    (entry) => stringAt(entry, 'subresource') !== 'status',
  );
  // Not their fields: an entry also changes when another manager takes a field over.
  const known = new Set(arrayAt(before, 'metadata', 'managedFields').map(writeKey));
  const fresh = entries.filter((entry) => !known.has(writeKey(entry)));
  const owners = new Set<JsonValue>();
  for (const { path } of changes) {
    const owns = (entry: JsonValue): boolean =>
      containsPath(objectAt(entry, 'fieldsV1'), compared ?? null, path);
    // Who writes twice in a second, once before the state before, has an entry that is known.
    const owning = fresh.some(owns) ? fresh.filter(owns) : entries.filter(owns);
    if (owning.length === 0) return fresh.map(managerWrite);
    for (const entry of owning) owners.add(entry);
  }
  return (changes.length > 0 ? [...owners] : fresh).map(managerWrite);
}

function writeKey(entry: JsonValue): string {
  return ['manager', 'operation', 'subresource', 'time']
    .map((field) => stringAt(entry, field) ?? '')
    .join('\0');
}

function managerWrite(entry: JsonValue): ManagerWrite {
  return { manager: stringAt(entry, 'manager') ?? '', atMs: timeAt(entry, 'time') };
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
