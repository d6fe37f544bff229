/** Capturing a cluster into a new archive. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { CancelledError, isPtarError } from '../../errors.ts';
import { formatNumber, formatSize } from '../../operations/quantities.ts';
import { clusterUriOf } from '../live-manifest.ts';
import { counted } from '../translation.ts';
import { openInView } from './archive-commands.ts';
import { chooseContext, clusterAccess } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';

interface Chosen {
  readonly context: string;
  readonly namespaces: readonly string[];
  readonly kinds: readonly string[];
  readonly path: string;
  /** Undefined for an archive without encryption. */
  readonly passphrase: string | undefined;
}

/** Asks for everything that a capture needs, captures, and opens the new archive. Cancelled, it leaves no file. */
export async function capture(services: Services): Promise<void> {
  const chosen = await choose();
  const { captureSources } = await import('../../operations/capture.ts');
  const { context, namespaces, kinds, path, passphrase } = chosen;
  const result = await withProgress(vscode.l10n.t('Capturing {0}', context), (signal, report) =>
    captureSources({
      sources: [clusterUriOf(context)],
      archivePath: path,
      overwrite: true,
      encryption: () =>
        Promise.resolve(
          passphrase === undefined ? 'plaintext' : { passphrase: new TextEncoder().encode(passphrase) },
        ),
      importer: {
        kubernetes: {
          ...clusterAccess(),
          ...(namespaces.length > 0 && { namespaces }),
          ...(kinds.length > 0 && { kinds }),
          signal,
        },
      },
      signal,
      onProgress: ({ what, done, size }) => {
        const objects = counted(
          done,
          vscode.l10n.t('1 object'),
          vscode.l10n.t('{0} objects', formatNumber(done)),
        );
        report(`${objects}, ${formatSize(size)} · ${what}`);
      },
    }),
  );
  for (const { failures } of result.sources) {
    for (const { path: item, reason } of failures) services.log.warn(`${item}: ${reason}`);
  }
  const failed = result.sources.reduce((sum, source) => sum + source.failed, 0);
  const text = vscode.l10n.t('Captured {0} into {1}.', context, path);
  if (failed > 0) void warnOfFailures(services, vscode.l10n.t('{0} {1} items failed.', text, failed));
  else void vscode.window.showInformationMessage(text);
  const { key } = await services.shelf.add(path);
  await services.shelf.reopen(key);
  await openInView(services, key, passphrase);
}

async function choose(): Promise<Chosen> {
  const context = await chooseContext(vscode.l10n.t('Capture which cluster?'));
  const namespaces = await chooseNamespaces(context);
  const kinds = await chooseKinds();
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Archive to Make'),
    defaultUri: vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir()),
      `${context.replace(/[^\w.-]+/g, '-')}.ptar`,
    ),
    filters: { [vscode.l10n.t('Archives')]: ['ptar'] },
  });
  if (target === undefined) throw new CancelledError();
  return { context, namespaces, kinds, path: target.fsPath, passphrase: await choosePassphrase() };
}

async function chooseNamespaces(context: string): Promise<readonly string[]> {
  const { namespaceNames } = await import('../../operations/cluster-names.ts');
  const title = vscode.l10n.t('Which namespaces?');
  let names: readonly string[];
  try {
    names = await withProgress(vscode.l10n.t('Reading {0}', context), (signal) =>
      namespaceNames(clusterUriOf(context), { ...clusterAccess(), signal }),
    );
  } catch (error) {
    // Somebody may capture namespaces without the right to list them.
    if (!isPtarError(error) || error.code !== 'CONNECTOR_FORBIDDEN') throw error;
    return typedList(title, vscode.l10n.t('Namespaces, with commas; you may not list them'));
  }
  const chosen = await vscode.window.showQuickPick(
    names.map((label) => ({ label })),
    {
      title,
      placeHolder: vscode.l10n.t('None chosen: all, and what is in none'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  if (chosen === undefined) throw new CancelledError();
  return chosen.map(({ label }) => label);
}

async function chooseKinds(): Promise<readonly string[]> {
  return typedList(
    vscode.l10n.t('Which kinds?'),
    vscode.l10n.t('As kubectl knows them, with commas; empty: all'),
  );
}

async function typedList(title: string, prompt: string): Promise<readonly string[]> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt,
    placeHolder: 'deploy, configmaps, certificates.cert-manager.io',
    ignoreFocusOut: true,
  });
  if (typed === undefined) throw new CancelledError();
  return typed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

async function choosePassphrase(): Promise<string | undefined> {
  const first = await askNew(
    vscode.l10n.t('Passphrase of the new archive; empty: not encrypted'),
    () => undefined,
  );
  if (first === '') {
    const go = vscode.l10n.t('Without Encryption');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('Make an archive without encryption?'),
      { modal: true, detail: vscode.l10n.t('Whoever has the file can read everything, Secrets included.') },
      go,
    );
    if (answer !== go) throw new CancelledError();
    return undefined;
  }
  return askNew(vscode.l10n.t('The same again'), (typed) =>
    typed === first ? undefined : vscode.l10n.t('The two differ'),
  );
}

async function askNew(prompt: string, validate: (typed: string) => string | undefined): Promise<string> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Encryption'),
    prompt,
    password: true,
    ignoreFocusOut: true,
    validateInput: validate,
  });
  if (typed === undefined) throw new CancelledError();
  return typed;
}

async function warnOfFailures({ log }: Services, text: string): Promise<void> {
  const show = vscode.l10n.t('Show Log');
  if ((await vscode.window.showWarningMessage(text, show)) === show) log.show();
}
