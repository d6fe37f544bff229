/** One group of stripes under examination: which of its blocks are what the tables say, and the recovery of those that are not. */
import { equalBytes } from './bytes.ts';
import { groupBlocks, HASH_LENGTH, type ParityGeometry, type ParityGroup } from './parity-layout.ts';
import { blockHash, decodeTable, type ParityHeader } from './parity-header.ts';
import type { Primitives } from './ports.ts';
import { addMultiple, type ParityAccumulator, recoveryFactors } from './reed-solomon.ts';

const UNKNOWN = 0;
const GOOD = 1;
const BAD = 2;

/** A data block of the group: its column, and its stripe counted from the group's first. */
export interface GroupBlock {
  readonly column: number;
  readonly stripe: number;
}

/** A lost block and, where parity gives it, what it was. */
export interface RecoveredBlock extends GroupBlock {
  readonly bytes: Uint8Array | undefined;
}

/** State of one group. Lines are the columns, then the rows. */
export class GroupCheck {
  readonly #geometry: ParityGeometry;
  readonly #group: ParityGroup;
  readonly #primitives: Primitives;
  readonly #hashes: Uint8Array;
  readonly #known: Uint8Array;
  readonly #states: Uint8Array;
  readonly #erased = new Map<number, readonly number[]>();
  /** By the pattern of what is lost, which neighbouring stripes mostly share. */
  readonly #factors = new Map<string, readonly number[][]>();

  /** `tables`: the copies of the group's table, as far as they are there. */
  constructor(
    header: ParityHeader,
    group: ParityGroup,
    tables: readonly Uint8Array[],
    primitives: Primitives,
  ) {
    this.#geometry = header.geometry;
    this.#group = group;
    this.#primitives = primitives;
    const count = groupBlocks(header.geometry, group);
    this.#known = new Uint8Array(count);
    this.#hashes = decodeTable(header, group, count, tables, this.#known, primitives);
    this.#states = new Uint8Array(count);
  }

  /** Hashes that neither copy of the table has. */
  get unknownHashes(): number {
    return this.#known.reduce((count, known) => count + 1 - known, 0);
  }

  /** Holds the group's blocks of one line against their hashes. `run`: back to back, each in full size. */
  compare(line: number, run: Uint8Array): void {
    for (let stripe = 0; stripe < this.#group.stripes; stripe++) {
      const block = this.#blockOf(run, stripe);
      const isGood = this.#matches(line, stripe, block);
      this.#states[this.#index(line, stripe)] = isGood === undefined ? UNKNOWN : isGood ? GOOD : BAD;
    }
  }

  /** The columns of a stripe whose blocks may not be used to recover others. Asked for when all lines have been compared. */
  erasedColumns(stripe: number): readonly number[] {
    let columns = this.#erased.get(stripe);
    if (columns === undefined) {
      columns = this.#findErasedColumns(stripe);
      this.#erased.set(stripe, columns);
    }
    return columns;
  }

  /** Data blocks that are damaged. */
  *damagedBlocks(): Generator<GroupBlock> {
    for (let column = 0; column < this.#geometry.columns; column++) {
      for (let stripe = 0; stripe < this.#group.stripes; stripe++) {
        if (this.#states[this.#index(column, stripe)] === BAD) yield { column, stripe };
      }
    }
  }

  /** Parity blocks that are damaged. */
  get damagedParityBlocks(): number {
    const parity = this.#states.subarray(this.#geometry.columns * this.#group.stripes);
    return parity.reduce((count, state) => count + Number(state === BAD), 0);
  }

  /**
   * Computes the damaged blocks of every stripe.
   * @param computed parity of all blocks that are not erased
   * @param stored the group's parity as the sidecar has it, row by row; overwritten
   */
  *recover(computed: ParityAccumulator, stored: Uint8Array): Generator<RecoveredBlock> {
    const runLength = this.#group.stripes * this.#geometry.blockSize;
    const scratch = new Uint8Array(runLength);
    const syndromes: Uint8Array[] = [];
    for (let row = 0; row < this.#geometry.rows; row++) {
      const run = stored.subarray(row * runLength, (row + 1) * runLength);
      computed.copyRow(row, scratch);
      addMultiple(run, scratch, 1);
      syndromes.push(run);
    }
    for (let stripe = 0; stripe < this.#group.stripes; stripe++) {
      yield* this.#recoverStripe(stripe, syndromes);
    }
  }

  *#recoverStripe(stripe: number, syndromes: readonly Uint8Array[]): Generator<RecoveredBlock> {
    const columns = this.erasedColumns(stripe);
    const rows = this.#usableRows(stripe).slice(0, columns.length);
    for (const [index, column] of columns.entries()) {
      if (this.#states[this.#index(column, stripe)] !== BAD) continue;
      if (rows.length < columns.length) {
        yield { column, stripe, bytes: undefined };
        continue;
      }
      const bytes = new Uint8Array(this.#geometry.blockSize);
      const factors = this.#factorsOf(columns, rows)[index] ?? [];
      for (const [at, row] of rows.entries()) {
        addMultiple(bytes, this.#blockOf(syndromes[row] ?? bytes, stripe), factors[at] ?? 0);
      }
      yield { column, stripe, bytes: this.#matches(column, stripe, bytes) === true ? bytes : undefined };
    }
  }

  /** Damaged columns; those of unknown state as well where there is parity enough to do without them. */
  #findErasedColumns(stripe: number): number[] {
    const columns: number[] = [];
    const unknown: number[] = [];
    for (let column = 0; column < this.#geometry.columns; column++) {
      const state = this.#states[this.#index(column, stripe)];
      if (state === BAD) columns.push(column);
      else if (state === UNKNOWN) unknown.push(column);
    }
    if (columns.length === 0) return [];
    const isEnough = columns.length + unknown.length <= this.#usableRows(stripe).length;
    return isEnough ? [...columns, ...unknown] : columns;
  }

  /** Rows that are good, then those of unknown state. */
  #usableRows(stripe: number): number[] {
    const { columns, rows } = this.#geometry;
    const all = Array.from({ length: rows }, (_, row) => row);
    return [GOOD, UNKNOWN].flatMap((state) =>
      all.filter((row) => this.#states[this.#index(columns + row, stripe)] === state),
    );
  }

  #factorsOf(columns: readonly number[], rows: readonly number[]): readonly number[][] {
    const pattern = `${columns.join()}:${rows.join()}`;
    let factors = this.#factors.get(pattern);
    if (factors === undefined) {
      factors = recoveryFactors(columns, rows);
      this.#factors.set(pattern, factors);
    }
    return factors;
  }

  #matches(line: number, stripe: number, block: Uint8Array): boolean | undefined {
    const index = this.#index(line, stripe);
    if (this.#known[index] === 0) return undefined;
    const expected = this.#hashes.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH);
    return equalBytes(expected, blockHash(this.#primitives, block));
  }

  #blockOf(run: Uint8Array, stripe: number): Uint8Array {
    const { blockSize } = this.#geometry;
    return run.subarray(stripe * blockSize, (stripe + 1) * blockSize);
  }

  #index(line: number, stripe: number): number {
    return line * this.#group.stripes + stripe;
  }
}
