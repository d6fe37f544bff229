/** Which cluster: chosen by a person every time, never silently the current one. */
import * as vscode from 'vscode';
import { CancelledError, UsageError } from '../../errors.ts';
import { isProtectedContext } from '../protected-context.ts';

/** How clusters are reached, from the settings. */
export function clusterAccess(): { readonly kubeconfig?: string } {
  const kubeconfig = vscode.workspace.getConfiguration('ptar').get<string>('kubeconfig', '');
  return kubeconfig === '' ? {} : { kubeconfig };
}

/**
 * Asks for a context of the kubeconfig.
 * @throws CancelledError; UsageError in an untrusted workspace or where there is no context; ConnectorError CONNECTOR_CONFIGURATION
 */
export async function chooseContext(title: string): Promise<string> {
  if (!vscode.workspace.isTrusted) {
    throw new UsageError(
      vscode.l10n.t('This workspace is not trusted, so clusters are not reached; trust it first.'),
    );
  }
  const { contextNames } = await import('../../operations/cluster-names.ts');
  const names = contextNames(clusterAccess().kubeconfig);
  if (names.length === 0) {
    throw new UsageError(
      vscode.l10n.t('The kubeconfig has no context; set ptar.kubeconfig to one that has.'),
    );
  }
  const items = names.map((name) => ({
    label: name,
    ...(isProtected(name) && { description: `$(shield) ${vscode.l10n.t('protected')}` }),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('Context of the kubeconfig'),
    ignoreFocusOut: true,
  });
  if (chosen === undefined) throw new CancelledError();
  return chosen.label;
}

/** Has the name of a protected context typed before anything is written to it. @throws CancelledError */
export async function confirmProtected(context: string): Promise<void> {
  if (!isProtected(context)) return;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('{0} is protected', context),
    prompt: vscode.l10n.t('Type its name to write to it.'),
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === context ? undefined : vscode.l10n.t('The name of the context, as it is'),
  });
  if (typed !== context) throw new CancelledError();
}

function isProtected(context: string): boolean {
  const patterns = vscode.workspace.getConfiguration('ptar').get<readonly string[]>('protectedContexts', []);
  return isProtectedContext(context, patterns);
}
