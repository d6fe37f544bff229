/** The code over GF(2^8): the field, the matrix, and that any lost blocks come back from as many parity blocks. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addMultiple,
  coefficient,
  COLUMNS_MAX,
  inverse,
  multiply,
  ParityAccumulator,
  recoveryFactors,
  ROWS_MAX,
} from '../../src/format/reed-solomon.ts';

/** Multiplication by the definition: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function multiplyPolynomials(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if (((b >>> bit) & 1) === 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if (((product >>> bit) & 1) === 1) product ^= 0x11d << (bit - 8);
  return product;
}

describe('Reed–Solomon', () => {
  it('multiplies as the polynomials do', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) assert.equal(multiply(a, b), multiplyPolynomials(a, b), `${a} · ${b}`);
      if (a > 0) assert.equal(multiply(a, inverse(a)), 1);
    }
  });

  it('has no coefficient twice in a row or column, and none that is 0', () => {
    for (let row = 0; row < ROWS_MAX; row++) {
      const values = Array.from({ length: COLUMNS_MAX }, (_, column) => coefficient(row, column));
      assert.equal(new Set(values).size, COLUMNS_MAX);
      assert.ok(!values.includes(0));
    }
  });

  it('gives back any lost blocks from as many parity blocks', () => {
    const stripe = fc
      .record({
        columns: fc.integer({ min: 1, max: COLUMNS_MAX }),
        rows: fc.integer({ min: 1, max: ROWS_MAX }),
        seed: fc.integer(),
      })
      .chain(({ columns, rows, seed }) => {
        const lostMax = Math.min(columns, rows);
        return fc.record({
          columns: fc.constant(columns),
          rows: fc.constant(rows),
          seed: fc.constant(seed),
          lost: fc.uniqueArray(fc.nat(columns - 1), { minLength: 1, maxLength: lostMax }),
          order: fc.shuffledSubarray(
            Array.from({ length: rows }, (_, row) => row),
            { minLength: lostMax },
          ),
        });
      });
    fc.assert(
      fc.property(stripe, ({ columns, rows, seed, lost, order }) => {
        const length = 5;
        const data = Array.from({ length: columns }, (_, column) =>
          Uint8Array.from({ length }, (__, at) => Math.imul(seed + column * 31 + at, 0x9e37_79b1) >>> 24),
        );
        const full = new ParityAccumulator(rows, length);
        const partial = new ParityAccumulator(rows, length);
        data.forEach((block, column) => {
          full.add(column, block);
          if (!lost.includes(column)) partial.add(column, block);
        });
        const used = order.slice(0, lost.length);
        const syndromes = used.map((row) => {
          const [stored, known] = [new Uint8Array(length), new Uint8Array(length)];
          full.copyRow(row, stored);
          partial.copyRow(row, known);
          addMultiple(stored, known, 1);
          return stored;
        });
        recoveryFactors(lost, used).forEach((factors, index) => {
          const block = new Uint8Array(length);
          factors.forEach((factor, at) => addMultiple(block, syndromes[at]!, factor));
          assert.deepEqual(block, data[lost[index]!]);
        });
      }),
      { numRuns: 40 },
    );
  });
});
