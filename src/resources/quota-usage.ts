/**
 * What objects count for in ResourceQuotas, and whether all that a plan creates fits in. The API server judges one object at a time; a
 * dry run does not count.
 *
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { arrayAt, objectAt, stringAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';
import { nanosOf } from './quantity.ts';

/** Amounts in billionths by the name of the quota's resource: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type QuotaUsage = ReadonlyMap<string, bigint>;

/** What does not fit. */
export interface QuotaExcess {
  /** Name of the ResourceQuota. */
  readonly quota: string;
  readonly resources: readonly string[];
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
const CORE_COMPUTE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** What creating `object` takes. @param plural of its kind, @param group of its kind */
export function quotaUsage(object: JsonObject, plural: string, group: string): QuotaUsage {
  const usage = new Map<string, bigint>([[`count/${plural}${group === '' ? '' : `.${group}`}`, ONE]]);
  if (group !== '') return usage;
  if (COUNTED.has(plural)) usage.set(plural, ONE);
  if (plural === 'services') addService(usage, object);
  else if (plural === 'persistentvolumeclaims') addClaim(usage, object);
  else if (plural === 'pods') addPod(usage, objectAt(object, 'spec'));
  return usage;
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

/** A Pod takes what its containers take together, or its largest init container where that is more, and its overhead. */
function addPod(usage: Map<string, bigint>, spec: JsonObject | undefined): void {
  for (const list of ['requests', 'limits'] as const) {
    const total = new Map<string, bigint>();
    for (const container of arrayAt(spec, 'containers')) addResources(total, container, list);
    const largest = new Map<string, bigint>();
    for (const container of arrayAt(spec, 'initContainers')) {
      if (stringAt(container, 'restartPolicy') === 'Always') addResources(total, container, list);
      else raiseTo(largest, container, list);
    }
    for (const [name, amount] of largest) {
      if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
    }
    for (const [name, value] of objectAt(spec, 'overhead') ?? []) add(total, name, value);
    for (const [name, amount] of total) {
      usage.set(`${list}.${name}`, amount);
      if (list === 'requests' && CORE_COMPUTE.has(name)) usage.set(name, amount);
    }
  }
}

function addResources(total: Map<string, bigint>, container: JsonValue, list: string): void {
  for (const [name, value] of amountsOf(container, list)) add(total, name, value);
}

function raiseTo(largest: Map<string, bigint>, container: JsonValue, list: string): void {
  for (const [name, value] of amountsOf(container, list)) {
    const amount = nanosOf(value) ?? 0n;
    if (amount > (largest.get(name) ?? 0n)) largest.set(name, amount);
  }
}

/** Requests that are not given are the limits. */
function amountsOf(container: JsonValue, list: string): Iterable<[string, JsonValue]> {
  const given = objectAt(container, 'resources', list) ?? new Map<string, JsonValue>();
  if (list === 'limits') return given;
  return new Map([...(objectAt(container, 'resources', 'limits') ?? []), ...given]);
}

function add(total: Map<string, bigint>, name: string, value: JsonValue): void {
  total.set(name, (total.get(name) ?? 0n) + (nanosOf(value) ?? 0n));
}

interface Budget {
  readonly quota: string;
  readonly hard: ReadonlyMap<string, bigint>;
  readonly used: Map<string, bigint>;
}

/** The ResourceQuotas of a target, and what a plan has taken of them so far. Quotas with scopes are left to the API server. */
export class QuotaLedger {
  readonly #budgets = new Map<string, Budget[]>();

  /** Adds a ResourceQuota: one that is there with what is used of it, or one that the plan makes. */
  addQuota(quota: JsonObject): void {
    if (
      arrayAt(quota, 'spec', 'scopes').length > 0 ||
      valueAt(quota, 'spec', 'scopeSelector') !== undefined
    ) {
      return;
    }
    const namespace = stringAt(quota, 'metadata', 'namespace') ?? '';
    const budget = {
      quota: stringAt(quota, 'metadata', 'name') ?? '',
      hard: amounts(objectAt(quota, 'spec', 'hard')),
      used: amounts(objectAt(quota, 'status', 'used')),
    };
    const others = (this.#budgets.get(namespace) ?? []).filter((other) => other.quota !== budget.quota);
    this.#budgets.set(namespace, [...others, budget]);
  }

  /** True where a namespace has a quota that is summed here. */
  limits(namespace: string): boolean {
    return this.#budgets.has(namespace);
  }

  /** Takes `usage` from the quotas of a namespace; where it does not fit into one, takes nothing and says so. */
  take(namespace: string, usage: QuotaUsage): QuotaExcess | undefined {
    const budgets = this.#budgets.get(namespace) ?? [];
    for (const { quota, hard, used } of budgets) {
      const resources = [...usage].filter(([name, amount]) => {
        const limit = hard.get(name);
        return limit !== undefined && amount > 0n && (used.get(name) ?? 0n) + amount > limit;
      });
      if (resources.length > 0) return { quota, resources: resources.map(([name]) => name) };
    }
    for (const { used } of budgets) {
      for (const [name, amount] of usage) used.set(name, (used.get(name) ?? 0n) + amount);
    }
    return undefined;
  }
}

function amounts(quantities: JsonObject | undefined): Map<string, bigint> {
  return new Map([...(quantities ?? [])].map(([name, value]) => [name, nanosOf(value) ?? 0n]));
}
