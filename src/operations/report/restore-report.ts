/**
 * What became of a restore or an undo, for people and programs: one set of data, several forms. It holds names and reasons, never what is
 * in an object.
 */
import { formatIdentity } from '../../resources/object-path.ts';
import {
  RESTING_VERDICTS,
  type Plan,
  type PlanItem,
  type PlanSource,
  type PlanTarget,
  type Proof,
  type Verdict,
} from '../plan/plan.ts';
import { OUTCOMES, type ItemResult } from '../plan/restore-events.ts';
import { VERSION } from '../client.ts';

/** Version of the report's data. */
export const REPORT_VERSION = 1;

/**
 * What a report says of an object. Besides the outcomes of a run, where it was interrupted: `unknown`, it was about to be written and
 * nobody noted what came of it; `unreached`, nothing was done to it.
 */
export const REPORTED_OUTCOMES = [...OUTCOMES, 'unknown', 'unreached'] as const;
/** See {@link REPORTED_OUTCOMES}. */
export type ReportedOutcome = (typeof REPORTED_OUTCOMES)[number];

/** An {@link ItemResult}, or what is said of an item that has none. */
export type ReportedResult = Omit<ItemResult, 'outcome'> & { readonly outcome: ReportedOutcome };

/** One object of a report. */
export interface ReportedItem {
  /** Undefined for what lies in no namespace. */
  readonly namespace?: string;
  /** As kubectl names it: `deployment.apps/web`. */
  readonly name: string;
  /** Where it lay in the archive; undefined for what was deleted. */
  readonly path?: string;
  readonly outcome: ReportedOutcome;
  /** What the restore planned, and how that was known. */
  readonly verdict: Verdict;
  readonly how: Proof;
  /** Why it was skipped or has failed; empty where there is nothing to say. */
  readonly reason: string;
  readonly notes: readonly string[];
  /** Milliseconds that its requests and waits took; they overlap with those of others. */
  readonly elapsedMs: number;
}

/** The run that a report is about. */
export interface ReportedRun {
  /** What was done: a restore was carried out (or gone on with), or taken back. */
  readonly action: 'restore' | 'undo';
  /** Empty where it ended before anything was remembered. */
  readonly restoreId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds of the whole run. */
  readonly elapsedMs: number;
  /** Why it ended before all was done, in one line; undefined where all was. */
  readonly interruption?: string;
}

/** See the head of this file. */
export interface RestoreReport extends ReportedRun {
  readonly version: typeof REPORT_VERSION;
  /** Version of ptar. */
  readonly client: string;
  readonly source: PlanSource;
  readonly target: PlanTarget;
  /** As a mapping file has it; undefined where nothing was mapped. */
  readonly mapping?: unknown;
  /** What the plan warned of, one line each; nothing of an undo. */
  readonly warnings: readonly string[];
  /** Every outcome is a key. */
  readonly counts: Readonly<Record<ReportedOutcome, number>>;
  readonly items: readonly ReportedItem[];
}

/** The report of a run. @param results in any order; they come in the order of the plan */
export function restoreReport(
  plan: Plan,
  results: Iterable<ReportedResult>,
  run: ReportedRun,
): RestoreReport {
  const places = new Map(plan.items.map(({ id }, index) => [id, index]));
  const ordered = [...results].sort(
    (left, right) => (places.get(left.item.id) ?? 0) - (places.get(right.item.id) ?? 0),
  );
  const counts = Object.fromEntries(REPORTED_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    ReportedOutcome,
    number
  >;
  for (const { outcome } of ordered) counts[outcome] += 1;
  const { action, restoreId, startedAt, elapsedMs, interruption } = run;
  return {
    version: REPORT_VERSION,
    client: VERSION,
    action,
    restoreId,
    startedAt,
    elapsedMs,
    ...(interruption !== undefined && { interruption }),
    source: plan.source,
    target: plan.target,
    ...(plan.mapping !== undefined && { mapping: plan.mapping }),
    warnings: action === 'restore' ? plan.warnings.map(({ reason }) => reason) : [],
    counts,
    items: ordered.map((result) => reportedItem(result, action)),
  };
}

function reportedItem(
  { item, outcome, reason, notes, elapsedMs }: ReportedResult,
  action: ReportedRun['action'],
): ReportedItem {
  const { identity, path, verdict, how } = item;
  // What the plan said was about the restore, not about taking it back.
  const planned: Pick<PlanItem, 'reason' | 'notes'> = action === 'restore' ? item : { reason: '', notes: [] };
  return {
    ...(identity.namespace !== undefined && { namespace: identity.namespace }),
    name: formatIdentity(identity),
    ...(path !== undefined && { path }),
    outcome,
    verdict,
    how,
    reason: reason === '' ? planned.reason : reason,
    notes: [...planned.notes, ...notes],
    elapsedMs: Math.round(elapsedMs),
  };
}

/** True where nobody can say that the object is as the run should leave it. */
export function isUnsettled(outcome: ReportedOutcome): boolean {
  return outcome === 'failed' || outcome === 'unknown' || outcome === 'unreached';
}

/** True where an object is not as it should be after the run, and not by design. */
export function isProblem({ outcome, verdict }: Pick<ReportedItem, 'outcome' | 'verdict'>): boolean {
  if (isUnsettled(outcome)) return true;
  return outcome === 'skipped' && !(RESTING_VERDICTS as readonly Verdict[]).includes(verdict);
}
