/**
 * The columns of every kind, as `kubectl get` shows them; a server says them for each list, so that an archive has to know them itself.
 * Source: what kube-apiserver 1.36 answers where a Table is asked for (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables)
 */
import type { JsonObject } from '../../resources/json-value.ts';
import type { ResourceIdentity } from '../../resources/object-path.ts';
import { AGE, NAME, type ObjectColumn } from './column.ts';
import { CONTROL_COLUMNS } from './control.ts';
import { customColumns } from './custom.ts';
import { NETWORK_COLUMNS } from './network.ts';
import { POD_COLUMNS } from './pod.ts';
import { STORAGE_COLUMNS } from './storage.ts';
import { WORKLOAD_COLUMNS } from './workloads.ts';

export type { CellContext, ObjectColumn } from './column.ts';
export { podState, type PodState } from './pod.ts';

const COLUMNS: Readonly<Record<string, readonly ObjectColumn[]>> = {
  Pod: POD_COLUMNS,
  ...WORKLOAD_COLUMNS,
  ...NETWORK_COLUMNS,
  ...STORAGE_COLUMNS,
  ...CONTROL_COLUMNS,
};

/**
 * The columns of a kind.
 * @param definition the kind's CustomResourceDefinition, where it has one
 */
export function columnsOf(
  { group, kind, version }: Pick<ResourceIdentity, 'group' | 'kind' | 'version'>,
  definition?: JsonObject,
): readonly ObjectColumn[] {
  const known = COLUMNS[group === '' ? kind : `${kind}.${group}`];
  if (known !== undefined) return known;
  return (definition && customColumns(definition, version)) ?? [NAME, AGE];
}
