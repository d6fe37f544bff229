/**
 * What changed from one object to another, as Kubernetes understands it: elements of list-maps belong together by their keys, sets have
 * no order, quantities are amounts, a missing field is its default, text may hold objects.
 */
import { canonicalText, isDefault } from './canonical-text.ts';
import type { Change, Position } from './change.ts';
import { embeddedValue } from './embedded-text.ts';
import { equalJson, type JsonObject, type JsonValue } from './json-value.ts';
import { listChanges } from './list-diff.ts';
import type { SchemaPlace } from './schema-place.ts';

export type { Change } from './change.ts';

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
    yield* listChanges([before, after], place, position, changes);
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
    // Most of it is: labels are made only for what may have changed.
    if (current !== undefined && equalJson(value, current)) continue;
    const inner = { path: [...position.path, key], label: labelOfField(position.label, key) };
    if (current !== undefined) yield* changes(value, current, place?.field(key), inner);
    else if (!isDefault(value, key, after, place)) yield { op: 'remove', ...inner, before: value };
  }
  for (const [key, value] of after) {
    if (before.has(key) || isDefault(value, key, after, place)) continue;
    const inner = { path: [...position.path, key], label: labelOfField(position.label, key) };
    yield { op: 'add', ...inner, after: value };
  }
}

function labelOfField(label: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${label}[${JSON.stringify(key)}]`;
  return label === '' ? key : `${label}.${key}`;
}
