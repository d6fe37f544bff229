import { leftOutReason } from '../../resources/controller-made.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import type { ApiResource } from '../cluster-client/index.ts';
import { restorableObject } from '../../resources/restorable-object.ts';

/** What restoring an object takes. */
export type RestoreDecision =
  | { readonly action: 'create'; readonly object: JsonObject; readonly resource: ApiResource }
  | {
      readonly action: 'apply';
      readonly object: JsonObject;
      readonly resource: ApiResource;
      readonly live: JsonObject;
    }
  /** What it needs is made by the same restore: only then can it be tried. */
  | { readonly action: 'defer'; readonly reason: string }
  /** Nothing is to be done, by design. */
  | { readonly action: 'skip'; readonly reason: string }
  /** It cannot be restored. */
  | { readonly action: 'refuse'; readonly reason: string };

/** What is known of the target about one object. */
export interface RestoreTarget {
  /** The resource that serves the object's kind in its version; undefined where none does. */
  readonly resource: ApiResource | undefined;
  /** Versions of the kind that are served. */
  readonly servedVersions: readonly string[];
  /** The object of the same identity as it is now. */
  readonly live: JsonObject | undefined;
  /** What the object needs and a dry run has not really made: its namespace, its kind. */
  readonly pending: string | undefined;
}

/** Decides about one captured object. Nothing is read or written here: the plan and its execution share this. */
export function decideRestore(captured: JsonObject, target: RestoreTarget): RestoreDecision {
  const leftOut = leftOutReason(captured);
  if (leftOut !== undefined) return { action: 'skip', reason: leftOut };
  const { resource, live, pending } = target;
  if (pending !== undefined) return { action: 'defer', reason: pending };
  if (!resource) return { action: 'refuse', reason: unservedReason(captured, target.servedVersions) };
  const object = restorableObject(captured, { hasStatus: resource.subresources.includes('status') });
  return live ? { action: 'apply', object, resource, live } : { action: 'create', object, resource };
}

function unservedReason(captured: JsonObject, servedVersions: readonly string[]): string {
  const apiVersion = stringAt(captured, 'apiVersion') ?? '';
  const kind = stringAt(captured, 'kind') ?? '';
  const served =
    servedVersions.length === 0
      ? 'restore its CustomResourceDefinition first'
      : `it serves ${servedVersions.join(', ')}`;
  return `the cluster does not serve ${kind} of ${apiVersion}: ${served}`;
}
