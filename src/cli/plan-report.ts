import { formatNumber } from '../operations/quantities.ts';
import type { Plan, PlanItem, Verdict, VerdictCounts } from '../operations/plan/plan.ts';
import { formatIdentity } from '../resources/object-path.ts';
import { printDocument, printList } from './document.ts';
import type { OutputFormat } from './options.ts';
import { printable } from '../operations/printable.ts';
import { tableLines, type Column } from './table.ts';
import type { Colour, Terminal } from './terminal.ts';

/** How verdicts are called on a screen. */
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  create: 'create',
  update: 'update',
  recreate: 'recreate',
  delete: 'delete',
  unchanged: 'unchanged',
  kept: 'kept',
  'left-out': 'left out',
  conflict: 'conflict',
  immutable: 'immutable',
  exists: 'exists',
  blocked: 'blocked',
  missing: 'missing',
  forbidden: 'forbidden',
  quota: 'over quota',
  rejected: 'rejected',
};
/** Notes of an object that a line shows; JSON and YAML have all. */
const NOTES_SHOWN_MAX = 3;
/** Changes of an object that a listing shows. */
const CHANGES_SHOWN_MAX = 20;

const COLUMNS: readonly Column<PlanItem>[] = [
  { header: 'VERDICT', cell: ({ verdict }) => VERDICT_WORDS[verdict] },
  { header: 'HOW', cell: ({ how }) => how },
  { header: 'NAMESPACE', cell: ({ identity }) => identity.namespace ?? '' },
  { header: 'NAME', cell: nameOf },
  {
    header: 'REASON',
    cell: ({ reason, notes }) => {
      const more = notes.length > NOTES_SHOWN_MAX ? [`and ${notes.length - NOTES_SHOWN_MAX} more notes`] : [];
      const said = [reason, ...notes.slice(0, NOTES_SHOWN_MAX), ...more];
      return said.filter((text) => text !== '').join('; ');
    },
  },
];

/** As kubectl names it; the path of what is no object. */
export function nameOf({ identity }: Pick<PlanItem, 'identity'>): string {
  return identity.version === '' ? identity.name : formatIdentity(identity);
}

/** Prints a plan: for programs whole, for people what is not simply as it should be. */
export async function printPlan(terminal: Terminal, plan: Plan, format: OutputFormat): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    await printDocument(terminal, plan, format);
    return;
  }
  if (format === 'name') {
    for (const item of plan.items) await terminal.resultName(nameOf(item));
    return;
  }
  const shown =
    format === 'wide'
      ? plan.items
      : plan.items.filter(({ verdict }) => verdict !== 'unchanged' && verdict !== 'left-out');
  for await (const line of tableLines(COLUMNS, shown)) await terminal.resultLine(line);
  for (const item of shown) await printChanges(terminal, item);
  printWarnings(terminal, plan);
}

/** Says what goes wrong besides the plan. */
export function printWarnings(terminal: Terminal, { warnings }: Pick<Plan, 'warnings'>): void {
  for (const { reason } of warnings) terminal.warn(reason);
}

const CHANGE_SIGNS = { add: '+', remove: '-', replace: '~', reorder: '~' } as const;
const CHANGE_COLOURS: Readonly<Record<keyof typeof CHANGE_SIGNS, Colour>> = {
  add: 'green',
  remove: 'red',
  replace: 'yellow',
  reorder: 'yellow',
};

async function printChanges(terminal: Terminal, item: PlanItem): Promise<void> {
  if (item.changes.length === 0) return;
  const where = item.identity.namespace === undefined ? '' : `${item.identity.namespace}/`;
  await terminal.resultLine('');
  await terminal.resultLine(printable(`${where}${nameOf(item)}`));
  for (const { op, field, before, after } of item.changes.slice(0, CHANGES_SHOWN_MAX)) {
    const values = [before, after].filter((value) => value !== undefined).join(' -> ');
    const line = `  ${CHANGE_SIGNS[op]} ${field}: ${values}`;
    await terminal.resultLine(terminal.paint(printable(line), CHANGE_COLOURS[op]));
  }
  const more = item.changes.length - CHANGES_SHOWN_MAX;
  if (more > 0) await terminal.resultLine(`  … and ${more} more`);
}

/** Outcomes that a dry run foretells; what stands in the way fails. */
const FORETOLD: Readonly<Partial<Record<Verdict, string>>> = {
  create: 'created',
  update: 'updated',
  recreate: 'recreated',
  delete: 'deleted',
  unchanged: 'unchanged',
  kept: 'skipped',
  'left-out': 'skipped',
};

/** Prints a plan in the words of a restore: what its results would be. */
export async function printPlannedResults(
  terminal: Terminal,
  plan: Plan,
  format: OutputFormat,
): Promise<void> {
  const results = plan.items.map((item) => ({
    path: item.path ?? item.id,
    name: nameOf(item),
    verdict: item.verdict,
    outcome: FORETOLD[item.verdict] ?? 'failed',
    ...(item.reason !== '' && { reason: item.reason }),
  }));
  if (format === 'json' || format === 'yaml') {
    await printList(terminal, results, format);
    return;
  }
  for (const { name, outcome, verdict, reason } of results) {
    if (format === 'name') await terminal.resultName(name);
    else if (outcome === 'failed') terminal.warn(`${name} would fail: ${reason ?? ''}`);
    else if (verdict !== 'left-out') {
      const detail = reason === undefined ? '' : `: ${reason}`;
      await terminal.resultLine(printable(`${name} ${outcome} (dry run)${detail}`));
    }
  }
  if (format === 'table') {
    printWarnings(terminal, plan);
    const { countVerdicts } = await import('../operations/plan/plan.ts');
    terminal.note(`plan for ${plan.target.server}: ${formatCounts(countVerdicts(plan.items))}`);
  }
}

/** `create 12, update 3, unchanged 40, conflict 1`. */
export function formatCounts(counts: VerdictCounts): string {
  const parts = (Object.keys(VERDICT_WORDS) as Verdict[])
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${VERDICT_WORDS[verdict]} ${formatNumber(counts[verdict])}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
