/** What a timeline is made of. */
import { stringAt, type JsonValue } from '../resources/json-value.ts';
import { splitApiVersion, type ResourceIdentity } from '../resources/object-path.ts';
import type { Change } from '../resources/semantic-diff.ts';
import type { ObjectEvent } from './describe-object.ts';

/** Which object an entry is about. */
export type EntryObject = Pick<ResourceIdentity, 'group' | 'kind' | 'namespace' | 'name'>;

/** What is known about the time of an entry. */
export interface EntryTime {
  /** When it happened; where only that is known, by when it had happened. Unix milliseconds. */
  readonly atMs: number;
  /**
   * - `exact`: the cluster wrote the time down.
   * - `last write`: that of the last write of those who wrote; they may have written before.
   * - `between`: after `afterMs`, no later than `atMs`; both are captures.
   */
  readonly precision: 'exact' | 'last write' | 'between';
  readonly afterMs?: number;
}

/** One thing that happened. */
export type TimelineEntry = EntryTime & { readonly object: EntryObject; readonly isWarning: boolean } & (
    | { readonly type: 'event'; readonly event: ObjectEvent }
    | { readonly type: 'added' | 'removed' }
    | { readonly type: 'changed'; readonly changes: readonly Change[]; readonly managers: readonly string[] }
    | { readonly type: 'rollout'; readonly revision: Revision; readonly images: readonly ImageChange[] }
    | { readonly type: 'restart'; readonly restart: ContainerRestart }
    | { readonly type: 'condition'; readonly condition: ConditionChange }
  );

/** A revision of a workload's template, as its ReplicaSet or ControllerRevision keeps it. */
export interface Revision {
  /** Name of the ReplicaSet or ControllerRevision. */
  readonly name: string;
  readonly number: number;
  /** An older revision became the current one again. */
  readonly isRollback: boolean;
}

/** An image of a container that is another one than before. */
export interface ImageChange {
  readonly container: string;
  /** Undefined where the container is new. */
  readonly before: string | undefined;
  /** Undefined where the container is gone. */
  readonly after: string | undefined;
}

/** Restarts of a container between two captures. */
export interface ContainerRestart {
  readonly container: string;
  /** Between the captures; only the time of the last is known. */
  readonly count: number;
  /** Since the Pod began. */
  readonly total: number;
  /** Why the container had ended the last time: `OOMKilled`, `Error`. */
  readonly reason: string;
  readonly exitCode: number | undefined;
}

/** A condition that is another one than before. */
export interface ConditionChange {
  readonly type: string;
  /** Undefined where there was none. */
  readonly before: string | undefined;
  readonly after: string;
  readonly reason: string;
  readonly message: string;
}

/** Two captures that follow each other; Unix milliseconds. */
export interface Interval {
  readonly beginMs: number;
  readonly endMs: number;
}

/** The time of what the cluster dates to `ms`, if that is inside of the interval; else of what happened somewhere in it. */
export function timeWithin({ beginMs, endMs }: Interval, ms: number | undefined): EntryTime {
  if (ms !== undefined && isWithin({ beginMs, endMs }, ms)) return { atMs: ms, precision: 'exact' };
  return { atMs: endMs, precision: 'between', afterMs: beginMs };
}

/** Whether `ms` lies in the interval. The cluster keeps full seconds, and its clock may be a little ahead. */
export function isWithin({ beginMs, endMs }: Interval, ms: number): boolean {
  return ms >= Math.floor(beginMs / 1000) * 1000 && ms <= endMs + CLOCK_SKEW_MS;
}

const CLOCK_SKEW_MS = 2000;

/** The object that an Event is about, or that owns another: what `reference` names. */
export function objectNamedBy(
  reference: JsonValue | undefined,
  namespace: string | undefined,
): EntryObject | undefined {
  const [kind, name] = [stringAt(reference, 'kind'), stringAt(reference, 'name')];
  if (kind === undefined || name === undefined) return undefined;
  const { group } = splitApiVersion(stringAt(reference, 'apiVersion') ?? '');
  return { group, kind, namespace, name };
}
