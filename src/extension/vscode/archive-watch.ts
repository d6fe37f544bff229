import * as vscode from 'vscode';
import { isPtarError } from '../../errors.ts';
import { shownLocation } from '../node-text.ts';
import type { Services } from './services.ts';

/** Looks, when the window gets the focus, whether the files of open archives are still what was opened, and says so where not. */
export function watchArchives(services: Pick<Services, 'shelf' | 'log'>): vscode.Disposable {
  const told = new Set<string>();
  return vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) void lookAtFiles(services, told);
  });
}

/** Asks about every open archive whose file is another one now, once for each. */
export async function lookAtFiles(
  { shelf, log }: Pick<Services, 'shelf' | 'log'>,
  told: Set<string>,
): Promise<void> {
  for (const { key, location } of shelf.records()) {
    const state = shelf.state(key);
    if (state.is !== 'open' || told.has(key)) continue;
    const presence = await state.archive.presence();
    if (presence === 'same') continue;
    told.add(key);
    log.warn(`${shownLocation(location)} is ${presence}`);
    const again = vscode.l10n.t('Open Again');
    const close = vscode.l10n.t('Close Archive');
    const text =
      presence === 'gone'
        ? vscode.l10n.t('{0} is no longer there. What is open shows what it held.', shownLocation(location))
        : vscode.l10n.t('{0} was replaced. What is open shows what it held before.', shownLocation(location));
    const answer = await vscode.window.showWarningMessage(
      text,
      ...(presence === 'gone' ? [close] : [again, close]),
    );
    told.delete(key);
    try {
      if (answer === again) await shelf.reopen(key);
      if (answer === close) await shelf.remove(key);
      if (answer === undefined) told.add(key);
    } catch (error) {
      if (!isPtarError(error)) throw error;
      log.error(error.message);
    }
  }
}
