import * as vscode from 'vscode';
import { CancelledError } from '../../errors.ts';
import { snapshotOf } from './command-subject.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';

/** Searches the objects of a snapshot and shows what was found in the view of results. */
export async function search(services: Services, ...args: readonly unknown[]): Promise<void> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search in Objects'),
    prompt: vscode.l10n.t('Text, image:TEXT or label:NAME=VALUE. Values of Secrets are not searched.'),
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type what to look for') : undefined),
  });
  if (typed === undefined) throw new CancelledError();
  const { key, snapshot } = await snapshotOf(services, args);
  const { searchResults } = await import('../search-results.ts');
  const set = await withProgress(vscode.l10n.t('Searching'), (signal, report) =>
    searchResults(key, snapshot, typed, signal, (count) => {
      report(vscode.l10n.t('{0} found', count));
    }),
  );
  await services.results.show(set);
}
