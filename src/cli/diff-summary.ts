import { changeLines } from '../operations/change-lines.ts';
import type { ObjectChange } from '../operations/diff-objects.ts';
import { printable } from '../operations/printable.ts';
import type { Colour, Terminal } from './terminal.ts';

const SIGNS: Readonly<Record<ObjectChange['change'], readonly [sign: string, colour: Colour]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};
const DETAIL_COLOURS: Readonly<Record<string, Colour>> = { '+': 'green', '-': 'red' };

/** One object of the summary; its detail as lines, so that the objects themselves need not be held. */
interface Row {
  readonly change: ObjectChange['change'];
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly detail: readonly string[];
}

/** Gathers changes into a tree of namespaces and kinds. What controllers made is counted below its owner. */
export class DiffSummary {
  readonly counts = { added: 0, removed: 0, changed: 0 };
  /** Objects that were left to their controllers. */
  collapsed = 0;
  /** Objects that one side never looked for. */
  gaps = 0;
  readonly #withDetail: boolean;
  readonly #rows: Row[] = [];
  /** `namespace/Kind/name` of a controller-made object to its owner, in the same form. */
  readonly #owners = new Map<string, string>();
  readonly #collapsedKinds: { readonly owner: string; readonly kind: string }[] = [];

  constructor(withDetail: boolean) {
    this.#withDetail = withDetail;
  }

  add({ change, identity, changes }: ObjectChange): void {
    const { namespace = '', group, kind, name } = identity;
    this.counts[change] += 1;
    const detail = this.#withDetail ? [...changeLines(changes)] : [];
    this.#rows.push({ change, namespace, kind: group === '' ? kind : `${kind}.${group}`, name, detail });
  }

  collapse({ identity: { namespace = '', kind, name }, owner, isGap }: ObjectChange): void {
    if (isGap) {
      this.gaps += 1;
      return;
    }
    this.collapsed += 1;
    if (owner === undefined) return;
    this.#owners.set(`${namespace}/${kind}/${name}`, `${namespace}/${owner}`);
    this.#collapsedKinds.push({ owner: `${namespace}/${owner}`, kind });
  }

  async print(terminal: Terminal): Promise<void> {
    const collapsed = this.#collapsedByOwner();
    const order = (row: Row): string => [row.namespace, row.kind, row.name].join('\0');
    const rows = this.#rows.sort((left, right) => (order(left) < order(right) ? -1 : 1));
    let [namespace, kind]: [string | undefined, string | undefined] = [undefined, undefined];
    for (const row of rows) {
      if (row.namespace !== namespace) {
        namespace = row.namespace;
        kind = undefined;
        await terminal.resultLine(
          terminal.paint(namespace === '' ? '(cluster)' : printable(namespace), 'bold'),
        );
      }
      if (row.kind !== kind) {
        kind = row.kind;
        await terminal.resultLine(`  ${printable(kind)}   ${this.#countsOf(rows, row)}`);
      }
      await this.#printRow(terminal, row, collapsed);
    }
  }

  async #printRow(terminal: Terminal, row: Row, collapsed: ReadonlyMap<string, string>): Promise<void> {
    const [sign, colour] = SIGNS[row.change];
    const plainKind = row.kind.replace(/\..*/, '');
    const churn = collapsed.get(`${row.namespace}/${plainKind}/${row.name}`);
    const suffix = churn === undefined ? '' : terminal.paint(`   (and ${churn})`, 'dim');
    await terminal.resultLine(`    ${terminal.paint(`${sign} ${printable(row.name)}`, colour)}${suffix}`);
    for (const line of row.detail) {
      const detailColour = DETAIL_COLOURS[line.trimStart().charAt(0)];
      await terminal.resultLine(
        `        ${detailColour === undefined ? line : terminal.paint(line, detailColour)}`,
      );
    }
  }

  #countsOf(rows: readonly Row[], { namespace, kind }: Row): string {
    const counts = { added: 0, removed: 0, changed: 0 };
    for (const row of rows) if (row.namespace === namespace && row.kind === kind) counts[row.change] += 1;
    return countsText(counts);
  }

  /** `2 Pods, 1 ReplicaSet` by owner, through owners that were collapsed themselves. */
  #collapsedByOwner(): ReadonlyMap<string, string> {
    const counts = new Map<string, Map<string, number>>();
    for (const { owner, kind } of this.#collapsedKinds) {
      let root = owner;
      for (let steps = 0; steps < 8; steps++) root = this.#owners.get(root) ?? root;
      const kinds = counts.get(root) ?? new Map<string, number>();
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      counts.set(root, kinds);
    }
    return new Map(
      [...counts].map(([owner, kinds]) => [
        owner,
        [...kinds].map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`).join(', '),
      ]),
    );
  }
}

/** `1 added, 2 changed`; nothing is left out where all are 0. */
export function countsText(counts: Readonly<Record<ObjectChange['change'], number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0
    ? 'no differences'
    : parts.map(([change, count]) => `${count} ${change}`).join(', ');
}
