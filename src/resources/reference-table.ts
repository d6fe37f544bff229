/**
 * Where Kubernetes' objects name others: the one table. Paths are those of `path-pattern.ts`; fields beside a name are looked for in the
 * object that holds it. Read by `references.ts`.
 *
 * Not in it: what is no object (users, schedulers), what selects by labels (`selectors.ts`), the namespace that an object lies in, and
 * kinds that are not Kubernetes' own.
 */
import { CONTROL_SECTIONS } from './reference-places-control.ts';
import { NETWORK_SECTIONS } from './reference-places-network.ts';
import { STORAGE_SECTIONS } from './reference-places-storage.ts';
import { WORKLOAD_SECTIONS } from './reference-places-workloads.ts';
import { BY_API_VERSION, type PlaceSection } from './reference-place.ts';

/** See the head of this file. */
export const REFERENCE_SECTIONS: readonly PlaceSection[] = [
  {
    kinds: ['*'],
    source: 'https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#ObjectMeta',
    rows: [['metadata.ownerReferences[].name', 'owner', BY_API_VERSION]],
  },
  ...WORKLOAD_SECTIONS,
  ...STORAGE_SECTIONS,
  ...NETWORK_SECTIONS,
  ...CONTROL_SECTIONS,
];
