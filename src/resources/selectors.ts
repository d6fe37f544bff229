/** Which objects an object picks by their labels rather than by name: a table of places, as `reference-table.ts` is for names. */
import { isJsonObject, objectAt, stringAt, valueAt, type JsonPath, type JsonValue } from './json-value.ts';
import { labelSelectorFrom, labelSelectorFromMap, type LabelSelector } from './label-selector.ts';
import { splitApiVersion } from './object-path.ts';
import { matchPaths, parsePathPattern } from './path-pattern.ts';

/** What a selection by labels is for. */
export type SelectorRole =
  | 'endpoints'
  | 'managed Pods'
  | 'policy'
  | 'peer'
  | 'disruption budget'
  | 'volume'
  | 'aggregated role'
  | 'namespaces';

/** One place at which an object selects others. */
export interface ObjectSelector {
  /** Where the selector stands. */
  readonly path: JsonPath;
  readonly role: SelectorRole;
  readonly group: string;
  readonly kind: string;
  /** Of which namespaces: that one, none (cluster-scoped objects), or those whose labels are selected. */
  readonly namespace: string | LabelSelector | undefined;
  readonly selector: LabelSelector;
}

interface Place {
  readonly kinds: readonly string[];
  readonly path: string;
  readonly role: SelectorRole;
  /** What is selected; Pods of the object's namespace where not given. */
  readonly target?: { readonly group: string; readonly kind: string };
  /** A plain map of labels, which selects nothing where it is empty. */
  readonly isMap?: true;
  /** A `namespaceSelector` beside the selector says which namespaces. */
  readonly hasNamespaceSelector?: true;
  readonly source: string;
}

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api';
const NAMESPACE = { group: '', kind: 'Namespace' };
const WORKLOADS = ['ReplicaSet.apps', 'Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'Job.batch'];

const PLACES: readonly Place[] = [
  {
    kinds: ['Service'],
    path: 'spec.selector',
    role: 'endpoints',
    isMap: true,
    source: `${DOCS}/service-resources/service-v1/`,
  },
  {
    kinds: WORKLOADS,
    path: 'spec.selector',
    role: 'managed Pods',
    source: `${DOCS}/workload-resources/`,
  },
  {
    kinds: ['ReplicationController'],
    path: 'spec.selector',
    role: 'managed Pods',
    isMap: true,
    source: `${DOCS}/workload-resources/replication-controller-v1/`,
  },
  {
    kinds: ['NetworkPolicy.networking.k8s.io'],
    path: 'spec.podSelector',
    role: 'policy',
    source: `${DOCS}/policy-resources/network-policy-v1/`,
  },
  ...['spec.ingress[].from[]', 'spec.egress[].to[]'].map((peer): Place => ({
    kinds: ['NetworkPolicy.networking.k8s.io'],
    path: `${peer}.podSelector`,
    role: 'peer',
    hasNamespaceSelector: true,
    source: `${DOCS}/policy-resources/network-policy-v1/`,
  })),
  ...['spec.ingress[].from[]', 'spec.egress[].to[]'].map((peer): Place => ({
    kinds: ['NetworkPolicy.networking.k8s.io'],
    path: `${peer}.namespaceSelector`,
    role: 'namespaces',
    target: NAMESPACE,
    source: `${DOCS}/policy-resources/network-policy-v1/`,
  })),
  {
    kinds: ['PodDisruptionBudget.policy'],
    path: 'spec.selector',
    role: 'disruption budget',
    source: `${DOCS}/policy-resources/pod-disruption-budget-v1/`,
  },
  {
    kinds: ['PersistentVolumeClaim'],
    path: 'spec.selector',
    role: 'volume',
    target: { group: '', kind: 'PersistentVolume' },
    source: `${DOCS}/config-and-storage-resources/persistent-volume-claim-v1/`,
  },
  {
    kinds: ['ClusterRole.rbac.authorization.k8s.io'],
    path: 'aggregationRule.clusterRoleSelectors[]',
    role: 'aggregated role',
    target: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
    source: `${DOCS}/authorization-resources/cluster-role-v1/`,
  },
  {
    kinds: [
      'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
      'MutatingWebhookConfiguration.admissionregistration.k8s.io',
    ],
    path: 'webhooks[].namespaceSelector',
    role: 'namespaces',
    target: NAMESPACE,
    source: `${DOCS}/extend-resources/validating-webhook-configuration-v1/`,
  },
  {
    kinds: ['Gateway.gateway.networking.k8s.io'],
    path: 'spec.listeners[].allowedRoutes.namespaces.selector',
    role: 'namespaces',
    target: NAMESPACE,
    source: 'https://gateway-api.sigs.k8s.io/reference/spec/',
  },
];

const placesByKind = new Map<string, (Place & { readonly pattern: ReturnType<typeof parsePathPattern> })[]>();
for (const place of PLACES) {
  const compiled = { ...place, pattern: parsePathPattern(place.path) };
  for (const kind of place.kinds) placesByKind.set(kind, [...(placesByKind.get(kind) ?? []), compiled]);
}

/** Every selector of `object`, in the order of the table. */
export function selectorsOf(object: JsonValue): ObjectSelector[] {
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const own = stringAt(object, 'metadata', 'namespace');
  const found: ObjectSelector[] = [];
  for (const place of placesByKind.get(group === '' ? kind : `${kind}.${group}`) ?? []) {
    for (const path of matchPaths(object, place.pattern)) {
      const value = valueAt(object, ...path);
      if (!isJsonObject(value) || (place.isMap === true && value.size === 0)) continue;
      const namespaces =
        place.hasNamespaceSelector === true
          ? objectAt(object, ...path.slice(0, -1), 'namespaceSelector')
          : undefined;
      found.push({
        path,
        role: place.role,
        ...(place.target ?? { group: '', kind: 'Pod' }),
        namespace:
          place.target !== undefined
            ? undefined
            : namespaces === undefined
              ? own
              : labelSelectorFrom(namespaces),
        selector: place.isMap === true ? labelSelectorFromMap(value) : labelSelectorFrom(value),
      });
    }
  }
  return found;
}
