/**
 * Changes as a JSON Patch, for an object that has more fields than were compared, and the application of one.
 *
 * Source: RFC 6902 §4, RFC 6901.
 */
import { UsageError } from '../errors.ts';
import type { Change } from './change.ts';
import {
  cloneJson,
  equalJson,
  valueAt,
  type JsonArray,
  type JsonPath,
  type JsonValue,
} from './json-value.ts';
import { movesTo } from './permutation.ts';

/** An operation of RFC 6902 §4; only those that {@link jsonPatch} makes. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'move'; readonly from: string; readonly path: string }
  | { readonly op: 'remove'; readonly path: string };

/** The JSON Pointer of a path (RFC 6901 §3). */
export function jsonPointer(path: JsonPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * The patch that does `changes` (of `semanticDiff`) to `original`.
 * @param compared what the changes start from: `original`, or a copy that has fewer fields and elements
 */
export function jsonPatch(
  changes: readonly Change[],
  compared: JsonValue,
  original: JsonValue,
): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const { op, path, before, after, order } of changes.toReversed()) {
    const { translated, target } = translate(path, compared, original);
    if (op === 'reorder') {
      const list = valueAt(compared, ...path);
      if (!Array.isArray(list) || !Array.isArray(target)) continue;
      operations.push(...moves(translated, order ?? [], places(list, target, path, changes)));
    } else if (op === 'remove') operations.push(...removals(translated, before, target));
    else if (op === 'add') operations.push(...additions(translated, after ?? null, path, target));
    else operations.push({ op, path: jsonPointer(translated), value: after ?? null });
  }
  return operations;
}

/**
 * The elements of a list of the original once all changes of elements are done: for each its index among those that the comparison sees,
 * undefined for the others.
 */
function places(
  compared: JsonArray,
  original: JsonArray,
  path: JsonPath,
  changes: readonly Change[],
): (number | undefined)[] {
  const seen = original.map((): boolean => false);
  const positions = compared.map((_, index) => originalIndex(index, compared, original));
  for (const position of positions) seen[position] = true;
  positions.push(original.length);
  const pointer = jsonPointer(path);
  for (const change of changes.toReversed()) {
    const index = change.path.at(-1);
    if (change.path.length !== path.length + 1 || typeof index !== 'number') continue;
    if (jsonPointer(change.path.slice(0, -1)) !== pointer) continue;
    if (change.op === 'add') seen.splice(positions[index] ?? original.length, 0, true);
    else if (change.op === 'remove') seen.splice(positions[index] ?? 0, 1);
  }
  let count = 0;
  return seen.map((isSeen) => (isSeen ? count++ : undefined));
}

function moves(
  path: JsonPath,
  order: readonly number[],
  sequence: readonly (number | undefined)[],
): PatchOperation[] {
  return movesTo(order, sequence).map(({ from, to }) => ({
    op: 'move',
    from: jsonPointer([...path, from]),
    path: jsonPointer([...path, to]),
  }));
}

/** `path` as it is in the original, and what stands there. */
function translate(
  path: JsonPath,
  compared: JsonValue,
  original: JsonValue,
): { readonly translated: JsonPath; readonly target: JsonValue | undefined } {
  const translated: (string | number)[] = [];
  let [left, right]: [JsonValue | undefined, JsonValue | undefined] = [compared, original];
  for (const step of path) {
    if (typeof step === 'number' && Array.isArray(left) && Array.isArray(right)) {
      const index = originalIndex(step, left, right);
      translated.push(index);
      [left, right] = [left[step], right[index]];
    } else {
      translated.push(step);
      left = left instanceof Map ? left.get(String(step)) : undefined;
      right = right instanceof Map ? right.get(String(step)) : undefined;
    }
  }
  return { translated, target: right };
}

/** Where the element at `index` of `compared` is in `original`, which has the same elements and others between. */
function originalIndex(index: number, compared: JsonArray, original: JsonArray): number {
  if (compared.length === original.length || index >= compared.length) {
    return index + original.length - compared.length;
  }
  return (
    (embedding(compared, original, equalJson) ?? embedding(compared, original, isPartOf))?.[index] ?? index
  );
}

/** Positions in `whole` of elements that match those of `part`, in order; undefined where it does not hold them all. */
function embedding(
  part: JsonArray,
  whole: JsonArray,
  matches: (part: JsonValue, whole: JsonValue) => boolean,
): readonly number[] | undefined {
  const positions: number[] = [];
  let position = 0;
  for (const item of part) {
    while (position < whole.length && !matches(item, whole[position] ?? null)) position++;
    if (position === whole.length) return undefined;
    positions.push(position++);
  }
  return positions;
}

function isPartOf(part: JsonValue, whole: JsonValue): boolean {
  if (part instanceof Map && whole instanceof Map) {
    return [...part].every(([key, value]) => whole.has(key) && isPartOf(value, whole.get(key) ?? null));
  }
  if (Array.isArray(part) && Array.isArray(whole)) return embedding(part, whole, isPartOf) !== undefined;
  return equalJson(part, whole);
}

/** What the comparison did not see stays: then only the fields go that it saw. */
function removals(
  path: JsonPath,
  seen: JsonValue | undefined,
  target: JsonValue | undefined,
): PatchOperation[] {
  if (typeof path.at(-1) === 'number' || !(seen instanceof Map && target instanceof Map)) {
    return [{ op: 'remove', path: jsonPointer(path) }];
  }
  if ([...target.keys()].every((key) => seen.has(key))) return [{ op: 'remove', path: jsonPointer(path) }];
  return [...seen].flatMap(([key, value]) => removals([...path, key], value, target.get(key)));
}

/** As {@link removals}: an object that the comparison took for missing is filled, not replaced. */
function additions(
  path: JsonPath,
  value: JsonValue,
  asked: JsonPath,
  target: JsonValue | undefined,
): PatchOperation[] {
  if (typeof asked.at(-1) === 'number' || !(value instanceof Map && target instanceof Map)) {
    return [{ op: 'add', path: jsonPointer(path), value }];
  }
  return [...value].flatMap(([key, field]) =>
    additions([...path, key], field, [...path, key], target.get(key)),
  );
}

/**
 * A copy of `value` with `operations` applied.
 * @throws UsageError where a path does not exist
 */
export function applyJsonPatch(value: JsonValue, operations: readonly PatchOperation[]): JsonValue {
  let result = cloneJson(value);
  for (const operation of operations) {
    if (operation.op !== 'move') {
      result = applied(result, operation);
      continue;
    }
    const moved = valueAtPointer(result, operation.from);
    if (moved === undefined) throw misfit(operation.from);
    result = applied(result, { op: 'remove', path: operation.from });
    result = applied(result, { op: 'add', path: operation.path, value: moved });
  }
  return result;
}

type SimpleOperation = Exclude<PatchOperation, { readonly op: 'move' }>;

function misfit(pointer: string): UsageError {
  return new UsageError(`the patch does not fit: there is no ${pointer}`);
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function stepInto(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (value instanceof Map) return value.get(step);
  return Array.isArray(value) ? value[Number(step)] : undefined;
}

function valueAtPointer(value: JsonValue, pointer: string): JsonValue | undefined {
  return stepsOf(pointer).reduce<JsonValue | undefined>(stepInto, value);
}

/** `value`, changed; another value where all of it is replaced. */
function applied(value: JsonValue, operation: SimpleOperation): JsonValue {
  const steps = stepsOf(operation.path);
  const last = steps.pop();
  if (last === undefined) return operation.op === 'remove' ? null : cloneJson(operation.value);
  const parent = steps.reduce<JsonValue | undefined>(stepInto, value);
  if (!applyAt(parent, last, operation)) throw misfit(operation.path);
  return value;
}

function applyAt(parent: JsonValue | undefined, last: string, operation: SimpleOperation): boolean {
  if (parent instanceof Map) {
    if (operation.op !== 'add' && !parent.has(last)) return false;
    if (operation.op === 'remove') parent.delete(last);
    else parent.set(last, cloneJson(operation.value));
    return true;
  }
  if (!Array.isArray(parent)) return false;
  const index = last === '-' && operation.op === 'add' ? parent.length : Number(last);
  const end = operation.op === 'add' ? parent.length : parent.length - 1;
  if (!/^(?:-|0|[1-9]\d*)$/.test(last) || !(index <= end)) return false;
  if (operation.op === 'remove') parent.splice(index, 1);
  else parent.splice(index, operation.op === 'replace' ? 1 : 0, cloneJson(operation.value));
  return true;
}
