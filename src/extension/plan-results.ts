/** A plan, and what became of it, as results. */
import {
  countVerdicts,
  isObstructed,
  isWriting,
  type Plan,
  type PlanItem,
  type Verdict,
  VERDICTS,
} from '../operations/plan/plan.ts';
import type { ItemResult, Outcome } from '../operations/plan/restore-events.ts';
import { formatCount } from '../operations/quantities.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { fullName, kindIcon } from './kind-table.ts';
import type { Result, ResultSet } from './result.ts';

/** How verdicts read, and the codicon of each. */
const VERDICT_TEXTS: Readonly<Record<Verdict, readonly [label: string, icon: string]>> = {
  create: ['Create', 'diff-added'],
  update: ['Update', 'diff-modified'],
  recreate: ['Delete and create again', 'sync'],
  delete: ['Delete', 'diff-removed'],
  unchanged: ['Unchanged', 'pass'],
  kept: ['Kept as they are', 'pass'],
  'left-out': ['Never restored', 'circle-slash'],
  conflict: ['Conflict with other managers', 'git-merge'],
  immutable: ['Cannot be changed', 'lock'],
  exists: ['There already', 'error'],
  blocked: ['Blocked by a webhook or policy', 'shield'],
  missing: ['Something is missing', 'question'],
  forbidden: ['Forbidden', 'circle-slash'],
  quota: ['Above the quota', 'dashboard'],
  rejected: ['Rejected', 'error'],
};

const OUTCOME_TEXTS: Readonly<Record<Outcome, readonly [label: string, icon: string]>> = {
  failed: ['Failed', 'error'],
  skipped: ['Skipped', 'circle-slash'],
  created: ['Created', 'diff-added'],
  updated: ['Updated', 'diff-modified'],
  recreated: ['Deleted and created again', 'sync'],
  deleted: ['Deleted', 'diff-removed'],
  unchanged: ['Unchanged', 'pass'],
};

/** What a plan says, by verdict; an item leads to the comparison of the cluster with the archive. */
export function planResults(plan: Plan, archiveKey: string): ResultSet {
  const results = VERDICTS.flatMap((verdict) => {
    const items = plan.items.filter((item) => item.verdict === verdict);
    const [label, icon] = VERDICT_TEXTS[verdict];
    return group(
      label,
      icon,
      items.map((item) => planResult(item, plan, archiveKey)),
    );
  });
  return {
    title: `${planSentence(plan)}, to ${plan.target.context}`,
    results,
    empty: 'Nothing was selected that could be restored.',
  };
}

/** What would be written and what stands in the way, in one line. */
export function planSentence(plan: Plan): string {
  const writing = plan.items.filter(isWriting).length;
  const obstructed = plan.items.filter(isObstructed).length;
  const rest = obstructed === 0 ? '' : `, ${formatCount(obstructed, 'obstacle')}`;
  return `${formatCount(writing, 'change')} of ${formatCount(plan.items.length, 'object')}${rest}`;
}

/** The same in words for a question: `2 created, 1 deleted`. */
export function writingSentence(plan: Plan): string {
  const counts = countVerdicts(plan.items);
  const parts = [
    [counts.create, 'created'],
    [counts.update, 'updated'],
    [counts.recreate, 'deleted and created again'],
    [counts.delete, 'deleted'],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${count.toLocaleString('en-US')} ${verb}`);
  return said.length === 0 ? 'nothing to write' : said.join(', ');
}

/** What became of the items, failures first. */
export function applyResults(results: readonly ItemResult[], title: string): ResultSet {
  const groups = Object.entries(OUTCOME_TEXTS).flatMap(([outcome, [label, icon]]) => {
    const found = results.filter((result) => result.outcome === outcome);
    return group(
      label,
      icon,
      found.map(({ item, reason, notes }) => ({
        ...named(item.identity),
        description: [item.identity.namespace ?? '', reason].filter((part) => part !== '').join(' · '),
        ...(notes.length > 0 && { tooltip: notes.join('\n') }),
      })),
    );
  });
  return { title, results: groups, empty: 'Nothing was written.' };
}

function planResult(item: PlanItem, plan: Plan, archiveKey: string): Result {
  const { identity, path, reason, how, notes, changes, live } = item;
  const children = changes.map(({ op, field, before, after }) => ({
    label: field,
    description: [before, after].filter((part) => part !== undefined).join(' → '),
    icon: op === 'add' ? 'diff-added' : op === 'remove' ? 'diff-removed' : 'diff-modified',
  }));
  const archived = path === undefined ? undefined : { archiveKey, snapshotId: plan.source.snapshotId, path };
  return {
    ...named(identity),
    description: [identity.namespace ?? '', reason, how === 'proven' ? '' : how]
      .filter((part) => part !== '')
      .join(' · '),
    ...(notes.length > 0 && { tooltip: notes.join('\n') }),
    target: {
      opens: 'diff',
      before:
        live === undefined
          ? { from: 'nothing' }
          : { from: 'cluster', context: plan.target.context, identity },
      after: archived === undefined ? { from: 'nothing' } : { from: 'archive', address: archived },
      title: `${identity.name} (${plan.target.context} ↔ archive)`,
    },
    children,
  };
}

function named(identity: ResourceIdentity): Pick<Result, 'label' | 'icon'> {
  return { label: `${fullName(identity)}/${identity.name}`, icon: kindIcon(identity) };
}

function group(label: string, icon: string, children: readonly Result[]): readonly Result[] {
  if (children.length === 0) return [];
  return [{ label, icon, description: children.length.toLocaleString('en-US'), children }];
}
