/** Columns of lists of objects as `kubectl get` shows them, and what most kinds' cells are made of. */
import { conditionOf, timeAt } from '../../resources/conditions.ts';
import {
  arrayAt,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonPath,
  type JsonValue,
} from '../../resources/json-value.ts';
import { formatAge } from '../quantities.ts';

/** What a cell depends on besides its object. */
export interface CellContext {
  /** Ages count to this moment: that of the capture. Unix milliseconds. */
  readonly nowMs: number;
  /** Shown among the wide columns, where nothing is cut. */
  readonly wide: boolean;
}

/** One column. */
export interface ObjectColumn {
  /** In upper case, as kubectl has it. */
  readonly header: string;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  readonly cell: (object: JsonObject, context: CellContext) => string;
}

export const NONE = '<none>';
export const UNSET = '<unset>';
const UNKNOWN = '<unknown>';
/** Items that a cell names before it counts the rest. */
export const ITEMS_SHOWN_MAX = 3;

/** The value at `path` as Go prints a scalar; `missing` where there is none. */
export function textAt(value: JsonValue | undefined, path: JsonPath, missing = ''): string {
  const found = valueAt(value, ...path);
  if (typeof found === 'string') return found === '' ? missing : found;
  if (found instanceof JsonNumber) return found.text;
  return typeof found === 'boolean' ? String(found) : missing;
}

/** The whole number at `path`; 0 where there is none. */
export function countAt(value: JsonValue | undefined, ...path: JsonPath): number {
  const found = valueAt(value, ...path);
  return found instanceof JsonNumber ? found.toNumber() : 0;
}

/** The strings of the array at `path`. */
export function stringsAt(value: JsonValue | undefined, ...path: JsonPath): string[] {
  return arrayAt(value, ...path).filter((item) => typeof item === 'string');
}

/** The span from the time at `path` to the moment of the list. */
export function sinceAt(
  object: JsonValue | undefined,
  { nowMs }: CellContext,
  ...path: JsonPath
): string | undefined {
  const ms = timeAt(object, ...path);
  return ms === undefined ? undefined : formatAge(nowMs - ms);
}

/** A column that shows the scalar at `path`. */
export function column(header: string, path: string, missing = ''): ObjectColumn {
  const steps = path.split('.');
  return { header, cell: (object) => textAt(object, steps, missing) };
}

/** As {@link column}, with `-o wide` only. */
export function wideColumn(header: string, path: string, missing = ''): ObjectColumn {
  return { ...column(header, path, missing), wide: true };
}

/** The name. */
export const NAME: ObjectColumn = column('NAME', 'metadata.name');
/** The age at the moment of the list. */
export const AGE: ObjectColumn = {
  header: 'AGE',
  cell: (object, context) => sinceAt(object, context, 'metadata', 'creationTimestamp') ?? UNKNOWN,
};
/** When the object was made, for kinds of which kubectl shows no age. */
export const CREATED_AT: ObjectColumn = column('CREATED AT', 'metadata.creationTimestamp');

/** `app=web,env in (a,b)` as kubectl writes a LabelSelector: by key; `<none>` where it selects everything. */
export function selectorText(selector: JsonValue | undefined): string {
  const labels = [...(objectAt(selector, 'matchLabels') ?? [])].map(([key, value]): [string, string] => [
    key,
    `${key}=${typeof value === 'string' ? value : ''}`,
  ]);
  const expressions = arrayAt(selector, 'matchExpressions').map((expression): [string, string] => {
    const key = stringAt(expression, 'key') ?? '';
    const values = stringsAt(expression, 'values').sort(compare).join(',');
    const operator = stringAt(expression, 'operator');
    if (operator === 'In') return [key, `${key} in (${values})`];
    if (operator === 'NotIn') return [key, `${key} notin (${values})`];
    return [key, operator === 'DoesNotExist' ? `!${key}` : key];
  });
  const parts = [...labels, ...expressions].sort(([left], [right]) => compare(left, right));
  return parts.length === 0 ? NONE : parts.map(([, text]) => text).join(',');
}

/** `a=b,c=d` by key, of a plain map; `<none>` where it is empty. */
export function labelsText(labels: JsonObject | undefined): string {
  const pairs = [...(labels ?? [])].map(([key, value]) => `${key}=${typeof value === 'string' ? value : ''}`);
  return pairs.length === 0 ? NONE : pairs.sort(compare).join(',');
}

/** By code units, as Go compares strings of ASCII. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The first `max` items, then how many more there are. */
export function firstItems(items: readonly string[], empty: string, max = ITEMS_SHOWN_MAX): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

/** Whether the condition of that type is `True`. */
export function isTrue(object: JsonValue, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

/** True where the object is being deleted. */
export function isDeleting(object: JsonValue): boolean {
  return stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

/** CONTAINERS and IMAGES of the PodSpec at `path`, shown with `-o wide`. */
export function containerColumns(...path: JsonPath): readonly ObjectColumn[] {
  const list = (object: JsonObject, field: string): string =>
    arrayAt(object, ...path, 'containers')
      .map((container) => stringAt(container, field) ?? '')
      .join(',');
  return [
    { header: 'CONTAINERS', wide: true, cell: (object) => list(object, 'name') },
    { header: 'IMAGES', wide: true, cell: (object) => list(object, 'image') },
  ];
}

/** SELECTOR of the LabelSelector at `path`, shown with `-o wide`. */
export function selectorColumn(...path: JsonPath): ObjectColumn {
  return { header: 'SELECTOR', wide: true, cell: (object) => selectorText(valueAt(object, ...path)) };
}
