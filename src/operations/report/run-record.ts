import { isPtarError } from '../../errors.ts';
import { readJournal, type JournalState } from '../plan/journal.ts';
import { isObstructed, isWriting, type Plan, type PlanItem } from '../plan/plan.ts';
import type { ApplyEvent, ItemResult } from '../plan/restore-events.ts';
import {
  restoreReport,
  type ReportedResult,
  type ReportedRun,
  type RestoreReport,
} from './restore-report.ts';

/** Keeps what a restore or an undo tells while it goes on, so that there is a report of it wherever it ends. */
export class RunRecord {
  readonly #action: ReportedRun['action'];
  readonly #startedAt = new Date().toISOString();
  readonly #startedMs = performance.now();
  readonly #results = new Map<string, ItemResult>();
  #plan: Plan | undefined;
  #items: readonly PlanItem[] = [];
  #restoreId = '';
  #journal: string | undefined;
  #elapsedMs: number | undefined;

  /** @param plan where it is known before the run begins: it may end before */
  constructor(action: ReportedRun['action'], plan?: Plan) {
    this.#action = action;
    this.#plan = plan;
    this.#items = plan?.items ?? [];
  }

  /** Takes in what a run says. */
  add(event: ApplyEvent): void {
    if (event.event === 'started') {
      this.#plan = event.plan;
      this.#items = event.items;
      this.#restoreId = event.restoreId;
      this.#journal = event.journal;
    } else if (event.event === 'result') this.#results.set(event.result.item.id, event.result);
    else if (event.event === 'finished') this.#elapsedMs = event.summary.elapsedMs;
  }

  /** The report of a run that came to its end; undefined where it never had a plan. */
  finished(): RestoreReport | undefined {
    return this.#report([...this.#results.values()], undefined);
  }

  /**
   * The report of a run that was cancelled or failed. Of objects whose results were on their way the journal knows what became of them.
   * @returns undefined where it ended before there was a plan
   */
  async interrupted(error: unknown): Promise<RestoreReport | undefined> {
    const interruption = isPtarError(error)
      ? error.message
      : 'it failed for a reason that ptar does not know';
    const state = await this.#readJournal();
    const results = this.#items.map((item) => this.#results.get(item.id) ?? this.#remembered(item, state));
    return this.#report(results, interruption);
  }

  async #readJournal(): Promise<JournalState | undefined> {
    if (this.#journal === undefined) return undefined;
    try {
      return await readJournal(this.#journal);
    } catch (error) {
      if (!isPtarError(error)) throw error;
      return undefined;
    }
  }

  #remembered(item: PlanItem, state: JournalState | undefined): ReportedResult {
    const rest = { item, notes: [], elapsedMs: 0 };
    const known = this.#action === 'undo' ? state?.undone.get(item.id) : state?.done.get(item.id);
    if (known !== undefined) return { ...rest, outcome: known.outcome, reason: known.reason };
    if (this.#action === 'undo') {
      return { ...rest, outcome: 'unreached', reason: 'not taken back, or not known to be' };
    }
    if (isObstructed(item)) return { ...rest, outcome: 'failed', reason: item.reason };
    if (!isWriting(item)) {
      return {
        ...rest,
        outcome: item.verdict === 'unchanged' ? 'unchanged' : 'skipped',
        reason: item.reason,
      };
    }
    return state?.intents.has(item.id) === true
      ? { ...rest, outcome: 'unknown', reason: 'interrupted while it was written' }
      : { ...rest, outcome: 'unreached', reason: 'the restore ended before it' };
  }

  #report(results: readonly ReportedResult[], interruption: string | undefined): RestoreReport | undefined {
    if (this.#plan === undefined) return undefined;
    return restoreReport(this.#plan, results, {
      action: this.#action,
      restoreId: this.#restoreId,
      startedAt: this.#startedAt,
      elapsedMs: this.#elapsedMs ?? performance.now() - this.#startedMs,
      ...(interruption !== undefined && { interruption }),
    });
  }
}
