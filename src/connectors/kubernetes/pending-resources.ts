/** Stands in for src/resources until it has these. */
import { cloneJson, deleteAt, type JsonObject } from '../../resources/json-value.ts';
export function cleanForRestore(object: JsonObject): JsonObject {
  const copy = cloneJson(object);
  for (const field of [
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'managedFields',
    'generation',
    'selfLink',
    'deletionTimestamp',
  ]) {
    deleteAt(copy, ['metadata', field]);
  }
  copy.delete('status');
  return copy;
}
export function leftOutReason(object: JsonObject): string | undefined {
  const metadata = object.get('metadata') as JsonObject;
  const owners = metadata.get('ownerReferences');
  return Array.isArray(owners) && owners.length > 0 ? 'made by its owner' : undefined;
}
export function restoreRank(_group: string, kind: string): number {
  return kind === 'CustomResourceDefinition'
    ? 0
    : kind === 'Namespace'
      ? 1
      : kind.endsWith('WebhookConfiguration') || kind === 'APIService'
        ? 9
        : 5;
}
