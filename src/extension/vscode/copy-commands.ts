/** Getting things out of an archive: clipboard, files, a terminal. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { CancelledError, UsageError } from '../../errors.ts';
import { baseName } from '../../format/path.ts';
import { shellWord } from '../shell-word.ts';
import { chooseContext, clusterAccess } from './cluster-choice.ts';
import { addressesOf, nodesInSnapshot, pathNodesOf } from './command-subject.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';
import { uriOf } from './uri.ts';

/** Copies objects or files as text; values of Secrets are hidden unless they are revealed. */
export async function copyYaml(services: Services, ...args: readonly unknown[]): Promise<void> {
  const content = await services.content();
  const texts: string[] = [];
  for (const address of addressesOf(services, args)) {
    texts.push(Buffer.from(await content.read(address)).toString('utf8'));
  }
  const text = texts.map((part) => (part.endsWith('\n') ? part : `${part}\n`)).join('---\n');
  await vscode.env.clipboard.writeText(text);
}

/** Copies names, one a line. */
export async function copyName(services: Services, ...args: readonly unknown[]): Promise<void> {
  const names = pathNodesOf(services, args).map((node) =>
    node.type === 'object' ? node.identity.name : baseName(node.path),
  );
  await vscode.env.clipboard.writeText(names.join('\n'));
}

/** Writes one object or file to a place that a person chooses. */
export async function saveAs(services: Services, ...args: readonly unknown[]): Promise<void> {
  const [address, ...others] = addressesOf(services, args);
  if (address === undefined) return;
  if (others.length > 0) {
    throw new UsageError(vscode.l10n.t('One is saved at a time; extract several to a folder.'));
  }
  const name = baseName(address.path);
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save {0}', name),
    defaultUri: vscode.Uri.joinPath(startFolder(), name),
  });
  if (target === undefined) throw new CancelledError();
  await vscode.workspace.fs.writeFile(target, await vscode.workspace.fs.readFile(uriOf(address)));
}

/** Writes objects, folders or a whole snapshot below a folder that a person chooses. Secrets are written as they are, after a question. */
export async function extract(services: Services, ...args: readonly unknown[]): Promise<void> {
  const nodes = nodesInSnapshot(services, args, vscode.l10n.t('Select what to extract first.'));
  const [{ archiveKey, snapshotId }] = nodes;
  const folders = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Extract to Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: startFolder(),
    openLabel: vscode.l10n.t('Extract'),
  });
  const folder = folders?.[0];
  if (folder === undefined) throw new CancelledError();
  const go = vscode.l10n.t('Extract');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Extract to {0}?', folder.fsPath),
    {
      modal: true,
      detail: vscode.l10n.t('Files are written as they were captured: Secrets with their values.'),
    },
    go,
  );
  if (answer !== go) throw new CancelledError();
  const selections = nodes.map((node) => ('path' in node ? node.path : '/'));
  const snapshot = await (await services.shelf.open(archiveKey, true)).snapshot(snapshotId);
  const { exportEntries, openTarget, OutcomeCounter } = await import('../../operations/export-entries.ts');
  const exporter = await openTarget(folder.fsPath);
  const counter = new OutcomeCounter();
  try {
    await withProgress(vscode.l10n.t('Extracting'), async (signal, report) => {
      for await (const results of exportEntries(snapshot.reader, exporter, { selections, signal })) {
        for (const { name, outcome, reason } of results) {
          if (outcome !== 'failed' && outcome !== 'skipped') continue;
          services.log.warn(`${name}: ${outcome}: ${reason ?? ''}`);
        }
        for (const result of results) counter.add(result);
        report(results.at(-1)?.name ?? '');
      }
    });
  } finally {
    await exporter.close();
  }
  const { created, updated, failed, skipped } = counter.counts;
  const text = vscode.l10n.t('{0} written, {1} not', created + updated, failed + skipped);
  if (counter.isPartial) {
    const label = vscode.l10n.t('Show Log');
    if ((await vscode.window.showWarningMessage(text, label)) === label) services.log.show();
  } else void vscode.window.showInformationMessage(text);
}

/** A terminal with the command line that applies the object as it is to a context that is chosen, for a person to read and run. */
export async function openTerminal(services: Services, ...args: readonly unknown[]): Promise<void> {
  const [node] = pathNodesOf(services, args);
  if (node?.type !== 'object') throw new UsageError(vscode.l10n.t('Select an object first.'));
  const { location } = services.shelf.record(node.archiveKey);
  const { kind, name, namespace } = node.identity;
  const context = await chooseContext(vscode.l10n.t('Apply {0} to', name));
  const cat = ['ptar', 'cat', location, node.path, '--snapshot', node.snapshotId.slice(0, 12)];
  if (kind === 'Secret') cat.push('--show-secrets');
  const apply = ['kubectl', 'apply', '--context', context];
  const { kubeconfig } = clusterAccess();
  if (kubeconfig !== undefined) apply.push('--kubeconfig', kubeconfig);
  if (namespace !== undefined) apply.push('-n', namespace);
  apply.push('-f', '-');
  const line = [cat, apply].map((words) => words.map(shellWord).join(' ')).join(' | ');
  const terminal = vscode.window.createTerminal({ name: 'ptar' });
  terminal.show();
  terminal.sendText(line, false);
}

function startFolder(): vscode.Uri {
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
}
