import type { Plan, PlanItem } from '../operations/plan/plan.ts';
import type { ApplyEvent, ApplySummary, ItemResult, Outcome } from '../operations/plan/restore-events.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import type { OutputFormat } from './options.ts';
import { nameOf } from './plan-report.ts';
import { printable } from '../operations/printable.ts';
import { ProgressLine } from './progress-line.ts';
import { openReport } from './report-option.ts';
import { formatCount, formatNumber } from '../operations/quantities.ts';

/** How results are shown. */
interface ApplyReportOptions {
  readonly output: OutputFormat;
  readonly quiet?: boolean;
  readonly action: 'restore' | 'undo';
  /** Where to, for the closing line. */
  readonly target: string;
  /** File of a report, which is written wherever the run ends. */
  readonly report?: string;
  /** Where it is known before the run begins. */
  readonly plan?: Plan;
}

/** Outcomes that the closing line counts as done. */
const WRITTEN: readonly Outcome[] = ['created', 'updated', 'recreated', 'deleted'];

const VERBS = { restore: 'restored', undo: 'undid' } as const;

/** Prints what becomes of a restore or an undo while it goes on. */
export async function reportApply(
  invocation: Invocation,
  events: AsyncIterable<ApplyEvent>,
  options: ApplyReportOptions,
): Promise<ExitCode> {
  const { terminal } = invocation;
  const progress = new ProgressLine(terminal, { quiet: options.quiet ?? false });
  const told: { summary?: ApplySummary; restoreId?: string } = {};
  const report = await openReport(options.report, options.action, options.plan);
  const results = async function* (): AsyncGenerator<ItemResult> {
    for await (const event of events) {
      report?.add(event);
      if (event.event === 'started') told.restoreId = event.restoreId;
      else if (event.event === 'waiting') progress.update(() => [`waiting for ${event.what}`]);
      else if (event.event === 'finished') told.summary = event.summary;
      else {
        progress.update(() => [
          `${event.done} of ${formatCount(event.total, 'object')}`,
          nameOf(event.result.item),
        ]);
        yield event.result;
      }
    }
  };
  try {
    if (options.output === 'json' || options.output === 'yaml') {
      await printList(terminal, documents(results()), options.output);
    } else {
      for await (const result of results()) await printResult(invocation, result, options.output);
    }
  } catch (error) {
    progress.clear();
    if (told.restoreId !== undefined) {
      const { restoreId } = told;
      terminal.note(
        options.action === 'undo'
          ? `interrupted: ptar undo ${restoreId} goes on`
          : `interrupted: ptar resume ${restoreId} goes on, ptar undo ${restoreId} takes it back`,
      );
    }
    await report?.interrupted(error, terminal);
    throw error;
  } finally {
    progress.clear();
  }
  const { summary } = told;
  if (summary === undefined) throw new Error('an application ended without a summary');
  await report?.finished();
  if (options.output === 'table') terminal.note(closingLine(summary, options));
  return summary.counts.failed > 0 ? EXIT.partial : EXIT.done;
}

async function printResult(
  { terminal }: Invocation,
  { item, outcome, reason, notes }: ItemResult,
  output: OutputFormat,
): Promise<void> {
  const name = nameOf(item);
  if (output === 'name') {
    await terminal.resultName(name);
    return;
  }
  if (outcome === 'failed') terminal.warn(`${name} failed: ${reason === '' ? 'no reason given' : reason}`);
  else if (!isByDesign(item)) {
    const detail = reason === '' ? '' : `: ${reason}`;
    await terminal.resultLine(printable(`${name} ${outcome}${detail}`));
  }
  for (const note of notes) terminal.warn(`${name}: ${note}`);
}

/** What a restore never writes is counted, not listed. */
function isByDesign({ verdict }: PlanItem): boolean {
  return verdict === 'left-out';
}

async function* documents(results: AsyncIterable<ItemResult>): AsyncGenerator<object> {
  for await (const { item, outcome, reason, notes, elapsedMs } of results) {
    yield {
      path: item.path ?? item.id,
      name: nameOf(item),
      ...(item.identity.namespace !== undefined && { namespace: item.identity.namespace }),
      verdict: item.verdict,
      outcome,
      ...(reason !== '' && { reason }),
      ...(notes.length > 0 && { notes }),
      elapsedMs: Math.round(elapsedMs),
    };
  }
}

function closingLine({ counts, restoreId }: ApplySummary, { action, target }: ApplyReportOptions): string {
  const written = WRITTEN.reduce((sum, outcome) => sum + counts[outcome], 0);
  const others = (['unchanged', 'skipped', 'failed'] as const)
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `, ${formatNumber(counts[outcome])} ${outcome}`);
  const undo = action === 'restore' && written > 0 ? `; ptar undo ${restoreId} takes it back` : '';
  return `${VERBS[action]} ${formatCount(written, 'item')} to ${target}${others.join('')}${undo}`;
}
