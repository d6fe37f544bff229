import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { isPtarError } from '../../errors.ts';
import type { Services } from './services.ts';

/** Commands that links of the page may run. */
const LINKED_COMMANDS = [
  'ptar.goToObject',
  'ptar.search',
  'ptar.whatChanged',
  'ptar.timeline',
  'ptar.verify',
  'ptar.unlock',
  'ptar.refresh',
];

/** The page about an archive on the web, which has no file to open. */
export function showWebOverview(services: Services, location: string): void {
  const panel = vscode.window.createWebviewPanel('ptar.webOverview', 'ptar', vscode.ViewColumn.Active, {});
  void showFileOverview(services, panel, location);
}

/** The page that opens for a `.ptar` file, in its editor. */
export async function showFileOverview(
  services: Services,
  panel: vscode.WebviewPanel,
  location: string,
): Promise<void> {
  const { shelf, log } = services;
  panel.webview.options = {
    enableScripts: false,
    enableCommandUris: LINKED_COMMANDS,
    localResourceRoots: [],
  };
  const { key } = await shelf.add(location);
  let isDisposed = false;
  let drawing = Promise.resolve();
  const draw = (mayAsk: boolean): Promise<void> => {
    const next = drawing.then(async () => {
      const html = await pageOf(services, key, location, mayAsk);
      // A person may close the page while a question stands.
      if (!isDisposed) panel.webview.html = html;
    });
    drawing = next.catch((error: unknown) => {
      log.error(error instanceof Error ? error : String(error));
    });
    return next;
  };
  const stop = shelf.onChange((changed) => {
    if (changed !== key) return;
    if (shelf.records().every((record) => record.key !== key)) panel.dispose();
    else void draw(false).catch(() => undefined);
  });
  panel.onDidDispose(() => {
    isDisposed = true;
    stop();
  });
  await draw(panel.active);
}

async function pageOf({ shelf }: Services, key: string, location: string, mayAsk: boolean): Promise<string> {
  const { closedPage, overviewPage } = await import('../overview-page.ts');
  const frame = {
    nonce: randomBytes(16).toString('base64'),
    // Without a translation the texts are English, whatever the editor's are.
    language: vscode.l10n.bundle === undefined ? 'en' : vscode.env.language,
    nowMs: Date.now(),
    commandUri: (command: string) => `command:${command}?${encodeURIComponent(JSON.stringify([key]))}`,
  };
  try {
    const archive = await shelf.open(key, mayAsk);
    const { overviewOf } = await import('../overview.ts');
    return overviewPage(await overviewOf(archive), frame);
  } catch (error) {
    if (!isPtarError(error)) throw error;
    const isLocked = error.name === 'KeyError';
    const reason = isLocked
      ? vscode.l10n.t('This archive is locked. Unlock it to look inside.')
      : error.message;
    return closedPage(location, reason, isLocked ? 'unlock' : 'retry', frame);
  }
}
