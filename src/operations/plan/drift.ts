import type { ArchiveReader } from '../../format/index.ts';
import type { ClusterClientOptions } from '../../connectors/cluster-client/index.ts';
import { plannedSource } from './apply-plan.ts';
import { makePlan } from './make-plan.ts';
import type { Plan, PlanItem } from './plan.ts';
import type { ObjectTransform, PlanEvent } from './restore-events.ts';

/** An item of a plan that is judged otherwise by now. */
export interface Drift {
  readonly item: PlanItem;
  /** For a person: what has changed. */
  readonly reason: string;
}

/** What to hold a plan against. */
export interface DriftRequest {
  readonly archive: ArchiveReader;
  readonly plan: Plan;
  readonly access: ClusterClientOptions;
  readonly transform?: ObjectTransform;
  readonly signal?: AbortSignal;
}

/**
 * Makes the plan again and compares: events of the planning, and then everything that has drifted. Deletions are held against what is live
 * when they are applied.
 * @throws as `makePlan`; UsageError where the plan is for another archive
 */
export async function* findDrift(
  request: DriftRequest,
): AsyncGenerator<PlanEvent | { readonly event: 'drift'; readonly drift: readonly Drift[] }> {
  const { archive, plan, access, signal } = request;
  const { snapshot, transform } = await plannedSource(archive, plan, request.transform, signal);
  const items = plan.items.filter((item) => item.path !== undefined);
  const drift: Drift[] = [];
  if (items.length > 0) {
    const again = makePlan({
      archive,
      snapshot,
      selection: { selections: items.flatMap(({ path }) => path ?? []) },
      target: plan.target.uri,
      access: { ...(plan.target.context !== '' && { context: plan.target.context }), ...access },
      options: { ...plan.options, prune: false },
      ...(transform && { transform }),
      ...(signal && { signal }),
    });
    for await (const event of again) {
      yield event;
      if (event.event === 'planned') drift.push(...driftBetween(items, event.plan.items));
    }
  }
  yield { event: 'drift', drift };
}

function driftBetween(before: readonly PlanItem[], after: readonly PlanItem[]): Drift[] {
  const now = new Map(after.map((item) => [item.id, item]));
  return before.flatMap((item) => {
    const reason = driftReason(item, now.get(item.id));
    return reason === undefined ? [] : [{ item, reason }];
  });
}

function driftReason(before: PlanItem, now: PlanItem | undefined): string | undefined {
  if (now === undefined) return 'it is not in the archive any more';
  if (now.verdict !== before.verdict) {
    const why = now.reason === '' ? '' : `: ${now.reason}`;
    return `was ${before.verdict}, is ${now.verdict}${why}`;
  }
  if (now.live?.uid !== before.live?.uid) return 'it was deleted and created again';
  if (now.live?.digest !== before.live?.digest) return 'it has changed in the cluster';
  return changedFields(now) === changedFields(before) ? undefined : 'it would change other fields';
}

/** Values of Secrets have other names in every plan. */
function changedFields({ changes }: PlanItem): string {
  return JSON.stringify(changes.map(({ op, field }) => [op, field]));
}
