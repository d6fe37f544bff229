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
 * @throws CancelledError, also in an untrusted workspace, after a message; UsageError where there is no context; ConnectorError
 * CONNECTOR_CONFIGURATION
 */
export async function chooseContext(title: string): Promise<string> {
  if (!vscode.workspace.isTrusted) {
    void offerTrust();
    throw new CancelledError();
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

async function offerTrust(): Promise<void> {
  const text = vscode.l10n.t('This workspace is not trusted, so clusters are not reached; trust it first.');
  const manage = vscode.l10n.t('Manage Trust');
  if ((await vscode.window.showWarningMessage(text, manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}

/**
 * Asks into which namespace objects go.
 * @param captured where they were
 * @returns undefined for where they were
 * @throws CancelledError
 */
export async function chooseNamespace(
  context: string,
  captured: readonly string[],
): Promise<string | undefined> {
  const asCaptured = { label: captured.join(', '), description: vscode.l10n.t('as captured') };
  const another = { label: vscode.l10n.t('Another…') };
  const offered = vscode.window.createQuickPick();
  offered.title = vscode.l10n.t('Into which namespace of {0}?', context);
  offered.items = [asCaptured, another];
  offered.ignoreFocusOut = true;
  offered.busy = true;
  void namespacesIn(context).then((names) => {
    offered.items = [asCaptured, ...names.map((label) => ({ label })), another];
    offered.busy = false;
  });
  const chosen = await new Promise<vscode.QuickPickItem | undefined>((resolve) => {
    offered.onDidAccept(() => {
      resolve(offered.selectedItems[0]);
    });
    offered.onDidHide(() => {
      resolve(undefined);
    });
    offered.show();
  });
  offered.dispose();
  if (chosen === undefined) throw new CancelledError();
  if (chosen.description !== undefined) return undefined;
  if (chosen.label !== another.label) return chosen.label;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Into which namespace of {0}?', context),
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)
        ? undefined
        : vscode.l10n.t('The name of a namespace: lower-case letters, digits and dashes'),
  });
  if (typed === undefined) throw new CancelledError();
  return typed;
}

/** None where they may not be listed: their names can be typed. */
async function namespacesIn(context: string): Promise<readonly string[]> {
  const { namespaceNames } = await import('../../operations/cluster-names.ts');
  return namespaceNames(`k8s://${encodeURIComponent(context)}`, clusterAccess()).catch(() => []);
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
