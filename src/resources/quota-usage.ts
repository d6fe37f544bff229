/**
 * What objects count for in ResourceQuotas. A dry run does not count: it only says whether one object alone has room.
 *
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { arrayAt, objectAt, stringAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';
import { isBestEffort, podAmounts, saysAmount } from './pod-resources.ts';
import { nanosOf } from './quantity.ts';

/** Amounts in billionths by the name of the quota's resource: `pods`, `requests.cpu`, `count/deployments.apps`. */
type QuotaUsage = ReadonlyMap<string, bigint>;

/** What an object takes, and of a Pod what the scopes of quotas look at. */
export interface QuotaDemand {
  readonly usage: QuotaUsage;
  /** Undefined for all but Pods. */
  readonly pod?: PodTraits;
}

/** What scopes of quotas look at. */
export interface PodTraits {
  /** It has a deadline. */
  readonly isTerminating: boolean;
  readonly isBestEffort: boolean;
  /** Empty where it names none. */
  readonly priorityClass: string;
  /** It wants to be near to, or far from, Pods of other namespaces. */
  readonly hasCrossNamespaceAffinity: boolean;
  /** Compute resources, as quotas name them, that it does not say for every container: a quota of one of them refuses it. */
  readonly unsaid: ReadonlySet<string>;
}

const ONE = 1_000_000_000n;
/** Kinds that have a name of their own besides `count/…`. */
const COUNTED = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
]);
/** Resources whose requests quotas know by their plain name too. */
const CORE_COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** What creating `object` takes. @param plural of its kind, @param group of its kind */
export function quotaDemand(object: JsonObject, plural: string, group: string): QuotaDemand {
  const usage = new Map<string, bigint>([[`count/${plural}${group === '' ? '' : `.${group}`}`, ONE]]);
  if (group !== '') return { usage };
  if (COUNTED.has(plural)) usage.set(plural, ONE);
  if (plural === 'services') addService(usage, object);
  else if (plural === 'persistentvolumeclaims') addClaim(usage, object);
  if (plural !== 'pods') return { usage };
  const spec = objectAt(object, 'spec');
  addPod(usage, spec);
  return { usage, pod: podTraits(spec) };
}

function addService(usage: Map<string, bigint>, service: JsonObject): void {
  const type = stringAt(service, 'spec', 'type') ?? 'ClusterIP';
  const ports = BigInt(arrayAt(service, 'spec', 'ports').length) * ONE;
  const hasPorts = type === 'NodePort' || type === 'LoadBalancer';
  if (type === 'LoadBalancer') usage.set('services.loadbalancers', ONE);
  const isPortless = valueAt(service, 'spec', 'allocateLoadBalancerNodePorts') === false;
  if (hasPorts && !(type === 'LoadBalancer' && isPortless)) usage.set('services.nodeports', ports);
}

function addClaim(usage: Map<string, bigint>, claim: JsonObject): void {
  const storage = nanosOf(valueAt(claim, 'spec', 'resources', 'requests', 'storage') ?? null) ?? 0n;
  usage.set('requests.storage', storage);
  const storageClass = stringAt(claim, 'spec', 'storageClassName') ?? '';
  if (storageClass === '') return;
  usage.set(`${storageClass}.storageclass.storage.k8s.io/requests.storage`, storage);
  usage.set(`${storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims`, ONE);
}

function addPod(usage: Map<string, bigint>, spec: JsonObject | undefined): void {
  for (const list of ['requests', 'limits'] as const) {
    for (const [name, amount] of podAmounts(spec, list)) {
      usage.set(`${list}.${name}`, amount);
      if (list === 'requests' && CORE_COMPUTE.has(name)) usage.set(name, amount);
    }
  }
}

function podTraits(spec: JsonObject | undefined): PodTraits {
  const unsaid = new Set<string>();
  for (const list of ['requests', 'limits'] as const) {
    for (const resource of ['cpu', 'memory']) {
      if (saysAmount(spec, list, resource)) continue;
      unsaid.add(`${list}.${resource}`);
      if (list === 'requests') unsaid.add(resource);
    }
  }
  return {
    isTerminating: valueAt(spec, 'activeDeadlineSeconds') !== undefined,
    isBestEffort: isBestEffort(spec),
    priorityClass: stringAt(spec, 'priorityClassName') ?? '',
    hasCrossNamespaceAffinity: affinityTerms(spec).some(
      (term) => arrayAt(term, 'namespaces').length > 0 || valueAt(term, 'namespaceSelector') instanceof Map,
    ),
    unsaid,
  };
}

function affinityTerms(spec: JsonObject | undefined): JsonValue[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap((name) => {
    const affinity = objectAt(spec, 'affinity', name);
    return [
      ...arrayAt(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'),
      ...arrayAt(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').map(
        (preferred) => valueAt(preferred, 'podAffinityTerm') ?? null,
      ),
    ];
  });
}
