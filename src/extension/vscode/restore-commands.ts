/** Planning a restore: choose where to, and read what would happen. What is written is decided by the operations alone. */
import * as vscode from 'vscode';
import type { Plan } from '../../operations/plan/plan.ts';
import { clusterUriOf } from '../live-manifest.ts';
import { planResults, planSentence } from '../plan-results.ts';
import { chooseContext, clusterAccess } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import { restoreSelection } from './restore-selection.ts';
import type { Services } from './services.ts';

/** Makes a plan of what was clicked or is checked and shows it. Writes nothing. */
export async function restore(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { archiveKey, archive, snapshot, selections, name } = await restoreSelection(services, args);
  const context = await chooseContext(vscode.l10n.t('Restore {0} to', name));
  const { makePlan } = await import('../../operations/plan/make-plan.ts');
  const plan = await withProgress(vscode.l10n.t('Planning'), async (signal, report) => {
    let made: Plan | undefined;
    const request = {
      archive: archive.reader,
      snapshot: snapshot.reader,
      selection: { selections },
      target: clusterUriOf(context),
      access: clusterAccess(),
      signal,
    };
    for await (const event of makePlan(request)) {
      if (event.event === 'planned') made = event.plan;
      else if (event.event === 'verdict') report(`${event.done} / ${event.total}`);
    }
    return made;
  });
  if (plan === undefined) return;
  await services.plans.show(planResults(plan, archiveKey));
  await services.restore.set({ plan: { plan, archiveKey, context } });
  services.log.info(`planned ${planSentence(plan)} for ${context}`);
}

/** Puts the plan away. */
export async function discardPlan(services: Services): Promise<void> {
  await services.restore.set({});
  await services.plans.clear();
}
