import type { SeriesCaptureResult } from '../operations/capture-series.ts';
import type { CaptureResult } from '../operations/capture.ts';
import type { CreatedParityFile } from '../operations/parity.ts';
import { printDocument } from './document.ts';
import type { Invocation } from './invocation.ts';
import type { OutputFormat } from './options.ts';
import { parityNote } from './parity-option.ts';
import { formatCount, formatNumber, formatSize } from '../operations/quantities.ts';
import { tableLines, type Column } from './table.ts';

type Source = CaptureResult['sources'][number];
const COLUMNS: readonly Column<Source>[] = [
  { header: 'SNAPSHOT', cell: (source) => source.snapshotId.slice(0, 8) },
  { header: 'SOURCE', cell: (source) => source.source },
  { header: 'ENTRIES', cell: (source) => formatNumber(source.entries), align: 'right' },
  { header: 'SIZE', cell: (source) => formatSize(source.size), align: 'right' },
  { header: 'FAILED', cell: (source) => formatNumber(source.failed), align: 'right' },
];

/** A capture, what became of earlier archives where the capture is one of a series, and the parity file where there is one. */
export type ReportedCapture = CaptureResult &
  Partial<Pick<SeriesCaptureResult, 'removed' | 'notRemoved'>> & { readonly parity?: CreatedParityFile };

/** True when items failed, or when archives that should be gone are still there. */
export function isPartial(result: ReportedCapture): boolean {
  return (result.notRemoved ?? []).length > 0 || result.sources.some((source) => source.failed > 0);
}

/** Prints what was captured and removed, and warns of every item that failed. */
export async function reportCapture(
  { terminal }: Invocation,
  result: ReportedCapture,
  format: OutputFormat,
): Promise<void> {
  for (const { failures, failed } of result.sources) {
    for (const { path, reason } of failures) terminal.warn(`${path}: ${reason}`);
    if (failed > failures.length) {
      terminal.warn(`and ${formatCount(failed - failures.length, 'more item')} that failed`);
    }
  }
  for (const { path, reason } of result.notRemoved ?? []) terminal.warn(`cannot remove ${path}: ${reason}`);
  if (format === 'json' || format === 'yaml') {
    const sources = result.sources.map((source) => ({
      ...source,
      failures: source.failures.map((item) => ({ ...item })),
    }));
    await printDocument(terminal, { ...result, sources }, format);
    return;
  }
  for await (const line of tableLines(COLUMNS, result.sources)) await terminal.resultLine(line);
  const reused = result.sources.reduce((sum, source) => sum + source.reused, 0);
  if (reused > 0) terminal.note(`${formatCount(reused, 'file')} unchanged and not read again`);
  const sealed = result.encrypted ? 'encrypted' : 'not encrypted';
  terminal.note(`wrote ${result.archivePath}: ${formatSize(result.size)}, ${sealed}`);
  if (result.parity !== undefined) terminal.note(parityNote(result.parity));
  for (const path of result.removed ?? []) terminal.note(`removed ${path}`);
}
