/** Conditions: what a controller says about an object in `status.conditions`. */
import { arrayAt, stringAt, type JsonValue } from './json-value.ts';

/**
 * One condition; a field that is missing is empty.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/condition/
 */
export interface Condition {
  readonly type: string;
  /** `True`, `False`, `Unknown`. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** Unix milliseconds. */
  readonly changedMs: number | undefined;
}

/** The conditions of `object` in the order of its status. */
export function conditionsOf(object: JsonValue): readonly Condition[] {
  return arrayAt(object, 'status', 'conditions').map((item) => ({
    type: stringAt(item, 'type') ?? '',
    status: stringAt(item, 'status') ?? '',
    reason: stringAt(item, 'reason') ?? '',
    message: stringAt(item, 'message') ?? '',
    changedMs: timeAt(item, 'lastTransitionTime'),
  }));
}

/** The condition of that type. */
export function conditionOf(object: JsonValue, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** The RFC 3339 time at `path` in Unix milliseconds; undefined where there is none. */
export function timeAt(
  value: JsonValue | undefined,
  ...path: readonly (string | number)[]
): number | undefined {
  const ms = Date.parse(stringAt(value, ...path) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
