import * as vscode from 'vscode';
import { addressOf } from '../archive-uri.ts';
import type { Entrance } from './entrance.ts';
import type { Services } from './services.ts';

/** Marks in the tree and on tabs: what changed since the snapshot before, what failed, what is secret. Asked for what is visible. */
export class Decorations {
  readonly #services: Pick<Services, 'shelf' | 'revealed'>;
  readonly #changes: Entrance['decorationChanges'];

  constructor(services: Pick<Services, 'shelf' | 'revealed'>, changes: Entrance['decorationChanges']) {
    this.#services = services;
    this.#changes = changes;
  }

  /** Asks again for one address, or for all. */
  changed(uri?: vscode.Uri): void {
    this.#changes.fire(uri);
  }

  async provideFileDecoration(
    uri: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<vscode.FileDecoration | undefined> {
    const address = addressOf(uri);
    if (address === undefined || address.snapshotId === '' || uri.scheme !== 'ptar') return undefined;
    const { markOf } = await import('../entry-mark.ts');
    const mark = await markOf(this.#services.shelf, address, () => token.isCancellationRequested);
    switch (mark) {
      case 'failed':
        return decoration('!', vscode.l10n.t('Could not be captured'), 'list.errorForeground');
      case 'added':
        return decoration(
          'A',
          vscode.l10n.t('New since the snapshot before'),
          'gitDecoration.addedResourceForeground',
        );
      case 'changed':
        return decoration(
          'M',
          vscode.l10n.t('Changed since the snapshot before'),
          'gitDecoration.modifiedResourceForeground',
        );
      case 'secret': {
        const isShown = this.#services.revealed.has(address);
        const text = isShown
          ? vscode.l10n.t('Secret: its values are shown')
          : vscode.l10n.t('Secret: its values are hidden');
        return decoration(isShown ? '○' : '●', text, isShown ? 'list.warningForeground' : undefined);
      }
      case undefined:
        return undefined;
    }
  }
}

function decoration(badge: string, tooltip: string, color: string | undefined): vscode.FileDecoration {
  return new vscode.FileDecoration(
    badge,
    tooltip,
    color === undefined ? undefined : new vscode.ThemeColor(color),
  );
}
