/** What the status of objects says about the time between two captures: restarts of containers, conditions that changed. */
import { conditionsOf, timeAt } from '../resources/conditions.ts';
import {
  arrayAt,
  JsonNumber,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../resources/json-value.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { isWithin, timeWithin, type Interval, type TimelineEntry } from './timeline-entry.ts';

const STATUS_LISTS = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'] as const;
/** Steps of a Pod to its Ready, which sums them up. */
const POD_STEPS = new Set(['PodScheduled', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers']);
/** Conditions that are good news where they are true. */
const GOOD = new Set([
  'Ready',
  'Available',
  'Progressing',
  'Complete',
  'Established',
  'Accepted',
  'Programmed',
]);

function number(value: JsonValue | undefined): number | undefined {
  return value instanceof JsonNumber ? value.toNumber() : undefined;
}

/** The restarts of a Pod's containers; `before` is undefined where the Pod is new. */
export function restartEntries(
  identity: ResourceIdentity,
  before: JsonObject | undefined,
  after: JsonObject,
  interval: Interval,
): readonly TimelineEntry[] {
  if (identity.kind !== 'Pod' || identity.group !== '') return [];
  return STATUS_LISTS.flatMap((list) =>
    arrayAt(after, 'status', list).flatMap((status): TimelineEntry[] => {
      const container = stringAt(status, 'name') ?? '';
      const known = arrayAt(before, 'status', list).find((item) => stringAt(item, 'name') === container);
      const total = number(valueAt(status, 'restartCount')) ?? 0;
      const count = total - (number(valueAt(known, 'restartCount')) ?? 0);
      if (count <= 0) return [];
      const ended = valueAt(status, 'lastState', 'terminated');
      const exitCode = number(valueAt(ended, 'exitCode'));
      const startedMs = timeAt(status, 'state', 'running', 'startedAt');
      return [
        {
          type: 'restart',
          ...timeWithin(interval, startedMs ?? timeAt(ended, 'finishedAt')),
          object: identity,
          isWarning: exitCode !== 0,
          restart: { container, count, total, reason: stringAt(ended, 'reason') ?? '', exitCode },
        },
      ];
    }),
  );
}

/** The conditions that are others than before. */
export function conditionEntries(
  identity: ResourceIdentity,
  before: JsonObject,
  after: JsonObject,
  interval: Interval,
): readonly TimelineEntry[] {
  const known = new Map(conditionsOf(before).map((condition) => [condition.type, condition]));
  return conditionsOf(after).flatMap(({ type, status, reason, message, changedMs }): TimelineEntry[] => {
    if (identity.kind === 'Pod' && POD_STEPS.has(type)) return [];
    const old = known.get(type);
    // The same as before, but since then: it was another one for a while.
    const cameBack =
      old !== undefined &&
      changedMs !== undefined &&
      changedMs !== old.changedMs &&
      isWithin(interval, changedMs);
    if (old?.status === status && !cameBack) return [];
    return [
      {
        type: 'condition',
        ...timeWithin(interval, changedMs),
        object: identity,
        isWarning: GOOD.has(type) && status !== 'True',
        condition: { type, before: old?.status, after: status, reason, message },
      },
    ];
  });
}
