/** Opening, unlocking, locking and closing archives. */
import * as vscode from 'vscode';
import { CancelledError, UsageError } from '../../errors.ts';
import { shownLocation } from '../node-text.ts';
import { archiveOf } from './command-subject.ts';
import { lookAtFiles } from './archive-watch.ts';
import type { Services } from './services.ts';

/** Opens the archives of URIs, or those that a person chooses, and unlocks them. */
export async function openArchive(services: Services, ...args: readonly unknown[]): Promise<void> {
  const [given] = args;
  const uris = given instanceof vscode.Uri ? [given] : await chooseFiles();
  for (const uri of uris) await openLocation(services, locationOf(uri));
}

/** Opens an archive on the web. */
export async function openUrl(services: Services, ...args: readonly unknown[]): Promise<void> {
  const [given] = args;
  const typed =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Open Archive from URL'),
          prompt: vscode.l10n.t('Only what is looked at is fetched.'),
          placeHolder: 'https://…/prod.ptar',
          ignoreFocusOut: true,
          validateInput: (text) =>
            /^https?:\/\/[^/]+\/./i.test(text)
              ? undefined
              : vscode.l10n.t('An http or https URL of an archive'),
        });
  if (typed === undefined) throw new CancelledError();
  await openLocation(services, typed);
}

/** Opens the archive that comes with the extension. */
export async function openSample(services: Services): Promise<void> {
  const uri = vscode.Uri.joinPath(services.context.extensionUri, 'dist', 'extension', 'shop.ptar');
  await openLocation(services, uri.fsPath);
}

async function openLocation(services: Services, location: string): Promise<void> {
  const { key } = await services.shelf.add(location);
  await openInView(services, key);
}

/**
 * Opens an archive of the shelf and shows it in the view.
 * @param said its passphrase, where a person has said it already
 */
export async function openInView(
  { shelf, treeView, children, log }: Services,
  key: string,
  said?: string,
): Promise<void> {
  await vscode.commands.executeCommand('ptar.archives.focus');
  await shelf.open(key, true, said);
  const node = children.roots().find(({ archiveKey }) => archiveKey === key);
  if (node === undefined) return;
  try {
    await treeView.reveal(node, { select: true, focus: true, expand: true });
  } catch (error) {
    // The tree was read again meanwhile. The archive is open and in it all the same.
    log.debug(String(error));
  }
}

/** Asks for the passphrase of an archive. */
export async function unlock(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key } = await archiveOf(services, args);
  await services.shelf.open(key, true);
}

/** Closes an archive's content and forgets its key; it stays in the view. */
export async function lock(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key } = await archiveOf(services, args);
  await services.shelf.lock(key);
}

/** Takes an archive out of the view. */
export async function closeArchive(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key } = await archiveOf(services, args);
  await services.shelf.remove(key);
}

/** Deletes the keys of the window's archives from the secret storage. */
export async function forgetKeys({ shelf, context }: Services): Promise<void> {
  let count = 0;
  for (const { repositoryId } of shelf.records()) {
    if (repositoryId === undefined) continue;
    await context.secrets.delete(`ptar.key.${repositoryId}`);
    count += 1;
  }
  void vscode.window.showInformationMessage(vscode.l10n.t('Forgot the keys of {0} archives.', count));
}

/** Looks whether files have changed; opens again what had failed. */
export async function refresh(services: Services): Promise<void> {
  const { shelf, children, tree } = services;
  children.forget();
  for (const { key } of shelf.records()) if (shelf.state(key).is === 'failed') await shelf.reopen(key);
  tree.refresh();
  void lookAtFiles(services, new Set());
}

/** The page about an archive. */
export async function showOverview(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { location } = await archiveOf(services, args);
  if (/^https?:/i.test(location)) {
    const { showWebOverview } = await import('./overview-editor.ts');
    showWebOverview(services, location);
    return;
  }
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(location), 'ptar.overview');
}

function locationOf(uri: vscode.Uri): string {
  if (uri.scheme === 'file' || uri.scheme === 'vscode-remote') return uri.fsPath;
  if (uri.scheme === 'http' || uri.scheme === 'https') return uri.toString(true);
  throw new UsageError(
    vscode.l10n.t(
      '{0} is neither a file nor on the web; copy it to a folder and open it there.',
      shownLocation(uri.path),
    ),
  );
}

async function chooseFiles(): Promise<readonly vscode.Uri[]> {
  const uris = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Open Archive'),
    canSelectMany: true,
    filters: { [vscode.l10n.t('Archives')]: ['ptar'], [vscode.l10n.t('All files')]: ['*'] },
  });
  if (uris === undefined) throw new CancelledError();
  return uris;
}
