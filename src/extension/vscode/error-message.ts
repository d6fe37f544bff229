import * as vscode from 'vscode';
import { isPtarError } from '../../errors.ts';
import { ADVICE_BY_ERROR, type Advice } from '../error-advice.ts';

/** What an error is about, for the action that helps. */
export interface ErrorSubject {
  readonly archiveKey?: string;
  /** Does the same once more. */
  readonly again?: () => unknown;
}

/** Shows an error with the one action that helps; says nothing of a cancellation. What is no error of ptar's goes to the log whole. */
export function showError(error: unknown, log: vscode.LogOutputChannel, subject: ErrorSubject = {}): void {
  if (isPtarError(error)) {
    // Whoever was asked for a passphrase and gave none has cancelled.
    if (error.code === 'CANCELLED' || error.code === 'KEY_MISSING') return;
    log.error(`${error.code}: ${error.message}`);
    void offerHelp(error.message, ADVICE_BY_ERROR[error.code], subject);
    return;
  }
  log.error(error instanceof Error ? error : String(error));
  const text = error instanceof Error ? error.message : String(error);
  void offerLog(vscode.l10n.t('A bug in ptar: {0}. Please report it.', text));
}

async function offerHelp(
  message: string,
  advice: Advice | undefined,
  { archiveKey, again }: ErrorSubject,
): Promise<void> {
  const actions: Readonly<Record<Exclude<Advice, 'retry'>, readonly [label: string, command: string]>> = {
    unlock: [vscode.l10n.t('Unlock…'), 'ptar.unlock'],
    reopen: [vscode.l10n.t('Open Again'), 'ptar.refresh'],
    chooseArchive: [vscode.l10n.t('Open Archive…'), 'ptar.openArchive'],
    openSettings: [vscode.l10n.t('Settings'), 'workbench.action.openSettings'],
    verify: [vscode.l10n.t('Verify'), 'ptar.verify'],
  };
  if (advice === undefined) {
    await vscode.window.showErrorMessage(message);
    return;
  }
  if (advice === 'retry') {
    const retry = vscode.l10n.t('Try Again');
    if ((await vscode.window.showErrorMessage(message, retry)) === retry) await again?.();
    return;
  }
  const [label, command] = actions[advice];
  const answer = await vscode.window.showErrorMessage(message, label);
  if (answer !== label) return;
  const argument =
    advice === 'openSettings' ? 'ptar.kubeconfig' : advice === 'chooseArchive' ? undefined : archiveKey;
  await vscode.commands.executeCommand(command, ...(argument === undefined ? [] : [argument]));
}

async function offerLog(message: string): Promise<void> {
  const label = vscode.l10n.t('Show Log');
  if ((await vscode.window.showErrorMessage(message, label)) === label) {
    await vscode.commands.executeCommand('ptar.showLog');
  }
}
