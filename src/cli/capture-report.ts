import type { CaptureResult } from '../operations/capture.ts';
import { printDocument } from './document.ts';
import type { Invocation } from './invocation.ts';
import type { OutputFormat } from './options.ts';
import { formatCount, formatSize } from './quantities.ts';
import { tableLines, type Column } from './table.ts';

type Source = CaptureResult['sources'][number];
const COLUMNS: readonly Column<Source>[] = [
  { header: 'SNAPSHOT', cell: (source) => source.snapshotId.slice(0, 8) },
  { header: 'SOURCE', cell: (source) => source.source },
  { header: 'ENTRIES', cell: (source) => source.entries.toLocaleString('en-US'), align: 'right' },
  { header: 'SIZE', cell: (source) => formatSize(source.size), align: 'right' },
  { header: 'FAILED', cell: (source) => source.failed.toLocaleString('en-US'), align: 'right' },
];

/** Prints what was captured, and warns of every item that failed. */
export async function reportCapture(
  { terminal }: Invocation,
  result: CaptureResult,
  format: OutputFormat,
): Promise<void> {
  for (const { failures, failed } of result.sources) {
    for (const { path, reason } of failures) terminal.warn(`${path}: ${reason}`);
    if (failed > failures.length) {
      terminal.warn(`and ${formatCount(failed - failures.length, 'more item')} that failed`);
    }
  }
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
}
