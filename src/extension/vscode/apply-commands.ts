/** Applying a plan, and taking the restore back. */
import * as vscode from 'vscode';
import { CancelledError, UsageError } from '../../errors.ts';
import type { ApplyEvent, ItemResult } from '../../operations/plan/restore-events.ts';
import { isWriting } from '../../operations/plan/plan.ts';
import { applyResults, writingSentence } from '../plan-results.ts';
import { clusterAccess, confirmProtected } from './cluster-choice.ts';
import { withProgress, type Report } from './progress.ts';
import type { Services } from './services.ts';

/** Carries out the plan that is shown, after a question. */
export async function applyPlan(services: Services): Promise<void> {
  const open = services.restore.plan;
  if (open === undefined) {
    throw new UsageError(vscode.l10n.t('There is no plan; choose what to restore first.'));
  }
  const { plan, archiveKey, context, transform } = open;
  if (!plan.items.some(isWriting)) {
    throw new UsageError(
      vscode.l10n.t('Nothing of this plan can be written; the plan says for each object why.'),
    );
  }
  const go = vscode.l10n.t('Apply');
  const detail = vscode.l10n.t(
    '{0}. What is changed is saved before, so that it can be undone.',
    writingSentence(plan),
  );
  const question = vscode.l10n.t('Restore to {0}?', context);
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, go);
  if (answer !== go) throw new CancelledError();
  await confirmProtected(context);
  const archive = await services.shelf.open(archiveKey, true);
  const { applyPlan: apply } = await import('../../operations/plan/apply-plan.ts');
  await carryOut(services, context, vscode.l10n.t('Restoring'), (signal) =>
    apply({
      archive: archive.reader,
      plan,
      access: clusterAccess(),
      signal,
      ...(transform && { transform }),
    }),
  );
}

/** Takes the last restore of this window back, after a question. */
export async function undoRestore(services: Services): Promise<void> {
  const { done } = services.restore;
  if (done === undefined) throw new UsageError(vscode.l10n.t('Nothing was restored in this window.'));
  const { restoreId, context } = done;
  const go = vscode.l10n.t('Undo');
  const detail = vscode.l10n.t(
    'Objects become what they were before, unless somebody has changed them since.',
  );
  const question = vscode.l10n.t('Undo the restore to {0}?', context);
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, go);
  if (answer !== go) throw new CancelledError();
  await confirmProtected(context);
  const { undoRestore: undo } = await import('../../operations/plan/undo.ts');
  let isWhole = false;
  try {
    isWhole = await carryOut(services, context, vscode.l10n.t('Undoing'), (signal) =>
      undo({ restoreId, access: clusterAccess(), passphrase: askUndoPassphrase, signal }),
    );
  } finally {
    // What could not be taken back now can be later.
    await services.restore.set(isWhole ? {} : { done });
  }
}

/** @returns whether nothing failed */
async function carryOut(
  services: Services,
  context: string,
  title: string,
  begin: (signal: AbortSignal) => AsyncIterable<ApplyEvent>,
): Promise<boolean> {
  const results: ItemResult[] = [];
  let restoreId: string | undefined;
  let problem: Error | undefined;
  await withProgress(title, async (signal, report) => {
    try {
      for await (const event of begin(signal)) {
        if (event.event === 'started') restoreId = event.restoreId;
        take(event, results, report);
      }
    } catch (error) {
      // What was written until then is to be seen, and can be undone.
      problem = error instanceof Error ? error : new Error(String(error));
    }
  });
  const done = results.filter(
    ({ outcome }) => outcome !== 'unchanged' && outcome !== 'skipped' && outcome !== 'failed',
  );
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const sentence = vscode.l10n.t('{0} written, {1} failed in {2}', done.length, failed, context);
  if (restoreId !== undefined || results.length > 0) {
    await services.plans.show(applyResults(results, sentence));
    await services.restore.set({ done: restoreId === undefined ? undefined : { restoreId, context } });
    services.log.info(sentence);
    void offerUndo(sentence, failed > 0 || problem !== undefined, title === vscode.l10n.t('Restoring'));
  }
  if (problem !== undefined) throw problem;
  return failed === 0;
}

function take(event: ApplyEvent, results: ItemResult[], report: Report): void {
  if (event.event === 'waiting') report(vscode.l10n.t('waiting for {0}', event.what));
  if (event.event !== 'result') return;
  results.push(event.result);
  report(`${event.done} / ${event.total} ${event.result.item.identity.name}`);
}

async function offerUndo(sentence: string, isBad: boolean, canUndo: boolean): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const show = isBad ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const answer = await show(sentence, ...(canUndo ? [undo] : []));
  if (answer === undo) await vscode.commands.executeCommand('ptar.undoRestore');
}

async function askUndoPassphrase(): Promise<Uint8Array | undefined> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Undo'),
    prompt: vscode.l10n.t('Passphrase of the archive that was restored from'),
    password: true,
    ignoreFocusOut: true,
  });
  return typed === undefined ? undefined : new TextEncoder().encode(typed);
}
