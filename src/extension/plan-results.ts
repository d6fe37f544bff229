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
import type { ItemResult, ObjectTransform, Outcome } from '../operations/plan/restore-events.ts';
import { formatNumber } from '../operations/quantities.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { fullName, kindIcon } from './kind-table.ts';
import type { Result, ResultSet } from './result.ts';
import { counted, t } from './translation.ts';

/** How verdicts read, and the codicon of each. */
function verdictTexts(): Readonly<Record<Verdict, readonly [label: string, icon: string]>> {
  return {
    create: [t('Create'), 'diff-added'],
    update: [t('Update'), 'diff-modified'],
    recreate: [t('Delete and create again'), 'sync'],
    delete: [t('Delete'), 'diff-removed'],
    unchanged: [t('Unchanged'), 'pass'],
    kept: [t('Kept as they are'), 'pass'],
    'left-out': [t('Never restored'), 'circle-slash'],
    conflict: [t('Conflict with other managers'), 'git-merge'],
    immutable: [t('Cannot be changed'), 'lock'],
    exists: [t('There already'), 'error'],
    blocked: [t('Blocked by a webhook or policy'), 'shield'],
    missing: [t('Something is missing'), 'question'],
    forbidden: [t('Forbidden'), 'circle-slash'],
    quota: [t('Above the quota'), 'dashboard'],
    rejected: [t('Rejected'), 'error'],
  };
}

function outcomeTexts(): Readonly<Record<Outcome, readonly [label: string, icon: string]>> {
  return {
    failed: [t('Failed'), 'error'],
    skipped: [t('Skipped'), 'circle-slash'],
    created: [t('Created'), 'diff-added'],
    updated: [t('Updated'), 'diff-modified'],
    recreated: [t('Deleted and created again'), 'sync'],
    deleted: [t('Deleted'), 'diff-removed'],
    unchanged: [t('Unchanged'), 'pass'],
  };
}

/**
 * What a plan says: its warnings, then by verdict; an item leads to the comparison of the cluster with the archive.
 * @param transform what the plan was made with, where objects are changed on their way
 */
export function planResults(plan: Plan, archiveKey: string, transform?: ObjectTransform): ResultSet {
  const texts = verdictTexts();
  const warnings = group(
    t('Warnings'),
    'warning',
    plan.warnings.map(({ by, reason }) => ({
      label: by,
      description: reason,
      icon: 'warning',
      tooltip: reason,
    })),
  );
  const results = VERDICTS.flatMap((verdict) => {
    const items = plan.items.filter((item) => item.verdict === verdict);
    const [label, icon] = texts[verdict];
    return group(
      label,
      icon,
      items.map((item) => planResult(item, plan, archiveKey, transform)),
    );
  });
  return {
    title: t('{0}, to {1}', planSentence(plan), plan.target.context),
    results: [...warnings, ...results],
    empty: t('Nothing was selected that could be restored.'),
  };
}

/** What would be written and what stands in the way, in one line. */
export function planSentence(plan: Plan): string {
  const writing = plan.items.filter(isWriting).length;
  const obstructed = plan.items.filter(isObstructed).length;
  const { length } = plan.items;
  const parts = [
    counted(writing, t('1 change'), t('{0} changes', formatNumber(writing))),
    counted(length, t('1 object'), t('{0} objects', formatNumber(length))),
    counted(obstructed, t('1 obstacle'), t('{0} obstacles', formatNumber(obstructed))),
  ] as const;
  return obstructed === 0 ? t('{0} of {1}', parts[0], parts[1]) : t('{0} of {1}, {2}', ...parts);
}

/** The same in words for a question: `2 created, 1 deleted`. */
export function writingSentence(plan: Plan): string {
  const counts = countVerdicts(plan.items);
  const parts = [
    [counts.create, t('{0} created', formatNumber(counts.create))],
    [counts.update, t('{0} updated', formatNumber(counts.update))],
    [counts.recreate, t('{0} deleted and created again', formatNumber(counts.recreate))],
    [counts.delete, t('{0} deleted', formatNumber(counts.delete))],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([, text]) => text);
  return said.length === 0 ? t('nothing to write') : said.join(', ');
}

/** What became of the items, failures first. */
export function applyResults(results: readonly ItemResult[], title: string): ResultSet {
  const groups = Object.entries(outcomeTexts()).flatMap(([outcome, [label, icon]]) => {
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
  return { title, results: groups, empty: t('Nothing was written.') };
}

function planResult(item: PlanItem, plan: Plan, archiveKey: string, transform?: ObjectTransform): Result {
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
      after:
        archived === undefined
          ? { from: 'nothing' }
          : { from: 'archive', address: archived, ...(transform && { transform }) },
      title: t('{0} ({1} ↔ archive)', identity.name, plan.target.context),
    },
    children,
  };
}

function named(identity: ResourceIdentity): Pick<Result, 'label' | 'icon'> {
  return { label: `${fullName(identity)}/${identity.name}`, icon: kindIcon(identity) };
}

function group(label: string, icon: string, children: readonly Result[]): readonly Result[] {
  if (children.length === 0) return [];
  return [{ label, icon, description: formatNumber(children.length), children }];
}
