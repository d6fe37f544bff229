import type { ExportResult } from '../connectors/connector.ts';
import type { ExporterOptions } from '../connectors/registry.ts';
import type { SnapshotReader } from '../format/index.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode, exitCodeOfItems } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import type { ArchiveFlags, OutputFormat } from './options.ts';
import { printable } from '../operations/printable.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatNumber } from '../operations/quantities.ts';

/** What `extract` and `restore` share. */
export interface ExportRequest {
  readonly file: string;
  readonly flags: ArchiveFlags & {
    readonly namespace?: string;
    readonly output: OutputFormat;
    readonly quiet?: boolean;
  };
  readonly selections: readonly string[];
  readonly target: string;
  readonly exporter: ExporterOptions;
  readonly dryRun: boolean;
  /** For the closing line. */
  readonly verbs: { readonly done: string; readonly would: string };
  /** A line for every item, rather than for what needs a person's eye. */
  readonly listsAll: boolean;
}

/** Writes what is selected to the target and says what happened to it. */
export async function exportAndReport(invocation: Invocation, request: ExportRequest): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { file, flags, selections, dryRun } = request;
  // While the key is derived.
  const loading = import('../operations/export-entries.ts');
  const use = async (snapshot: SnapshotReader): Promise<ExitCode> => {
    const { exportEntries, openTarget, OutcomeCounter } = await loading;
    const exporter = await openTarget(request.target, request.exporter);
    const counter = new OutcomeCounter();
    const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
    try {
      const results = exportEntries(snapshot, exporter, {
        selections,
        ...(flags.namespace !== undefined && { namespace: flags.namespace }),
        dryRun,
        signal,
      });
      await print(invocation, counted(results, counter, progress), request);
    } finally {
      progress.clear();
      await exporter.close();
    }
    if (flags.output === 'table') terminal.note(closingLine(request, counter.counts, exporter.target));
    const code = counter.isPartial ? exitCodeOfItems(counter.codes) : EXIT.done;
    if (code === EXIT.integrity) terminal.error('the archive is damaged: see ptar check and ptar salvage');
    return code;
  };
  const readsAll = selections.length === 0 && flags.namespace === undefined && !dryRun;
  return withSnapshot(invocation, file, flags, use, readsAll ? { willRead: 'everything' } : {});
}

async function* counted(
  batches: AsyncIterable<readonly ExportResult[]>,
  counter: { add(result: ExportResult): void },
  progress: ProgressLine,
): AsyncGenerator<readonly ExportResult[]> {
  let done = 0;
  for await (const results of batches) {
    for (const result of results) counter.add(result);
    done += results.length;
    progress.update(() => [formatCount(done, 'item'), results.at(-1)?.name ?? '']);
    yield results;
  }
}

async function print(
  { terminal }: Invocation,
  batches: AsyncIterable<readonly ExportResult[]>,
  { flags, listsAll, dryRun }: ExportRequest,
): Promise<void> {
  if (flags.output === 'json' || flags.output === 'yaml') {
    return printList(terminal, documents(batches), flags.output);
  }
  for await (const results of batches) {
    for (const { name, outcome, reason } of results) {
      if (flags.output === 'name') {
        await terminal.resultName(name);
        continue;
      }
      const problem = outcome === 'failed' || outcome === 'skipped';
      if (problem) terminal.warn(`${name} ${outcome}: ${reason ?? 'no reason given'}`);
      else if (listsAll || reason !== undefined) {
        const detail = reason === undefined ? '' : `: ${reason}`;
        await terminal.resultLine(printable(`${name} ${outcome}${dryRun ? ' (dry run)' : ''}${detail}`));
      }
    }
  }
}

async function* documents(batches: AsyncIterable<readonly ExportResult[]>): AsyncGenerator<object> {
  for await (const results of batches) for (const result of results) yield { ...result };
}

function closingLine(
  { verbs, dryRun }: ExportRequest,
  counts: Readonly<Record<ExportResult['outcome'], number>>,
  target: string,
): string {
  const written = counts.created + counts.updated;
  const rest = (['unchanged', 'skipped', 'failed'] as const).filter((outcome) => counts[outcome] > 0);
  const others = rest.map((outcome) => `, ${formatNumber(counts[outcome])} ${outcome}`).join('');
  return `${dryRun ? verbs.would : verbs.done} ${formatCount(written, 'item')} to ${target}${others}`;
}
