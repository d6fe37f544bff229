/** Counts the verdicts of many plans. */
import assert from 'node:assert/strict';
import {
  countVerdicts,
  type Plan,
  PROOFS,
  VERDICTS,
  type Verdict,
} from '../../../src/operations/plan/plan.ts';

/** Every verdict is to be seen so often in a run that claims to have seen them all. */
const REACHED_MIN = 10;
const KINDS_MIN = 20;
/** One of so many objects may be unprovable. */
const UNPROVABLE_SHARE = 20;

/** See the head of this file. */
export class VerdictTally {
  readonly #items: Plan['items'][number][] = [];

  add(plan: Plan): void {
    this.#items.push(...plan.items);
  }

  /** A row for each verdict, a column for each way in which it is known. */
  get table(): string {
    const lines = [['verdict', ...PROOFS, 'all'], ...VERDICTS.map((verdict) => this.#row(verdict))];
    lines.push(['all', ...PROOFS.map((how) => String(this.#number({ how }))), String(this.#items.length)]);
    return lines
      .map(([name = '', ...cells]) => name.padEnd(12) + cells.map((cell) => cell.padStart(12)).join(''))
      .join('\n');
  }

  /** Kinds of objects whose verdicts were proven or derived. */
  get kinds(): ReadonlySet<string> {
    const foretold = this.#items.filter(({ how }) => how !== 'unprovable');
    return new Set(foretold.map(({ identity }) => identity.kind));
  }

  /** That few objects are unprovable. */
  assertProvable(): void {
    const unprovable = this.#number({ how: 'unprovable' });
    assert.ok(
      unprovable * UNPROVABLE_SHARE < this.#items.length,
      `${unprovable} of ${this.#items.length} are unprovable`,
    );
  }

  /** That every verdict was reached often enough, and on enough kinds. */
  assertComplete(): void {
    const rare = VERDICTS.filter((verdict) => this.#number({ verdict }) < REACHED_MIN);
    assert.deepEqual(rare, [], `reached less than ${REACHED_MIN} times`);
    assert.ok(this.kinds.size >= KINDS_MIN, `${this.kinds.size} kinds`);
  }

  #row(verdict: Verdict): string[] {
    const cells = PROOFS.map((how) => String(this.#number({ verdict, how })));
    return [verdict, ...cells, String(countVerdicts(this.#items)[verdict])];
  }

  #number(wanted: Partial<Pick<Plan['items'][number], 'verdict' | 'how'>>): number {
    return this.#items.filter(
      ({ verdict, how }) => verdict === (wanted.verdict ?? verdict) && how === (wanted.how ?? how),
    ).length;
  }
}
