/**
 * Whether all that a plan makes fits into the ResourceQuotas of its target.
 *
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
 */
import { arrayAt, objectAt, stringAt, type JsonObject } from './json-value.ts';
import { nanosOf } from './quantity.ts';
import type { PodTraits, QuotaDemand } from './quota-usage.ts';

/** What does not fit. */
export interface QuotaExcess {
  /** Name of the ResourceQuota. */
  readonly quota: string;
  /** Names of its resources: `pods`, `requests.cpu`. */
  readonly resources: readonly string[];
}

/** How many of a number of equal objects have room. */
interface QuotaTake {
  readonly fitting: number;
  /** Why not all of them; undefined where all fit. */
  readonly excess: QuotaExcess | undefined;
}

interface ScopeRequirement {
  readonly scope: string;
  readonly operator: string;
  readonly values: readonly string[];
}

interface Budget {
  readonly quota: string;
  readonly scopes: readonly ScopeRequirement[];
  readonly hard: ReadonlyMap<string, bigint>;
  readonly used: Map<string, bigint>;
}

const ALL_FIT: QuotaTake['excess'] = undefined;

/** The ResourceQuotas of a target, and what a plan has taken of them so far. */
export class QuotaLedger {
  readonly #budgets = new Map<string, Budget[]>();

  /** Adds a ResourceQuota with what is used of it. One that is known already keeps what was taken of it. */
  addQuota(quota: JsonObject): void {
    const namespace = stringAt(quota, 'metadata', 'namespace') ?? '';
    const name = stringAt(quota, 'metadata', 'name') ?? '';
    const budgets = this.#budgets.get(namespace) ?? [];
    const known = budgets.find((other) => other.quota === name);
    const budget = {
      quota: name,
      scopes: scopesOf(quota),
      hard: amounts(objectAt(quota, 'spec', 'hard')),
      used: known?.used ?? amounts(objectAt(quota, 'status', 'used')),
    };
    this.#budgets.set(namespace, [...budgets.filter((other) => other !== known), budget]);
  }

  /** True where a namespace has a quota. */
  limits(namespace: string): boolean {
    return this.#budgets.has(namespace);
  }

  /** Takes `demand` from the quotas of a namespace as often as there is room for it, at most `count` times. */
  take(namespace: string, demand: QuotaDemand, count = 1): QuotaTake {
    const budgets = this.#matching(namespace, demand);
    let fitting = BigInt(count);
    let excess = ALL_FIT;
    for (const { quota, hard, used } of budgets) {
      const rooms = [...demand.usage].flatMap(([name, amount]) => {
        const limit = hard.get(name);
        if (limit === undefined || amount <= 0n) return [];
        const left = limit - (used.get(name) ?? 0n);
        return [{ name, room: left < 0n ? 0n : left / amount }];
      });
      const tight = rooms.filter(({ room }) => room < BigInt(count));
      const least = tight.reduce((least, { room }) => (room < least ? room : least), fitting);
      if (tight.length === 0 || (excess !== undefined && least >= fitting)) continue;
      fitting = least;
      excess = { quota, resources: tight.map(({ name }) => name) };
    }
    for (const { used } of budgets) {
      for (const [name, amount] of demand.usage) used.set(name, (used.get(name) ?? 0n) + amount * fitting);
    }
    return { fitting: Number(fitting), excess };
  }

  /** A quota that takes only Pods that say how much they need, where `demand` does not; the resources that it leaves open. */
  unsaid(namespace: string, demand: QuotaDemand): QuotaExcess | undefined {
    for (const { quota, hard } of this.#matching(namespace, demand)) {
      const resources = [...(demand.pod?.unsaid ?? [])].filter((name) => hard.has(name));
      if (resources.length > 0) return { quota, resources };
    }
    return undefined;
  }

  #matching(namespace: string, { pod }: QuotaDemand): Budget[] {
    const budgets = this.#budgets.get(namespace) ?? [];
    return budgets.filter(({ scopes }) => scopes.every((scope) => pod !== undefined && isIn(scope, pod)));
  }
}

function scopesOf(quota: JsonObject): ScopeRequirement[] {
  return [
    ...arrayAt(quota, 'spec', 'scopes').map((scope) => ({
      scope: typeof scope === 'string' ? scope : '',
      operator: 'Exists',
      values: [],
    })),
    ...arrayAt(quota, 'spec', 'scopeSelector', 'matchExpressions').map((expression) => ({
      scope: stringAt(expression, 'scopeName') ?? '',
      operator: stringAt(expression, 'operator') ?? '',
      values: arrayAt(expression, 'values').filter((value) => typeof value === 'string'),
    })),
  ];
}

/** What is no known scope holds no Pod: the API server alone counts it. */
function isIn({ scope, operator, values }: ScopeRequirement, pod: PodTraits): boolean {
  switch (scope) {
    case 'Terminating':
      return pod.isTerminating;
    case 'NotTerminating':
      return !pod.isTerminating;
    case 'BestEffort':
      return pod.isBestEffort;
    case 'NotBestEffort':
      return !pod.isBestEffort;
    case 'CrossNamespacePodAffinity':
      return pod.hasCrossNamespaceAffinity;
    case 'PriorityClass':
      return isPriority(pod.priorityClass, operator, values);
    default:
      return false;
  }
}

function isPriority(name: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
    case 'In':
      return values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    default:
      return false;
  }
}

function amounts(quantities: JsonObject | undefined): Map<string, bigint> {
  return new Map([...(quantities ?? [])].map(([name, value]) => [name, nanosOf(value) ?? 0n]));
}
