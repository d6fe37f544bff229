import { mergeStreams } from '../../connectors/kubernetes/merged-streams.ts';
import { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { throwIfCancelled, UsageError } from '../../errors.ts';
import { QuotaLedger, quotaUsage } from '../../resources/quota-usage.ts';
import { jsonFrom, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { draftOf, placeDrafts, type Draft, type PlacedDraft } from './draft.ts';
import { Judge, type Candidate } from './judge.ts';
import type { JudgeContext } from './judge-context.ts';
import { obstructed, type Judgement } from './judgement.ts';
import { DEFAULT_PLAN_OPTIONS, PLAN_VERSION, type Plan, type PlanItem, type PlanOptions } from './plan.ts';
import { prunedItems } from './prune.ts';
import type { PlanEvent, PlanRequest } from './restore-events.ts';
import { SourceObjects } from './source-objects.ts';
import { TargetFacts } from './target-facts.ts';

/** Requests at a time. The API server's flow control says when that is too much (429), and is obeyed. */
export const REQUESTS_WIDTH = 8;
const RESULTS_WAITING_MAX = 64;
const READING_STEP = 100;

interface Judged {
  readonly draft: PlacedDraft;
  readonly judgement: Judgement;
  readonly created?: Candidate;
}

/**
 * Makes a plan: reads the selection, orders it, and asks the target about every object, each after what it needs. Changes nothing.
 * Memory grows with the number of objects (what is known of each), not with their size beyond 64 MiB.
 *
 * @throws UsageError; NotFoundError; ConnectorError where the target cannot be asked at all; IntegrityError; FormatError; CancelledError
 */
export async function* makePlan(request: PlanRequest): AsyncGenerator<PlanEvent> {
  const { archive, snapshot, selection, transform } = request;
  const options: PlanOptions = { ...DEFAULT_PLAN_OPTIONS, ...request.options };
  if (options.prune && transform !== undefined) {
    throw new UsageError('pruning and a mapping do not go together; leave one of the two out');
  }
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
  const target = await RestoreTarget.open(request.target, request.access, signal);
  try {
    const source = new SourceObjects(snapshot);
    const drafts: Draft[] = [];
    for await (const selected of source.select(selection, signal)) {
      drafts.push(draftOf(selected, transform));
      if (drafts.length % READING_STEP === 0) yield { event: 'reading', done: drafts.length };
    }
    const placed = placeDrafts(drafts);
    const { mac } = archive.parts.keys;
    const facts = new TargetFacts(target);
    const live = target.liveObjects();
    const context: JudgeContext = { target, facts, live, source, options, transform, mac };
    const items: PlanItem[] = [];
    const take = (item: PlanItem): PlanEvent => {
      items.push(item);
      return { event: 'verdict', item, done: items.length, total: Math.max(placed.length, items.length) };
    };
    for await (const item of judgedItems(context, placed, signal, () => abort.abort())) yield take(item);
    if (options.prune) {
      const rank = 1 + Math.max(0, ...new Set(placed.map((draft) => draft.rank)));
      for await (const item of prunedItems(context, snapshot, selection, rank)) yield take(item);
    }
    throwIfCancelled(request.signal);
    const plan: Plan = {
      version: PLAN_VERSION,
      createdAt: new Date().toISOString(),
      source: { archive: archive.name, repositoryId: archive.repositoryId, snapshotId: snapshot.id },
      target: { uri: request.target, ...target.facts },
      options,
      ...(transform !== undefined && { mapping: transform.mapping }),
      items: inOrder(items, placed),
    };
    yield { event: 'planned', plan };
  } finally {
    abort.abort();
    await target.close();
  }
}

async function* judgedItems(
  context: JudgeContext,
  placed: readonly PlacedDraft[],
  signal: AbortSignal,
  stop: () => void,
): AsyncGenerator<PlanItem> {
  const { target, live } = context;
  for (const { identity, leftOut, problem } of placed) {
    const resource = target.kinds.find(identity.group, identity.version, identity.kind);
    if (leftOut === '' && problem === '' && resource !== undefined) {
      live.want(resource, identity.namespace, identity.name);
    }
  }
  const judge = new Judge(context, placed);
  const quotas = new PlannedQuotas(context);
  for (const level of levelsOf(placed)) {
    throwIfCancelled(signal);
    const counted: Judged[] = [];
    const tasks = level.map(
      (draft) =>
        async function* (): AsyncGenerator<Judged> {
          yield { draft, ...(await judge.judge(draft)) };
        },
    );
    for await (const judged of mergeStreams(tasks, {
      width: REQUESTS_WIDTH,
      waitingMax: RESULTS_WAITING_MAX,
      stop,
    })) {
      judge.record(judged.draft, judged.judgement);
      if (judged.created?.draft.identity.namespace === undefined) yield itemOf(judged);
      else counted.push(judged);
    }
    // In the order of the plan, whatever the order of the answers: who comes first has room.
    counted.sort((left, right) => level.indexOf(left.draft) - level.indexOf(right.draft));
    for (const judged of counted) {
      const judgement = await quotas.judge(judged);
      judge.record(judged.draft, judgement);
      yield itemOf({ ...judged, judgement });
    }
  }
}

function* levelsOf(placed: readonly PlacedDraft[]): Generator<PlacedDraft[]> {
  let level: PlacedDraft[] = [];
  for (const draft of placed) {
    if (level[0] !== undefined && level[0].rank !== draft.rank) {
      yield level;
      level = [];
    }
    level.push(draft);
  }
  if (level.length > 0) yield level;
}

function itemOf({ draft, judgement }: Judged): PlanItem {
  const { id, identity, entry, rank, dependsOn } = draft;
  const { verdict, how, reason, obstacle, changes = [], live } = judgement;
  return {
    id,
    identity,
    path: entry.path,
    verdict,
    how,
    reason,
    ...(obstacle !== undefined && { obstacle }),
    changes,
    notes: [...draft.notes, ...(judgement.notes ?? [])],
    rank,
    dependsOn,
    ...(live !== undefined && { live }),
  };
}

function inOrder(items: readonly PlanItem[], placed: readonly PlacedDraft[]): PlanItem[] {
  const places = new Map(placed.map(({ id }, index) => [id, index]));
  const placeOf = ({ id, path }: PlanItem): number =>
    path === undefined ? Infinity : (places.get(id) ?? Infinity);
  return items.toSorted((left, right) => {
    const [one, other] = [placeOf(left), placeOf(right)];
    return one === other ? left.rank - right.rank || (left.id < right.id ? -1 : 1) : one - other;
  });
}

/** What a new namespace holds before anybody puts something into it. */
const NAMESPACE_CONTENTS = {
  configmaps: '1',
  'count/configmaps': '1',
  'count/serviceaccounts': '1',
};

/** The quotas of the target and of the plan, read when a namespace is first written to. */
class PlannedQuotas {
  readonly #context: JudgeContext;
  readonly #ledger = new QuotaLedger();
  readonly #read = new Set<string>();

  constructor(context: JudgeContext) {
    this.#context = context;
  }

  /** The judgement of an object that is to be created, with all that comes before it. */
  async judge({ draft, judgement, created }: Judged): Promise<Judgement> {
    const { namespace, kind, group } = draft.identity;
    if (created === undefined || namespace === undefined) return judgement;
    const { resource, object } = created;
    if (!this.#read.has(namespace)) {
      this.#read.add(namespace);
      const state = await this.#context.facts.namespaceState(namespace);
      const quotas = state === 'there' ? await this.#context.facts.quotasIn(namespace) : [];
      for (const quota of quotas) this.#ledger.addQuota(quota);
    }
    const excess = this.#ledger.take(namespace, quotaUsage(object, resource.plural, resource.group));
    if (excess !== undefined) {
      const { quota, resources } = excess;
      const reason = `ResourceQuota ${quota} has no room left for it: ${resources.join(', ')}, counting what the plan creates before it`;
      return obstructed({ kind: 'quota', quota, resources }, reason, 'derived');
    }
    if (kind === 'ResourceQuota' && group === '') this.#ledger.addQuota(await this.#begun(object, namespace));
    return judgement;
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
      const amounts = other.get('status');
      const inner = amounts instanceof Map ? amounts.get('used') : undefined;
      if (!(inner instanceof Map)) continue;
      for (const [name] of inner) used.set(name, stringAt(inner, name) ?? null);
    }
    return used;
  }
}
