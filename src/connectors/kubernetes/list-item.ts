import { GENERATED_LABEL } from '../../resources/controller-made.ts';
import { parseJsonBytes } from '../../resources/json-text.ts';
import { isJsonObject, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import type { ApiResource } from '../cluster-client/index.ts';

/** An item of a list as an object: what the list leaves out is put first, as kubectl does. */
export function objectFromItem(item: Buffer, resource: ApiResource): JsonObject | undefined {
  const value = parseJsonBytes(item);
  if (!isJsonObject(value)) return undefined;
  if (value.has('apiVersion') && value.has('kind')) return value;
  return new Map([['apiVersion', apiVersionOf(resource)], ['kind', resource.kind], ...value]);
}

/** True for what {@link GENERATED_LABEL} marks, whatever its value. */
export function isGenerated(object: JsonObject): boolean {
  return stringAt(object, 'metadata', 'labels', GENERATED_LABEL) !== undefined;
}

/** Path of all objects of a kind, where an error of the whole kind is recorded. */
export function kindPath(
  { group, kind }: Pick<ApiResource, 'group' | 'kind'>,
  namespace: string | undefined,
): string {
  return `/${namespace ?? '_'}/${group === '' ? '_' : group}/${kind}`;
}
