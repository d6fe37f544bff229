import * as vscode from 'vscode';
import { throwIfCancelled } from '../../errors.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import { kindIcon } from '../kind-table.ts';
import { allObjects } from '../object-listing.ts';
import type { OpenSnapshot } from '../open-archive.ts';
import { snapshotOf } from './command-subject.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';
import { uriOf } from './uri.ts';

/** Most objects that a quick pick is filled with. */
const ITEMS_MAX = 100_000;

interface ObjectItem extends vscode.QuickPickItem {
  readonly path: string;
}

/** Opens an object of a snapshot by its name. */
export async function goToObject(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key, snapshot } = await snapshotOf(services, args);
  const title = vscode.l10n.t('Reading the names of objects');
  const items = await withProgress(title, (signal) => itemsOf(snapshot, signal));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Go to Object'),
    placeHolder: vscode.l10n.t('Name, kind or namespace'),
    matchOnDescription: true,
  });
  if (chosen === undefined) return;
  const address = { archiveKey: key, snapshotId: snapshot.reader.id, path: chosen.path };
  await vscode.commands.executeCommand('vscode.open', uriOf(address));
}

async function itemsOf(snapshot: OpenSnapshot, signal: AbortSignal): Promise<readonly ObjectItem[]> {
  const items: ObjectItem[] = [];
  for await (const { path, identity } of allObjects(snapshot)) {
    throwIfCancelled(signal);
    const { kind, namespace, name } = identity;
    items.push({
      label: `$(${kindIcon(identity)}) ${name}`,
      description: `${kind} ${namespace ?? ''}`.trim(),
      detail: apiVersionOf(identity) === 'v1' ? '' : apiVersionOf(identity),
      path,
    });
    if (items.length === ITEMS_MAX) break;
  }
  return items;
}
