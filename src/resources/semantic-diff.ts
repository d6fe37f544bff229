/**
 * What changed from one object to another, as Kubernetes understands it: elements of list-maps belong together by their keys, sets have
 * no order, quantities are amounts, text may hold objects.
 */
import { canonicalText, listMapKeys } from './canonical-text.ts';
import { embeddedValue } from './embedded-text.ts';
import { stringifyJson } from './json-text.ts';
import { valueAt, type JsonArray, type JsonObject, type JsonPath, type JsonValue } from './json-value.ts';
import type { ListMapKey, SchemaPlace } from './schema-place.ts';
import { sequenceEdit } from './sequence-edit.ts';

/** One change. Fields are the union of what `add`, `remove` and `replace` say. */
export interface Change {
  readonly op: 'add' | 'remove' | 'replace';
  /**
   * Where, in the object before. An element that is added stands before the index, or behind the last. Applied from the last change to
   * the first, every path is still right.
   */
  readonly path: JsonPath;
  /** The path for a person: `spec.containers[web].ports[80,TCP]`. */
  readonly label: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** Where both are text that holds an object: what changed in it. Empty where only its layout did. */
  readonly embedded?: readonly Change[];
}

interface Position {
  readonly path: JsonPath;
  readonly label: string;
}

/** The changes from `before` to `after`, in the order of the fields. Empty where both mean the same. */
export function semanticDiff(before: JsonValue, after: JsonValue, schema: SchemaPlace | undefined): Change[] {
  return [...changes(before, after, schema, { path: [], label: '' })];
}

function* changes(
  before: JsonValue,
  after: JsonValue,
  place: SchemaPlace | undefined,
  position: Position,
): Generator<Change> {
  if (before instanceof Map && after instanceof Map) {
    yield* objectChanges(before, after, place, position);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    yield* listChanges(before, after, place, position);
  } else if (canonicalText(before, place) !== canonicalText(after, place)) {
    const embedded = embeddedChanges(before, after);
    yield { op: 'replace', ...position, before, after, ...(embedded && { embedded }) };
  }
}

function embeddedChanges(before: JsonValue, after: JsonValue): readonly Change[] | undefined {
  if (typeof before !== 'string' || typeof after !== 'string') return undefined;
  const [old, current] = [embeddedValue(before), embeddedValue(after)];
  return old === undefined || current === undefined ? undefined : semanticDiff(old, current, undefined);
}

function* objectChanges(
  before: JsonObject,
  after: JsonObject,
  place: SchemaPlace | undefined,
  position: Position,
): Generator<Change> {
  for (const [key, value] of before) {
    const current = after.get(key);
    const inner = { path: [...position.path, key], label: labelOfField(position.label, key) };
    if (current === undefined) yield { op: 'remove', ...inner, before: value };
    else yield* changes(value, current, place?.field(key), inner);
  }
  for (const [key, value] of after) {
    if (before.has(key)) continue;
    const inner = { path: [...position.path, key], label: labelOfField(position.label, key) };
    yield { op: 'add', ...inner, after: value };
  }
}

function* listChanges(
  before: JsonArray,
  after: JsonArray,
  place: SchemaPlace | undefined,
  position: Position,
): Generator<Change> {
  const listType = place?.list ?? 'atomic';
  if (listType === 'set') {
    yield* setChanges(before, after, place, position);
    return;
  }
  if (listType !== 'atomic') {
    const [oldKeys, newKeys] = [listMapKeys(before, listType), listMapKeys(after, listType)];
    if (oldKeys !== undefined && newKeys !== undefined) {
      yield* listMapChanges([before, oldKeys], [after, newKeys], listType, place, position);
      return;
    }
  }
  yield* atomicChanges(before, after, place, position);
}

function* setChanges(
  before: JsonArray,
  after: JsonArray,
  place: SchemaPlace | undefined,
  { path, label }: Position,
): Generator<Change> {
  const missing = after.map((item) => ({ item, text: canonicalText(item, place?.item) }));
  for (const [index, item] of before.entries()) {
    const text = canonicalText(item, place?.item);
    const found = missing.findIndex((other) => other.text === text);
    if (found >= 0) missing.splice(found, 1);
    else yield { op: 'remove', path: [...path, index], label: `${label}[]`, before: item };
  }
  for (const { item } of missing) {
    yield { op: 'add', path: [...path, before.length], label: `${label}[]`, after: item };
  }
}

type Keyed = readonly [list: JsonArray, keys: readonly string[]];

function* listMapChanges(
  [before, oldKeys]: Keyed,
  [after, newKeys]: Keyed,
  keys: readonly ListMapKey[],
  place: SchemaPlace | undefined,
  { path, label }: Position,
): Generator<Change> {
  const added = new Map(newKeys.map((key, index) => [key, after[index] ?? null]));
  for (const [index, item] of before.entries()) {
    const key = oldKeys[index] ?? '';
    const current = added.get(key);
    added.delete(key);
    const inner = { path: [...path, index], label: labelOfElement(label, item, keys) };
    if (current === undefined) yield { op: 'remove', ...inner, before: item };
    else yield* changes(item, current, place?.item, inner);
  }
  for (const item of added.values()) {
    yield {
      op: 'add',
      path: [...path, before.length],
      label: labelOfElement(label, item, keys),
      after: item,
    };
  }
}

function* atomicChanges(
  before: JsonArray,
  after: JsonArray,
  place: SchemaPlace | undefined,
  { path, label }: Position,
): Generator<Change> {
  const textOf = (item: JsonValue): string => canonicalText(item, place?.item);
  for (const hunk of sequenceEdit(before.map(textOf), after.map(textOf))) {
    const exchanged = Math.min(hunk.end - hunk.start, hunk.newEnd - hunk.newStart);
    for (let offset = 0; offset < exchanged; offset++) {
      const index = hunk.start + offset;
      const inner = { path: [...path, index], label: `${label}[${index}]` };
      yield* changes(before[index] ?? null, after[hunk.newStart + offset] ?? null, place?.item, inner);
    }
    for (let index = hunk.start + exchanged; index < hunk.end; index++) {
      yield {
        op: 'remove',
        path: [...path, index],
        label: `${label}[${index}]`,
        before: before[index] ?? null,
      };
    }
    for (let index = hunk.newStart + exchanged; index < hunk.newEnd; index++) {
      const inner = { path: [...path, hunk.end], label: `${label}[${index}]` };
      yield { op: 'add', ...inner, after: after[index] ?? null };
    }
  }
}

function labelOfField(label: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${label}[${JSON.stringify(key)}]`;
  return label === '' ? key : `${label}.${key}`;
}

/** Keys that are plain words or numbers stand without quotes, defaults are left out. */
function labelOfElement(label: string, item: JsonValue, keys: readonly ListMapKey[]): string {
  const texts: string[] = [];
  for (const key of keys) {
    const value = valueAt(item, key.name);
    if (value === undefined || value === key.default) continue;
    texts.push(stringifyJson(value).replace(/^"([\w./-]+)"$/, '$1'));
  }
  return `${label}[${texts.join(',')}]`;
}
