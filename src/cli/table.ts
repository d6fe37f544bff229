import { columnsOf, isPlain, printable } from '../operations/printable.ts';

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
  const count = columns.length;
  /** Cells of all rows one after the other, and the columns of the terminal that each takes. */
  let cells: string[] = [];
  let cellWidths: number[] = [];
  let headersDue = options.headers;
  function add(row: Row): void {
    for (let column = 0; column < count; column++) {
      const text = columns[column]?.cell(row) ?? '';
      const plain = isPlain(text);
      const cell = plain ? text : printable(text);
      const width = plain ? text.length : columnsOf(cell);
      cells.push(cell);
      cellWidths.push(width);
      if (width > (widths[column] ?? 0)) widths[column] = width;
    }
  }
  function flush(): string[] {
    const lines: string[] = [];
    if (headersDue && cells.length > 0) {
      headersDue = false;
      const headers = columns.map((column) => column.header);
      lines.push(formatLine(columns, widths, headers, headers.map(columnsOf), 0));
    }
    for (let at = 0; at < cells.length; at += count) {
      lines.push(formatLine(columns, widths, cells, cellWidths, at));
    }
    cells = [];
    cellWidths = [];
    return lines;
  }
  for await (const rows of batches) {
    for (const row of rows) add(row);
    if (cells.length >= BATCH_ROWS * count) yield flush();
  }
  if (cells.length > 0) yield flush();
}

/** The line of the row whose cells stand at `at`. */
function formatLine<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  cells: readonly string[],
  cellWidths: readonly number[],
  at: number,
): string {
  let line = '';
  for (let column = 0; column < columns.length; column++) {
    const cell = cells[at + column] ?? '';
    const space = ' '.repeat((widths[column] ?? 0) - (cellWidths[at + column] ?? 0));
    if (column > 0) line += GAP;
    line += columns[column]?.align === 'right' ? space + cell : cell + space;
  }
  return line.trimEnd();
}
