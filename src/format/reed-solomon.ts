/**
 * Reed–Solomon erasure coding over GF(2^8), systematic, with a Cauchy matrix.
 *
 * The field is that of the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d), addition is xor. A stripe has up to 200 data blocks d_0 …
 * and up to 50 parity blocks p_0 …; byte by byte
 *
 *     p_r = Σ_c d_c / ((255 − r) xor c)
 *
 * Every square part of a Cauchy matrix can be inverted, so any r lost data blocks of a stripe follow from any r of its parity
 * blocks. Source: specification "Parity".
 */

/** Data blocks of a stripe at most. */
export const COLUMNS_MAX = 200;
/** Parity blocks of a stripe at most: 255 − 49 lies above every column. */
export const ROWS_MAX = 50;
const POLYNOMIAL = 0x11d;
/** Rows that one table lookup serves. */
const ROWS_PER_WORD = 4;

const EXPONENTS = new Uint8Array(510);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, power = 1; exponent < 255; exponent++) {
  EXPONENTS[exponent] = power;
  EXPONENTS[exponent + 255] = power;
  LOGARITHMS[power] = exponent;
  power = (power << 1) ^ (power >= 0x80 ? POLYNOMIAL : 0);
}

/** a · b in the field. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return EXPONENTS[(LOGARITHMS[a] ?? 0) + (LOGARITHMS[b] ?? 0)] ?? 0;
}

/** 1 / a in the field; a is not 0. */
export function inverse(a: number): number {
  return EXPONENTS[255 - (LOGARITHMS[a] ?? 0)] ?? 0;
}

/** What data block `column` is multiplied with in parity block `row`. */
export function coefficient(row: number, column: number): number {
  return inverse((255 - row) ^ column);
}

/**
 * The parity blocks of a stripe, or of many stripes side by side, while their data blocks come in any order. Four rows share a word,
 * so that one lookup of a byte serves four products.
 */
export class ParityAccumulator {
  readonly #rows: number;
  readonly #words: readonly Uint32Array[];
  readonly #tables = new Map<number, readonly Uint32Array[]>();

  /** `length`: bytes of a block (of all stripes together). */
  constructor(rows: number, length: number) {
    this.#rows = rows;
    this.#words = Array.from({ length: Math.ceil(rows / ROWS_PER_WORD) }, () => new Uint32Array(length));
  }

  /** Begins anew. */
  clear(): void {
    for (const words of this.#words) words.fill(0);
  }

  /** Takes data block `column`, from byte `offset` of the block on. */
  add(column: number, bytes: Uint8Array, offset = 0): void {
    const tables = this.#tablesOf(column);
    for (const [index, words] of this.#words.entries()) {
      const table = tables[index];
      if (table === undefined) continue;
      for (let at = 0; at < bytes.length; at++) {
        words[offset + at] = (words[offset + at] ?? 0) ^ (table[bytes[at] ?? 0] ?? 0);
      }
    }
  }

  /** Parity block `row`, written over `target` (as long as the block). */
  copyRow(row: number, target: Uint8Array): void {
    const words = this.#words[Math.floor(row / ROWS_PER_WORD)] ?? new Uint32Array();
    const shift = (row % ROWS_PER_WORD) * 8;
    for (let at = 0; at < target.length; at++) target[at] = (words[at] ?? 0) >>> shift;
  }

  #tablesOf(column: number): readonly Uint32Array[] {
    let tables = this.#tables.get(column);
    if (tables === undefined) {
      tables = this.#words.map((_, word) => this.#table(column, word * ROWS_PER_WORD));
      this.#tables.set(column, tables);
    }
    return tables;
  }

  #table(column: number, rowFirst: number): Uint32Array {
    return Uint32Array.from({ length: 256 }, (_, byte) => {
      let word = 0;
      for (let row = rowFirst; row < Math.min(this.#rows, rowFirst + ROWS_PER_WORD); row++) {
        word |= multiply(byte, coefficient(row, column)) << ((row - rowFirst) * 8);
      }
      return word;
    });
  }
}

/**
 * How lost data blocks follow from parity: an element for each lost column, with the factor of each row's syndrome (the stored
 * parity block xor the parity of the data blocks that are there).
 * @param rows as many parity blocks as `columns`
 */
export function recoveryFactors(columns: readonly number[], rows: readonly number[]): number[][] {
  const size = columns.length;
  // Gauss–Jordan on the matrix with the identity beside it. The pivots of a Cauchy matrix are never 0 after elimination.
  const matrix = rows.map((row, index) => [
    ...columns.map((column) => coefficient(row, column)),
    ...Array.from({ length: size }, (_, other) => (other === index ? 1 : 0)),
  ]);
  for (let pivot = 0; pivot < size; pivot++) {
    const line = matrix[pivot] ?? [];
    scale(line, inverse(line[pivot] ?? 0));
    for (const [index, other] of matrix.entries()) {
      const factor = other[pivot] ?? 0;
      if (index === pivot || factor === 0) continue;
      for (const [at, value] of line.entries()) other[at] = (other[at] ?? 0) ^ multiply(value, factor);
    }
  }
  return matrix.map((line) => line.slice(size));
}

function scale(line: number[], factor: number): void {
  for (const [at, value] of line.entries()) line[at] = multiply(value, factor);
}

/** target ^= factor · bytes. */
export function addMultiple(target: Uint8Array, bytes: Uint8Array, factor: number): void {
  const products = Uint8Array.from({ length: 256 }, (_, byte) => multiply(byte, factor));
  for (let at = 0; at < target.length; at++) target[at] = (target[at] ?? 0) ^ (products[bytes[at] ?? 0] ?? 0);
}
