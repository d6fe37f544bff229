import * as vscode from 'vscode';
import { COMMAND_LOADERS } from './command-loaders.ts';
import type { Services } from './services.ts';

/** Registers all commands. What one throws is shown, with the action that helps. */
export function registerCommands(
  log: vscode.LogOutputChannel,
  services: () => Promise<Services>,
): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(COMMAND_LOADERS).map(([name, load]) =>
      vscode.commands.registerCommand(`ptar.${name}`, async (...args: unknown[]) => {
        try {
          const command = await load();
          return await command(await services(), ...args);
        } catch (error) {
          const { showError } = await import('./error-message.ts');
          const again = (): unknown => vscode.commands.executeCommand(`ptar.${name}`, ...args);
          showError(error, log, { ...subjectOf(args), again });
          return undefined;
        }
      }),
    ),
  );
}

function subjectOf([first]: readonly unknown[]): { archiveKey?: string } {
  if (typeof first !== 'object' || first === null || !('archiveKey' in first)) return {};
  return typeof first.archiveKey === 'string' ? { archiveKey: first.archiveKey } : {};
}
