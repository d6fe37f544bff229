/**
 * What became of a restore, for people and programs: one set of data, several forms. It holds names and reasons, never what is in an
 * object.
 */
import { formatIdentity } from '../../resources/object-path.ts';
import {
  RESTING_VERDICTS,
  type Plan,
  type PlanSource,
  type PlanTarget,
  type Proof,
  type Verdict,
} from '../plan/plan.ts';
import { OUTCOMES, type ApplySummary, type ItemResult, type Outcome } from '../plan/restore-events.ts';
import { VERSION } from '../client.ts';

/** Version of the report's data. */
export const REPORT_VERSION = 1;

/** One object of a report. */
export interface ReportedItem {
  /** Undefined for what lies in no namespace. */
  readonly namespace?: string;
  /** As kubectl names it: `deployment.apps/web`. */
  readonly name: string;
  /** Where it lay in the archive; undefined for what was deleted. */
  readonly path?: string;
  readonly outcome: Outcome;
  /** What was planned, and how that was known. */
  readonly verdict: Verdict;
  readonly how: Proof;
  /** Why it was skipped or has failed; empty where there is nothing to say. */
  readonly reason: string;
  readonly notes: readonly string[];
  /** Milliseconds that its requests and waits took; they overlap with those of others. */
  readonly elapsedMs: number;
}

/** See the head of this file. */
export interface RestoreReport {
  readonly version: typeof REPORT_VERSION;
  /** Version of ptar. */
  readonly client: string;
  readonly restoreId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds of the whole run. */
  readonly elapsedMs: number;
  readonly source: PlanSource;
  readonly target: PlanTarget;
  /** As a mapping file has it; undefined where nothing was mapped. */
  readonly mapping?: unknown;
  /** Every outcome is a key. */
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly items: readonly ReportedItem[];
}

/** The report of a plan that was applied. @param results in any order; they come in the order of the plan */
export function restoreReport(
  plan: Plan,
  results: Iterable<ItemResult>,
  { restoreId, startedAt, elapsedMs }: Pick<ApplySummary, 'restoreId' | 'startedAt' | 'elapsedMs'>,
): RestoreReport {
  const places = new Map(plan.items.map(({ id }, index) => [id, index]));
  const ordered = [...results].sort(
    (left, right) => (places.get(left.item.id) ?? 0) - (places.get(right.item.id) ?? 0),
  );
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of ordered) counts[outcome] += 1;
  return {
    version: REPORT_VERSION,
    client: VERSION,
    restoreId,
    startedAt,
    elapsedMs,
    source: plan.source,
    target: plan.target,
    ...(plan.mapping !== undefined && { mapping: plan.mapping }),
    counts,
    items: ordered.map(reportedItem),
  };
}

function reportedItem({ item, outcome, reason, notes, elapsedMs }: ItemResult): ReportedItem {
  const { identity, path, verdict, how } = item;
  return {
    ...(identity.namespace !== undefined && { namespace: identity.namespace }),
    name: formatIdentity(identity),
    ...(path !== undefined && { path }),
    outcome,
    verdict,
    how,
    reason: reason === '' ? item.reason : reason,
    notes: [...item.notes, ...notes],
    elapsedMs: Math.round(elapsedMs),
  };
}

/** True where an object is not as the archive has it, and not by design. */
export function isProblem({ outcome, verdict }: Pick<ReportedItem, 'outcome' | 'verdict'>): boolean {
  if (outcome === 'failed') return true;
  return outcome === 'skipped' && !(RESTING_VERDICTS as readonly Verdict[]).includes(verdict);
}
