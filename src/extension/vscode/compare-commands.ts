/** Comparing an object with what it is elsewhere, in a diff editor, without what clusters add. */
import * as vscode from 'vscode';
import { CancelledError, NotFoundError, UsageError } from '../../errors.ts';
import type { ObjectNode } from '../node.ts';
import type { OpenArchive, OpenSnapshot } from '../open-archive.ts';
import type { ComparedDocument } from '../result.ts';
import { chooseSnapshot, pathNodesOf } from './command-subject.ts';
import { chooseContext } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';
import { addressOfNode } from './uri.ts';

/** With the snapshot before it of the same source. */
export async function comparePrevious(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { node, archive, snapshot } = await subjectOf(services, args);
  const { previous } = snapshot;
  if (previous === undefined) {
    throw new UsageError(vscode.l10n.t('This is the first snapshot; nothing is before it.'));
  }
  await compareWith(services, node, await archive.snapshot(previous.id), node.archiveKey);
}

/** With another snapshot of the archive. */
export async function compareSnapshot(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { node, archive, snapshot } = await subjectOf(services, args);
  const other = await chooseSnapshot(
    archive,
    vscode.l10n.t('Compare {0} with', node.identity.name),
    ({ reader }) => reader.id !== snapshot.reader.id,
  );
  await compareWith(services, node, other, node.archiveKey);
}

/** With the object in another archive, of which a person chooses file and snapshot. */
export async function compareArchive(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { node } = await subjectOf(services, args);
  const location = await chooseFile(vscode.l10n.t('Archive to Compare with'), 'ptar');
  const { key } = await services.shelf.add(location);
  const other = await chooseSnapshot(await services.shelf.open(key, true), vscode.l10n.t('Which snapshot?'));
  await compareWith(services, node, other, key);
}

/** With a manifest in a file. */
export async function compareFile(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { node } = await subjectOf(services, args);
  const path = await chooseFile(vscode.l10n.t('Manifest to Compare with'), 'yaml', 'yml', 'json');
  await compareWithSource(services, node, `manifests:${path}`, path);
}

/** With what a cluster has now. */
export async function compareCluster(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { node } = await subjectOf(services, args);
  const { identity } = node;
  const context = await chooseContext(vscode.l10n.t('Compare {0} with its state in', identity.name));
  await services.documents.open({
    opens: 'diff',
    before: { from: 'archive', address: addressOfNode(node) },
    after: { from: 'cluster', context, identity },
    title: `${identity.name} (${vscode.l10n.t('this snapshot')} ↔ ${context})`,
  });
}

async function compareWith(
  { documents }: Services,
  node: ObjectNode,
  other: OpenSnapshot,
  otherKey: string,
): Promise<void> {
  const [{ snapshotTitle }, { pathInSnapshot }] = await Promise.all([
    import('../change-results.ts'),
    import('../object-place.ts'),
  ]);
  const path = await pathInSnapshot(other, node.identity);
  const before: ComparedDocument =
    path === undefined
      ? { from: 'nothing' }
      : { from: 'archive', address: { archiveKey: otherKey, snapshotId: other.reader.id, path } };
  const title = `${node.identity.name} (${snapshotTitle(other.reader)} ↔ ${vscode.l10n.t('this snapshot')})`;
  const after: ComparedDocument = { from: 'archive', address: addressOfNode(node) };
  await documents.open({ opens: 'diff', before, after, title });
}

async function compareWithSource(
  { documents }: Services,
  node: ObjectNode,
  uri: string,
  name: string,
): Promise<void> {
  const [{ sourceSide }, { cleanedYaml }, { isSameObject }] = await Promise.all([
    import('../../operations/diff-side.ts'),
    import('../cleaned-manifest.ts'),
    import('../../resources/object-path.ts'),
  ]);
  const text = await withProgress(vscode.l10n.t('Reading {0}', name), async (signal) => {
    for await (const object of sourceSide(uri, {}).objects(signal)) {
      if ('problem' in object) continue;
      if (isSameObject(object.identity, node.identity)) return cleanedYaml(await object.read());
    }
    return undefined;
  });
  if (text === undefined) {
    throw new NotFoundError('NOT_FOUND_PATH', vscode.l10n.t('{0} has no {1}', name, node.identity.name));
  }
  await documents.open({
    opens: 'diff',
    before: { from: 'archive', address: addressOfNode(node) },
    after: { from: 'memory', name: `${node.identity.name}.yaml`, text },
    title: `${node.identity.name} (${vscode.l10n.t('this snapshot')} ↔ ${name})`,
  });
}

async function subjectOf(
  services: Services,
  args: readonly unknown[],
): Promise<{ node: ObjectNode; archive: OpenArchive; snapshot: OpenSnapshot }> {
  const node = pathNodesOf(services, args).find(({ type }) => type === 'object');
  if (node?.type !== 'object') {
    throw new UsageError(vscode.l10n.t('Select an object in the view of archives first.'));
  }
  const archive = await services.shelf.open(node.archiveKey, true);
  return { node, archive, snapshot: await archive.snapshot(node.snapshotId) };
}

async function chooseFile(title: string, ...extensions: readonly string[]): Promise<string> {
  const uris = await vscode.window.showOpenDialog({ title, filters: { [title]: [...extensions] } });
  const uri = uris?.[0];
  if (uri === undefined) throw new CancelledError();
  return uri.fsPath;
}
