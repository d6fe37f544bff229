/**
 * What a Pod asks for and what it may use at most, as ResourceQuotas count it, and the defaults that LimitRanges give it.
 *
 * Sources: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers,
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-overhead/,
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#pod-level-resource-specification,
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { nanosOf } from './quantity.ts';

/** What a Pod asks for, or what it may use at most. */
type ResourceList = 'requests' | 'limits';

/** Amounts in billionths by the name of the resource: `cpu`, `memory`, `nvidia.com/gpu`. */
type ResourceAmounts = Map<string, bigint>;

/** Lists of a PodSpec whose containers count. */
const CONTAINER_LISTS = ['initContainers', 'containers'] as const;

/**
 * What the containers of a PodSpec take together, or its init containers where that is more at any time, and its overhead. Amounts that the
 * Pod has as a whole take the place of those of its containers.
 */
export function podAmounts(spec: JsonObject | undefined, list: ResourceList): ResourceAmounts {
  const largest: ResourceAmounts = new Map();
  const running: ResourceAmounts = new Map();
  for (const container of arrayAt(spec, 'initContainers')) {
    const amounts = containerAmounts(container, list);
    if (stringAt(container, 'restartPolicy') === 'Always') {
      addTo(running, amounts);
      raiseTo(largest, running);
    } else raiseTo(largest, addTo(new Map(running), amounts));
  }
  for (const container of arrayAt(spec, 'containers')) addTo(running, containerAmounts(container, list));
  raiseTo(running, largest);
  for (const [name, amount] of amountsOf(wholePod(spec, list))) running.set(name, amount);
  const overhead = amountsOf(objectAt(spec, 'overhead'));
  // Without a limit there is nothing that the overhead could be added to.
  for (const name of list === 'limits' ? overhead.keys() : []) {
    if (!running.has(name)) overhead.delete(name);
  }
  return addTo(running, overhead);
}

/** True where every container of a PodSpec, or the Pod as a whole, says how much of a resource it takes. */
export function saysAmount(spec: JsonObject | undefined, list: ResourceList, resource: string): boolean {
  if (wholePod(spec, list).has(resource)) return true;
  return CONTAINER_LISTS.flatMap((name) => [...arrayAt(spec, name)]).every((container) =>
    containerAmounts(container, list).has(resource),
  );
}

/** True where a Pod says nothing of what it takes: its quality of service is `BestEffort`. */
export function isBestEffort(spec: JsonObject | undefined): boolean {
  const containers = CONTAINER_LISTS.flatMap((name) => [...arrayAt(spec, name)]);
  return (['requests', 'limits'] as const).every((list) =>
    ['cpu', 'memory'].every(
      (resource) =>
        !isPositive(amountsOf(wholePod(spec, list)).get(resource)) &&
        !containers.some((container) => isPositive(containerAmounts(container, list).get(resource))),
    ),
  );
}

/** A PodSpec as it is admitted to a namespace with these LimitRanges. Does not change its argument. */
export function withLimitDefaults(spec: JsonObject, limitRanges: readonly JsonObject[]): JsonObject {
  const limits = limitRanges
    .flatMap((range) => [...arrayAt(range, 'spec', 'limits')])
    .filter((limit) => stringAt(limit, 'type') === 'Container');
  if (limits.length === 0) return spec;
  const filled = new Map(spec);
  for (const name of CONTAINER_LISTS) {
    if (!spec.has(name)) continue;
    filled.set(
      name,
      arrayAt(spec, name).map((container) => filledContainer(container, limits)),
    );
  }
  return filled;
}

function filledContainer(container: JsonValue, limits: readonly JsonValue[]): JsonValue {
  if (!(container instanceof Map)) return container;
  const resources = new Map(objectAt(container, 'resources'));
  // A request that is not given is the container's own limit before it is a default.
  const given = {
    requests: withOwnLimits(container),
    limits: new Map(objectAt(container, 'resources', 'limits')),
  };
  for (const limit of limits) {
    // What a LimitRange leaves open, the API server fills in when it is stored.
    for (const [list, fields] of [
      ['requests', ['defaultRequest', 'default', 'max', 'min']],
      ['limits', ['default', 'max']],
    ] as const) {
      for (const [name, amount] of fields.flatMap((field) => [...(objectAt(limit, field) ?? [])])) {
        if (!given[list].has(name)) given[list].set(name, amount);
      }
    }
  }
  return new Map(container).set(
    'resources',
    resources.set('requests', given.requests).set('limits', given.limits),
  );
}

function wholePod(spec: JsonObject | undefined, list: ResourceList): JsonObject {
  return objectAt(spec, 'resources', list) ?? new Map<string, JsonValue>();
}

/** Requests that are not given are the limits. */
function containerAmounts(container: JsonValue, list: ResourceList): ResourceAmounts {
  return amountsOf(list === 'limits' ? objectAt(container, 'resources', 'limits') : withOwnLimits(container));
}

function withOwnLimits(container: JsonValue): JsonObject {
  return new Map([
    ...(objectAt(container, 'resources', 'limits') ?? []),
    ...(objectAt(container, 'resources', 'requests') ?? []),
  ]);
}

function amountsOf(quantities: JsonObject | undefined): ResourceAmounts {
  return new Map([...(quantities ?? [])].map(([name, value]) => [name, nanosOf(value) ?? 0n]));
}

function addTo(total: ResourceAmounts, amounts: ResourceAmounts): ResourceAmounts {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0n) + amount);
  return total;
}

function raiseTo(total: ResourceAmounts, amounts: ResourceAmounts): void {
  for (const [name, amount] of amounts) {
    if (!total.has(name) || amount > (total.get(name) ?? 0n)) total.set(name, amount);
  }
}

function isPositive(amount: bigint | undefined): boolean {
  return amount !== undefined && amount > 0n;
}
