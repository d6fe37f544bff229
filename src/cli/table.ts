import { columnsOf, printable } from '../operations/printable.ts';

/** One column of a table; `Row` is what a line shows. */
export interface Column<Row> {
  /** As kubectl has it: upper case. */
  readonly header: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
}

const GAP = '   ';
/** Rows whose widths are looked at together; widths only grow after that, so that long lists stream. */
const BATCH_ROWS = 2000;

/** As {@link tableBlocks}, of rows one by one, line by line. */
export async function* tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row> | Iterable<Row>,
  options?: { readonly headers: boolean },
): AsyncGenerator<string> {
  for await (const lines of tableBlocks(columns, inBatches(rows), options)) yield* lines;
}

async function* inBatches<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<readonly Row[]> {
  for await (const row of rows) yield [row];
}

/**
 * Lines of a table in kubectl's manner, without line ends: headers once, columns as wide as their content, no trailing blanks.
 * Cells are made printable. Many rows are taken, and many lines given, at a time; memory is bounded by one batch of rows.
 */
export async function* tableBlocks<Row>(
  columns: readonly Column<Row>[],
  batches: AsyncIterable<readonly Row[]>,
  options: { readonly headers: boolean } = { headers: true },
): AsyncGenerator<readonly string[]> {
  const widths = columns.map((column) => (options.headers ? column.header.length : 0));
  let batch: string[][] = [];
  let headersDue = options.headers;
  function flush(): string[] {
    const lines: string[] = [];
    for (const cells of batch) {
      for (const [index, cell] of cells.entries()) {
        widths[index] = Math.max(widths[index] ?? 0, columnsOf(cell));
      }
    }
    if (headersDue && batch.length > 0) {
      headersDue = false;
      const headers = columns.map((column) => column.header);
      lines.push(formatLine(columns, headers, widths));
    }
    for (const cells of batch) lines.push(formatLine(columns, cells, widths));
    batch = [];
    return lines;
  }
  for await (const rows of batches) {
    for (const row of rows) batch.push(columns.map((column) => printable(column.cell(row))));
    if (batch.length >= BATCH_ROWS) yield flush();
  }
  if (batch.length > 0) yield flush();
}

function formatLine<Row>(
  columns: readonly Column<Row>[],
  cells: readonly string[],
  widths: readonly number[],
): string {
  const padded = cells.map((cell, index) => {
    const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - columnsOf(cell)));
    return columns[index]?.align === 'right' ? space + cell : cell + space;
  });
  return padded.join(GAP).trimEnd();
}
