/** Planning a restore: choose where to, and read what would happen. What is written is decided by the operations alone. */
import * as vscode from 'vscode';
import type { Plan } from '../../operations/plan/plan.ts';
import { clusterUriOf } from '../live-manifest.ts';
import { planResults, planSentence } from '../plan-results.ts';
import { chooseContext, chooseNamespace, clusterAccess } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import { restoreSelection } from './restore-selection.ts';
import type { Services } from './services.ts';

/** Makes a plan of what was clicked or is checked and shows it. Writes nothing. */
export async function restore(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { archiveKey, archive, snapshot, selections, name } = await restoreSelection(services, args);
  const context = await chooseContext(vscode.l10n.t('Restore {0} to', name));
  const { moveToNamespace, namespacesOf } = await import('../restore-mapping.ts');
  const namespaces = await namespacesOf(snapshot, selections);
  const namespace = namespaces.length === 0 ? undefined : await chooseNamespace(context, namespaces);
  const { makePlan } = await import('../../operations/plan/make-plan.ts');
  const open = await withProgress(vscode.l10n.t('Planning'), async (signal, report) => {
    let plan: Plan | undefined;
    const transform =
      namespace === undefined
        ? undefined
        : await moveToNamespace(snapshot, selections, namespaces, namespace, signal);
    const request = {
      archive: archive.reader,
      snapshot: snapshot.reader,
      selection: { selections },
      target: clusterUriOf(context),
      access: clusterAccess(),
      ...(transform && { transform }),
      signal,
    };
    for await (const event of makePlan(request)) {
      if (event.event === 'planned') plan = event.plan;
      else if (event.event === 'verdict') report(`${event.done} / ${event.total}`);
    }
    return plan && { plan, archiveKey, context, ...(transform && { transform }) };
  });
  if (open === undefined) return;
  const { plan } = open;
  await services.plans.show(planResults(plan, archiveKey, open.transform));
  await services.restore.set({ plan: open });
  services.log.info(`planned ${planSentence(plan)} for ${context}`);
}

/** Puts the plan away. */
export async function discardPlan(services: Services): Promise<void> {
  await services.restore.set({});
  await services.plans.clear();
}
