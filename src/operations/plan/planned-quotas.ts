import {
  MAKING_KINDS,
  madeObjects,
  type MadeObjects,
  type MakingPlace,
} from '../../resources/made-objects.ts';
import { arrayAt, jsonFrom, objectAt, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { withLimitDefaults } from '../../resources/pod-resources.ts';
import { QuotaLedger, type QuotaExcess } from '../../resources/quota-ledger.ts';
import { quotaDemand, type QuotaDemand } from '../../resources/quota-usage.ts';
import { formatCount } from '../quantities.ts';
import type { PlacedDraft } from './draft.ts';
import type { Candidate } from './judge.ts';
import type { JudgeContext } from './judge-context.ts';
import { obstructed, type Judgement } from './judgement.ts';
import type { PlanWarning } from './plan.ts';

/** An object that was judged, and how it would be written. */
export interface JudgedDraft {
  readonly draft: PlacedDraft;
  readonly judgement: Judgement;
  /** Where it would be written. */
  readonly candidate?: Candidate;
}

/** What a new namespace holds before anybody puts something into it. */
const NAMESPACE_CONTENTS = {
  configmaps: '1',
  'count/configmaps': '1',
  'count/serviceaccounts': '1',
};

/** Equal objects that a controller will make of a workload of the plan. */
interface Wish extends Pick<MadeObjects, 'kind' | 'count'> {
  readonly id: string;
  readonly namespace: string;
  readonly demand: QuotaDemand;
}

/** The quotas of the target and of the plan, read when a namespace is first written to. */
export class PlannedQuotas {
  readonly #context: Pick<JudgeContext, 'target' | 'facts'>;
  readonly #ledger = new QuotaLedger();
  readonly #read = new Set<string>();
  readonly #limitRanges = new Map<string, JsonObject[]>();
  /** Names of claims by namespace. */
  readonly #claims = new Map<string, Set<string>>();
  readonly #wishes: Wish[] = [];
  #nodes: Promise<readonly JsonObject[] | undefined> | undefined;

  constructor(context: Pick<JudgeContext, 'target' | 'facts'>) {
    this.#context = context;
  }

  /** The judgement of an object, with all that the plan makes before it. */
  async judge(judged: JudgedDraft): Promise<Judgement> {
    const { draft, judgement, candidate } = judged;
    const { namespace, kind, group, name } = draft.identity;
    if (candidate === undefined || namespace === undefined) return judgement;
    await this.#readOnce(namespace);
    if (kind === 'ResourceQuota' && group === '') {
      return this.#judgeQuota(judgement, candidate.object, namespace);
    }
    if (kind === 'LimitRange' && group === '') {
      const others = this.#limitRangesOf(namespace).filter(
        (one) => stringAt(one, 'metadata', 'name') !== name,
      );
      this.#limitRanges.set(namespace, [...others, candidate.object]);
    }
    if (judgement.verdict === 'create') {
      const demand = this.#demand(namespace, candidate.object, candidate.resource);
      // A dry run has looked at that.
      const unsaid = judgement.how === 'derived' ? this.#ledger.unsaid(namespace, demand) : undefined;
      if (unsaid !== undefined) return refused(unsaid, 'takes only Pods that say what they need');
      const { excess } = this.#ledger.take(namespace, demand);
      if (excess !== undefined) return refused(excess);
      if (kind === 'PersistentVolumeClaim' && group === '') this.#claimsOf(namespace).add(name);
    }
    if (this.#ledger.limits(namespace)) await this.#wish(draft, candidate, namespace);
    return judgement;
  }

  /**
   * What controllers will not be able to make of the workloads that were judged. Called once, when everything was judged: the objects of the
   * plan are there before what is made of them.
   * @returns what is to be said of the plan, and of each workload by its id
   */
  warnings(): { readonly warnings: PlanWarning[]; readonly notes: ReadonlyMap<string, readonly string[]> } {
    const notes = new Map<string, string[]>();
    const found = new Map<
      string,
      { namespace: string; quota: string; ids: Set<string>; names: Set<string> }
    >();
    for (const { id, namespace, kind, count, demand } of this.#wishes) {
      const { fitting, excess } = this.#ledger.take(namespace, demand, count);
      const unsaid = this.#ledger.unsaid(namespace, demand);
      const { quota, resources } = unsaid ?? excess ?? {};
      if (quota === undefined || resources === undefined) continue;
      const note =
        unsaid === undefined
          ? `ResourceQuota ${quota} has room for ${fitting} of its ${formatCount(count, kind)}: ${resources.join(', ')}`
          : `ResourceQuota ${quota} takes no ${kind} that does not say ${resources.join(', ')}, and its own do not`;
      notes.set(id, [...(notes.get(id) ?? []), note]);
      const key = `${namespace}\0${quota}`;
      const { ids, names } = found.get(key) ?? { ids: new Set(), names: new Set() };
      ids.add(id);
      for (const name of resources) names.add(name);
      found.set(key, { namespace, quota, ids, names });
    }
    const warnings = [...found.values()].map(({ namespace, quota, ids, names }): PlanWarning => {
      const resources = [...names].sort().join(', ');
      const reason = `ResourceQuota ${quota} in namespace ${namespace} has no room for all that ${formatCount(ids.size, 'workload')} will make: ${resources}`;
      return { kind: 'quota', how: 'derived', by: quota, items: [...ids], reason };
    });
    return { warnings, notes };
  }

  async #judgeQuota(judgement: Judgement, quota: JsonObject, namespace: string): Promise<Judgement> {
    if (judgement.verdict === 'create') {
      const { excess } = this.#ledger.take(namespace, quotaDemand(quota, 'resourcequotas', ''));
      if (excess !== undefined) return refused(excess);
      this.#ledger.addQuota(await this.#begun(quota, namespace));
    } else this.#ledger.addQuota(quota);
    return judgement;
  }

  async #readOnce(namespace: string): Promise<void> {
    if (this.#read.has(namespace)) return;
    this.#read.add(namespace);
    const { facts } = this.#context;
    if ((await facts.namespaceState(namespace)) !== 'there') return;
    for (const quota of await facts.quotasIn(namespace)) this.#ledger.addQuota(quota);
    if (!this.#ledger.limits(namespace)) return;
    this.#limitRanges.set(namespace, (await facts.objectsIn('', 'LimitRange', namespace)) ?? []);
    for (const claim of (await facts.objectsIn('', 'PersistentVolumeClaim', namespace)) ?? []) {
      this.#claimsOf(namespace).add(stringAt(claim, 'metadata', 'name') ?? '');
    }
  }

  /** Remembers what controllers will make of a workload. An update counts Pods that are added, not those that are replaced. */
  async #wish({ id, identity }: PlacedDraft, { object }: Candidate, namespace: string): Promise<void> {
    const { group, kind, name } = identity;
    if (!MAKING_KINDS.has(`${kind}.${group}`)) return;
    if (kind === 'DaemonSet') this.#nodes ??= this.#readNodes();
    const place: MakingPlace = { nodes: await this.#nodes, claims: this.#claimsOf(namespace) };
    const live = await this.#context.facts.objectNamed(group, kind, namespace, name);
    const before = live instanceof Map ? madeObjects(live, place) : [];
    for (const made of madeObjects(object, place)) {
      const there = before.find((one) => one.kind === made.kind)?.count ?? 0;
      if (made.count <= there) continue;
      const demand = this.#demand(namespace, made.object, made);
      this.#wishes.push({ id, namespace, kind: made.kind, count: made.count - there, demand });
    }
  }

  #demand(
    namespace: string,
    object: JsonObject,
    { plural, group }: { readonly plural: string; readonly group: string },
  ): QuotaDemand {
    const spec = plural === 'pods' && group === '' ? objectAt(object, 'spec') : undefined;
    if (spec === undefined) return quotaDemand(object, plural, group);
    const admitted = withLimitDefaults(spec, this.#limitRangesOf(namespace));
    return quotaDemand(new Map(object).set('spec', admitted), plural, group);
  }

  #limitRangesOf(namespace: string): readonly JsonObject[] {
    return this.#limitRanges.get(namespace) ?? [];
  }

  #claimsOf(namespace: string): Set<string> {
    const claims = this.#claims.get(namespace) ?? new Set();
    this.#claims.set(namespace, claims);
    return claims;
  }

  #readNodes(): Promise<readonly JsonObject[] | undefined> {
    return this.#context.facts.objectsIn('', 'Node', undefined);
  }

  async #begun(quota: JsonObject, namespace: string): Promise<JsonObject> {
    const state = await this.#context.facts.namespaceState(namespace);
    const used = state === 'there' ? await this.#usedIn(namespace) : jsonFrom(NAMESPACE_CONTENTS);
    return new Map(quota).set('status', new Map([['used', used]]));
  }

  /** A new quota counts what is there. Only counts of the common kinds are taken from other quotas. */
  async #usedIn(namespace: string): Promise<JsonObject> {
    const used: JsonObject = new Map();
    for (const other of await this.#context.facts.quotasIn(namespace)) {
      if (hasScopes(other)) continue;
      const inner = objectAt(other, 'status', 'used') ?? new Map<string, never>();
      for (const [name] of inner) used.set(name, stringAt(inner, name) ?? null);
    }
    return used;
  }
}

function refused({ quota, resources }: QuotaExcess, why?: string): Judgement {
  const list = resources.join(', ');
  const reason =
    why === undefined
      ? `has no room left for it: ${list}, counting what the plan creates before it`
      : `${why}: ${list}`;
  return obstructed({ kind: 'quota', quota, resources }, `ResourceQuota ${quota} ${reason}`, 'derived');
}

function hasScopes(quota: JsonObject): boolean {
  return (
    arrayAt(quota, 'spec', 'scopes').length > 0 || objectAt(quota, 'spec', 'scopeSelector') !== undefined
  );
}
