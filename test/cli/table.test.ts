import assert from 'node:assert/strict';
import fc from 'fast-check';
import { columnsOf, printable } from '../../src/operations/printable.ts';
import { fit } from '../../src/cli/progress-line.ts';
import { tableLines, type Column } from '../../src/cli/table.ts';

interface Row {
  readonly name: string;
  readonly size: string;
}
const COLUMNS: readonly Column<Row>[] = [
  { header: 'NAME', cell: ({ name }) => name },
  { header: 'SIZE', cell: ({ size }) => size, align: 'right' },
];

async function linesOf(rows: readonly Row[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of tableLines(COLUMNS, rows)) lines.push(line);
  return lines;
}

describe('table', () => {
  it('aligns columns and leaves no blanks at the ends', async () => {
    const rows = [
      { name: 'a', size: '1.0 KiB' },
      { name: 'longer', size: '' },
      { name: '日本', size: '7 B' },
    ];
    assert.deepEqual(await linesOf(rows), [
      'NAME        SIZE',
      'a        1.0 KiB',
      'longer',
      '日本         7 B',
    ]);
  });

  it('prints no headers over nothing', async () => {
    assert.deepEqual(await linesOf([]), []);
  });

  it('streams long lists with one header', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({ name: `row${index}`, size: `${index}` }));
    const lines = await linesOf(rows);
    assert.equal(lines.length, 5001);
    assert.equal(lines.filter((line) => line.startsWith('NAME')).length, 1);
    assert.ok(lines.at(-1).startsWith('row4999'));
  });

  it('lets no cell move the cursor or start a line of its own', async () => {
    const hostile = '\u001b[2J\r\n\u202egnp.\u009b31m\u2028';
    const lines = await linesOf([{ name: hostile, size: '\u0007' }]);
    assert.equal(lines.length, 2);
    assert.equal(lines[1], '\\x1b[2J\\x0d\\n\\u202egnp.\\x9b31m\\u2028   \\x07');
  });
});

describe('printable text', () => {
  it('has no control characters, whatever comes in, and is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        assert.equal(printable(shown), shown);
      }),
    );
  });

  it('keeps what people write', () => {
    for (const text of ['grüße', '日本語', 'a\u0301', 'שלום', '🙂 ok', "it's"]) {
      assert.equal(printable(text), text);
    }
  });

  it('shows bytes of names that are no UTF-8', () => {
    assert.equal(printable('caf\udce9'), 'caf\\xe9');
  });

  it('knows how wide it is', () => {
    assert.equal(columnsOf('abc'), 3);
    assert.equal(columnsOf('日本'), 4);
    assert.equal(columnsOf('e\u0301'), 1);
    assert.equal(columnsOf('한글'), 4);
  });

  it('is cut to the columns there are', () => {
    assert.equal(fit('abcdef', 6), 'abcdef');
    assert.equal(fit('abcdefg', 6), 'abcde…');
    assert.equal(fit('日本語日本', 6), '日本…');
  });
});
