/** Showing and hiding the values of single Secrets. */
import * as vscode from 'vscode';
import { addressesOf } from './command-subject.ts';
import type { Services } from './services.ts';
import { uriOf } from './uri.ts';

/** Shows the values of the Secrets that were clicked, in this window, until they are hidden or the archive is closed. */
export async function revealSecret(services: Services, ...args: readonly unknown[]): Promise<void> {
  const addresses = addressesOf(services, args);
  for (const address of addresses) {
    services.revealed.reveal(address);
    services.contentChanged(address);
  }
  services.tree.refresh();
  const [first] = addresses;
  if (first !== undefined) await vscode.commands.executeCommand('vscode.open', uriOf(first));
}

/** Hides them again. */
export function hideSecret(services: Services, ...args: readonly unknown[]): void {
  for (const address of addressesOf(services, args)) {
    services.revealed.hide(address);
    services.contentChanged(address);
  }
  services.tree.refresh();
}
