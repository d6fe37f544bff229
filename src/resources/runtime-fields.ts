/** Applies the table of runtime fields: objects as they can be created again, and objects as they can be compared. */
import { cloneJson, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { isWrittenByManager } from './managed-fields.ts';
import { splitApiVersion } from './object-path.ts';
import { RUNTIME_FIELDS, type CleaningChoice, type RuntimeField } from './runtime-field-table.ts';

/** A field that was left out: where it was, and why. */
export interface LeftOutField {
  /** From the object inwards, with the indexes of arrays. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
  readonly source: string;
}

const ROWS_OF_ANY = RUNTIME_FIELDS.filter(({ kind }) => kind === 'any');
const rowsByKind = new Map(
  RUNTIME_FIELDS.map(({ kind }) => [
    kind,
    RUNTIME_FIELDS.filter((row) => row.kind === 'any' || row.kind === kind),
  ]),
);

/** The rows of the table for a kind, those for `any` included. */
export function runtimeFieldsOf(group: string, kind: string): readonly RuntimeField[] {
  return rowsByKind.get(group === '' ? kind : `${kind}.${group}`) ?? ROWS_OF_ANY;
}

const NO_CHOICES: ReadonlySet<CleaningChoice> = new Set();

/**
 * A copy of `object` without what the target cluster sets itself, ready to be created.
 * @param leftOut collects what went
 * @param choices what else goes
 */
export function cleanForRestore(
  object: JsonObject,
  leftOut?: LeftOutField[],
  choices: ReadonlySet<CleaningChoice> = NO_CHOICES,
): JsonObject {
  return without(object, 'restore', leftOut, choices);
}

/**
 * A copy of `object` with what somebody wanted, without what clusters add: two of these can be compared.
 * @param keepStatus for custom kinds without the subresource `status` (`SchemaCatalog.hasOwnStatus`): there it is somebody's data
 */
export function comparable(object: JsonObject, keepStatus = false): JsonObject {
  const copy = without(object, 'comparison', undefined, NO_CHOICES);
  const status = object.get('status');
  if (keepStatus && status !== undefined) copy.set('status', cloneJson(status));
  return copy;
}

function without(
  object: JsonObject,
  purpose: 'restore' | 'comparison',
  leftOut: LeftOutField[] | undefined,
  choices: ReadonlySet<CleaningChoice>,
): JsonObject {
  const copy = cloneJson(object);
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  for (const row of runtimeFieldsOf(group, stringAt(object, 'kind') ?? '')) {
    if (row.leftOut !== purpose && row.leftOut !== 'restore and comparison') continue;
    if (row.choice !== undefined && !choices.has(row.choice)) continue;
    prune(copy, row, 0, [], { object, leftOut });
  }
  return copy;
}

interface Pruning {
  /** The object before anything was left out. */
  readonly object: JsonObject;
  readonly leftOut: LeftOutField[] | undefined;
}

function isLeftOut(
  value: JsonValue,
  row: RuntimeField,
  path: readonly (string | number)[],
  pruning: Pruning,
): boolean {
  const { object, leftOut } = pruning;
  if (row.where !== undefined && !row.where(value, object)) return false;
  if (
    row.unlessWritten &&
    (stringAt(object, 'metadata', 'uid') === undefined || isWrittenByManager(object, path))
  ) {
    return false;
  }
  leftOut?.push({ path, reason: row.reason, source: row.source });
  return true;
}

/** Deletes what the row names below `value`; true where `value` has become empty by that. */
function prune(
  value: JsonValue,
  row: RuntimeField,
  depth: number,
  path: readonly (string | number)[],
  pruning: Pruning,
): boolean {
  const step = row.path[depth];
  const last = depth === row.path.length - 1;
  const goes = (child: JsonValue, name: string | number): boolean =>
    last
      ? isLeftOut(child, row, [...path, name], pruning)
      : prune(child, row, depth + 1, [...path, name], pruning);
  if (step === '*') {
    if (!Array.isArray(value)) return false;
    const kept = value.filter((item, index) => !goes(item, index));
    if (kept.length === value.length) return false;
    value.splice(0, value.length, ...kept);
    return kept.length === 0;
  }
  if (!(value instanceof Map) || step === undefined) return false;
  const child = value.get(step);
  if (child === undefined || !goes(child, step)) return false;
  value.delete(step);
  return value.size === 0;
}
