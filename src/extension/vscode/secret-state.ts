import * as vscode from 'vscode';
import { addressOf } from '../archive-uri.ts';
import type { Entrance } from './entrance.ts';
import type { Services } from './services.ts';

/** Keeps `ptar.activeSecret` (`hidden`, `shown` or nothing) in step with the editor that is in front, for the button in its title. */
export class SecretState implements vscode.Disposable {
  readonly #services: Pick<Services, 'content' | 'revealed'>;
  readonly #subscriptions: vscode.Disposable;

  constructor(
    services: Pick<Services, 'content' | 'revealed'>,
    onDidChangeFile: Entrance['fileChanges']['event'],
  ) {
    this.#services = services;
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => void this.#show()),
      onDidChangeFile(() => void this.#show()),
    );
    void this.#show();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #show(): Promise<void> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const address = uri?.scheme === 'ptar' ? addressOf(uri) : undefined;
    let state = '';
    if (address !== undefined && /\/Secret\/v1\/[^/]+$/.test(address.path)) {
      state = this.#services.revealed.has(address) ? 'shown' : 'hidden';
    }
    await vscode.commands.executeCommand('setContext', 'ptar.activeSecret', state);
  }
}
