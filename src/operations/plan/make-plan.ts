import { mergeStreams } from '../../connectors/kubernetes/merged-streams.ts';
import { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import { throwIfCancelled, UsageError } from '../../errors.ts';
import { draftOf, placeDrafts, type Draft, type PlacedDraft } from './draft.ts';
import { Judge } from './judge.ts';
import type { JudgeContext } from './judge-context.ts';
import { DEFAULT_PLAN_OPTIONS, PLAN_VERSION, type Plan, type PlanItem, type PlanOptions } from './plan.ts';
import { PlannedQuotas, type JudgedDraft } from './planned-quotas.ts';
import { prunedItems } from './prune.ts';
import type { PlanEvent, PlanRequest } from './restore-events.ts';
import { SourceObjects } from './source-objects.ts';
import { TargetFacts } from './target-facts.ts';
import { TargetWebhooks } from './target-webhooks.ts';
import { converterOf } from './version-converter.ts';
import { webhookWarnings } from './webhook-warnings.ts';

/** Requests at a time. The API server's flow control says when that is too much (429), and is obeyed. */
export const REQUESTS_WIDTH = 8;
const RESULTS_WAITING_MAX = 64;
const READING_STEP = 100;

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
  const converter = converterOf(options, request.access, signal);
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
    const webhooks = new TargetWebhooks(facts);
    const judging = { target, facts, webhooks, live, source, options, transform, mac };
    const context: JudgeContext = { ...judging, converter };
    const items: PlanItem[] = [];
    const take = (item: PlanItem): PlanEvent => {
      items.push(item);
      return { event: 'verdict', item, done: items.length, total: Math.max(placed.length, items.length) };
    };
    const quotas = new PlannedQuotas(context);
    for await (const item of judgedItems(context, placed, quotas, signal, () => abort.abort())) {
      yield take(item);
    }
    const { warnings, notes } = quotas.warnings();
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
      warnings: [...warnings, ...(await webhookWarnings(items, webhooks))],
      items: inOrder(withNotes(items, notes), placed),
    };
    yield { event: 'planned', plan };
  } finally {
    abort.abort();
    await converter?.close();
    await target.close();
  }
}

async function* judgedItems(
  context: JudgeContext,
  placed: readonly PlacedDraft[],
  quotas: PlannedQuotas,
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
  for (const level of levelsOf(placed)) {
    throwIfCancelled(signal);
    const counted: JudgedDraft[] = [];
    const tasks = level.map(
      (draft) =>
        async function* (): AsyncGenerator<JudgedDraft> {
          yield { draft, ...(await judge.judge(draft)) };
        },
    );
    for await (const judged of mergeStreams(tasks, {
      width: REQUESTS_WIDTH,
      waitingMax: RESULTS_WAITING_MAX,
      stop,
    })) {
      judge.record(judged.draft, judged.judgement);
      if (judged.candidate?.draft.identity.namespace === undefined) yield itemOf(judged);
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

function itemOf({ draft, judgement }: JudgedDraft): PlanItem {
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

function withNotes(
  items: readonly PlanItem[],
  notes: ReadonlyMap<string, readonly string[]>,
): readonly PlanItem[] {
  return items.map((item) => {
    const more = notes.get(item.id);
    return more === undefined ? item : { ...item, notes: [...item.notes, ...more] };
  });
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
