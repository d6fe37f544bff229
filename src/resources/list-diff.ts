/** What changed in a list: by the keys of its elements, by their values, or by their places. */
import { canonicalText, listMapKeys } from './canonical-text.ts';
import type { Change, Position } from './change.ts';
import { stringifyJson } from './json-text.ts';
import { equalJson, stringAt, valueAt, type JsonArray, type JsonValue } from './json-value.ts';
import { longestIncreasing } from './permutation.ts';
import type { ListMapKey, SchemaPlace } from './schema-place.ts';
import { sequenceEdit } from './sequence-edit.ts';

/** Longest list of which a new order is told; longer ones give way to each other piece by piece. */
const REORDERED_LENGTH_MAX = 2000;

/** The changes of two values at the same place. */
type Descend = (
  before: JsonValue,
  after: JsonValue,
  place: SchemaPlace | undefined,
  position: Position,
) => Iterable<Change>;

/** The changes of a list at `place`; `descend` compares elements. */
export function* listChanges(
  [before, after]: readonly [JsonArray, JsonArray],
  place: SchemaPlace | undefined,
  position: Position,
  descend: Descend,
): Generator<Change> {
  const listType = place?.list ?? 'atomic';
  if (listType === 'set') {
    yield* setChanges(before, after, place, position);
    return;
  }
  if (listType !== 'atomic') {
    const [oldKeys, newKeys] = [listMapKeys(before, listType), listMapKeys(after, listType)];
    const isOrdered = place?.isOrdered?.(before) === true || place?.isOrdered?.(after) === true;
    const isLong = Math.max(before.length, after.length) > REORDERED_LENGTH_MAX;
    if (oldKeys !== undefined && newKeys !== undefined && !(isOrdered && isLong)) {
      const diff = isOrdered ? orderedMapChanges : listMapChanges;
      yield* diff([before, oldKeys], [after, newKeys], { keys: listType, place, position, descend });
      return;
    }
  }
  yield* atomicChanges(before, after, { place, position, descend });
}

function* setChanges(
  before: JsonArray,
  after: JsonArray,
  place: SchemaPlace | undefined,
  { path, label }: Position,
): Generator<Change> {
  /** How many of each value are still to be found. */
  const missing = new Map<string, JsonArray>();
  for (const item of after) {
    const text = canonicalText(item, place?.item);
    const same = missing.get(text);
    if (same === undefined) missing.set(text, [item]);
    else same.push(item);
  }
  for (const [index, item] of before.entries()) {
    const found = missing.get(canonicalText(item, place?.item))?.pop();
    if (found === undefined) {
      yield { op: 'remove', path: [...path, index], label: `${label}[]`, before: item };
    }
  }
  for (const item of [...missing.values()].flat()) {
    yield { op: 'add', path: [...path, before.length], label: `${label}[]`, after: item };
  }
}

type Keyed = readonly [list: JsonArray, keys: readonly string[]];

interface ListContext {
  readonly place: SchemaPlace | undefined;
  readonly position: Position;
  readonly descend: Descend;
}

interface ListMapContext extends ListContext {
  readonly keys: readonly ListMapKey[];
}

function* listMapChanges(
  [before, oldKeys]: Keyed,
  [after, newKeys]: Keyed,
  { keys, place, position: { path, label }, descend }: ListMapContext,
): Generator<Change> {
  const added = new Map(newKeys.map((key, index) => [key, after[index] ?? null]));
  for (const [index, item] of before.entries()) {
    const key = oldKeys[index] ?? '';
    const current = added.get(key);
    added.delete(key);
    if (current !== undefined && equalJson(item, current)) continue;
    const inner = { path: [...path, index], label: labelOfElement(label, item, keys) };
    if (current === undefined) yield { op: 'remove', ...inner, before: item };
    else yield* descend(item, current, place?.item, inner);
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

/** As {@link listMapChanges}, with new elements at their places and, first, what became of the order. */
function* orderedMapChanges(
  [before, oldKeys]: Keyed,
  [after, newKeys]: Keyed,
  { keys, place, position, descend }: ListMapContext,
): Generator<Change> {
  const { path, label } = position;
  const newIndexes = new Map(newKeys.map((key, index) => [key, index]));
  const kept = oldKeys.map((key) => newIndexes.get(key));
  const both = kept.filter((index) => index !== undefined);
  const inOrder = longestIncreasing(both);
  const staying = new Set(both.filter((_, rank) => inOrder.has(rank)));
  const known = new Set(oldKeys);
  const waiting = [...newKeys.keys()].filter((index) => !known.has(newKeys[index] ?? ''));
  /** Indexes in the list after, in the order in which the other changes leave them. */
  const sequence: number[] = [];
  const inner: Change[] = [];
  const add = (index: number, newIndex: number): void => {
    const item = after[newIndex] ?? null;
    sequence.push(newIndex);
    inner.push({ op: 'add', path: [...path, index], label: labelOfElement(label, item, keys), after: item });
  };
  for (const [index, item] of before.entries()) {
    const newIndex = kept[index];
    const current = newIndex === undefined ? undefined : after[newIndex];
    const element = (): Position => ({ path: [...path, index], label: labelOfElement(label, item, keys) });
    if (newIndex === undefined || current === undefined) {
      inner.push({ op: 'remove', ...element(), before: item });
      continue;
    }
    while (staying.has(newIndex) && waiting[0] !== undefined && waiting[0] < newIndex) {
      add(index, waiting.shift() ?? 0);
    }
    sequence.push(newIndex);
    if (!equalJson(item, current)) inner.push(...descend(item, current, place?.item, element()));
  }
  for (const added of waiting) add(before.length, added);
  yield* orderChange(sequence, position, () => ({
    before: both.map((index) => elementName(after[index] ?? null, index, keys)),
    after: both
      .toSorted((left, right) => left - right)
      .map((index) => elementName(after[index] ?? null, index, keys)),
  }));
  yield* inner;
}

/** The change of order that is left, where there is one. */
function* orderChange(
  sequence: readonly number[],
  position: Position,
  names: () => Pick<Change, 'before' | 'after'>,
): Generator<Change> {
  if (sequence.every((item, index) => item === index)) return;
  const order: number[] = [];
  for (const [index, item] of sequence.entries()) order[item] = index;
  yield { op: 'reorder', ...position, ...names(), order };
}

function* atomicChanges(
  before: JsonArray,
  after: JsonArray,
  { place, position, descend }: ListContext,
): Generator<Change> {
  const { path, label } = position;
  const textOf = (item: JsonValue): string => canonicalText(item, place?.item);
  const [oldTexts, newTexts] = [before.map(textOf), after.map(textOf)];
  const sequence = permutation(oldTexts, newTexts);
  if (sequence !== undefined) {
    yield* orderChange(sequence, position, () => ({
      before: before.map((item, index) => elementName(item, index, [])),
      after: after.map((item, index) => elementName(item, sequence.indexOf(index), [])),
    }));
    return;
  }
  for (const hunk of sequenceEdit(oldTexts, newTexts)) {
    const exchanged = Math.min(hunk.end - hunk.start, hunk.newEnd - hunk.newStart);
    for (let offset = 0; offset < exchanged; offset++) {
      const index = hunk.start + offset;
      const inner = { path: [...path, index], label: `${label}[${index}]` };
      yield* descend(before[index] ?? null, after[hunk.newStart + offset] ?? null, place?.item, inner);
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

/** For every old element its index in the new list; undefined where the lists do not hold the same, or are long. */
function permutation(old: readonly string[], current: readonly string[]): readonly number[] | undefined {
  if (old.length !== current.length || old.length > REORDERED_LENGTH_MAX) return undefined;
  const places = new Map<string, number[]>();
  for (let index = current.length - 1; index >= 0; index--) {
    const text = current[index] ?? '';
    places.set(text, [...(places.get(text) ?? []), index]);
  }
  const sequence: number[] = [];
  for (const text of old) {
    const index = places.get(text)?.pop();
    if (index === undefined) return undefined;
    sequence.push(index);
  }
  return sequence;
}

/** How an element is called in an order: its keys, its value, its name, or else where it was. */
function elementName(item: JsonValue, index: number, keys: readonly ListMapKey[]): JsonValue {
  if (keys.length > 0) return labelOfElement('', item, keys).slice(1, -1);
  if (!(item instanceof Map) && !Array.isArray(item)) return item;
  return stringAt(item, 'name') ?? `[${index}]`;
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
