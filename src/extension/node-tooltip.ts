/** What is said of a node when one rests on it, as Markdown. */
import { isPtarError } from '../errors.ts';
import { dateFromTimestamp, formatFileMode, msFromTimestamp } from '../format/index.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from '../operations/object-model.ts';
import { formatAge, formatNumber, formatSize, formatTime } from '../operations/quantities.ts';
import { apiVersionOf } from '../resources/object-path.ts';
import type { ArchiveShelf } from './archive-shelf.ts';
import { escapeMarkdown, markdownRows } from './markdown.ts';
import type { ArchiveNode, FileNode, Node, ObjectNode, SnapshotNode } from './node.ts';
import { shownLocation } from './node-text.ts';
import { objectFacts } from './object-facts.ts';
import type { OpenSnapshot } from './open-archive.ts';
import { counted, t } from './translation.ts';

/** The tooltip of `node`, or undefined where its label says it all. Reads the object that it is about, and nothing else. */
export async function tooltipOf(node: Node, shelf: ArchiveShelf): Promise<string | undefined> {
  try {
    switch (node.type) {
      case 'archive':
        return archiveTooltip(node, shelf);
      case 'snapshot':
        return snapshotTooltip(node);
      case 'object':
        return await objectTooltip(node, await snapshotOf(node, shelf));
      case 'file':
        return await fileTooltip(node, await snapshotOf(node, shelf));
      case 'failure':
        return markdownRows([
          [t('Path'), node.path],
          [t('Reason'), node.reason],
        ]);
      case 'message':
        return escapeMarkdown(node.text);
      case 'layer':
      case 'namespace':
      case 'kind':
      case 'folder':
      case 'more':
        return undefined;
    }
  } catch (error) {
    if (isPtarError(error)) return escapeMarkdown(error.message);
    throw error;
  }
}

async function snapshotOf(node: ObjectNode | FileNode, shelf: ArchiveShelf): Promise<OpenSnapshot> {
  const archive = await shelf.open(node.archiveKey, false);
  return archive.snapshot(node.snapshotId);
}

function archiveTooltip({ record }: ArchiveNode, shelf: ArchiveShelf): string {
  const state = shelf.state(record.key);
  const reader = state.is === 'open' ? state.archive.reader : undefined;
  return markdownRows([
    [t('Archive'), shownLocation(record.location)],
    [t('Size'), reader && formatSize(reader.size)],
    [t('Encryption'), reader && (reader.configuration.encryption?.dataAlgorithm ?? t('none'))],
    [t('Repository'), record.repositoryId],
    [t('State'), state.is === 'failed' ? state.error.message : stateText(state.is)],
  ]);
}

function stateText(state: 'closed' | 'locked' | 'open'): string {
  if (state === 'open') return t('open');
  return state === 'locked' ? t('locked') : t('closed');
}

function snapshotTooltip({ reader }: SnapshotNode): string {
  const { header, source } = reader;
  const { directory, below } = source.summary;
  const failed = directory.errors + below.errors;
  const files = directory.files + below.files;
  const facts = new Map(
    [...(header.context ?? []), ...(source.context ?? [])].map(({ key, value }) => [key, value]),
  );
  return markdownRows([
    [t('Captured'), formatTime(dateFromTimestamp(header.timestamp))],
    [t('From'), `${source.importer.type} ${source.importer.origin}`],
    [t('Name'), header.name],
    [t('Tags'), (header.tags ?? []).join(', ')],
    [
      t('Holds'),
      `${counted(files, t('1 file'), t('{0} files', formatNumber(files)))}, ${formatSize(below.size)}`,
    ],
    [
      t('Failed'),
      failed === 0 ? undefined : counted(failed, t('1 item'), t('{0} items', formatNumber(failed))),
    ],
    [t('Resource version'), facts.get('ResourceVersion')],
    [t('Server version'), facts.get('ServerVersion')],
    [t('Id'), reader.id],
  ]);
}

async function objectTooltip({ identity, path }: ObjectNode, { reader }: OpenSnapshot): Promise<string> {
  const entry = await reader.entry(path);
  const facts = objectFacts(objectFromBytes(await reader.bytes(entry, MANIFEST_SIZE_MAX)));
  const createdMs = facts.created === undefined ? NaN : Date.parse(facts.created);
  const capturedMs = msFromTimestamp(reader.header.timestamp);
  return markdownRows([
    [identity.kind, identity.name],
    [t('Namespace'), identity.namespace],
    [t('API version'), apiVersionOf(identity)],
    [t('Status'), facts.status],
    [t('Age at capture'), Number.isNaN(createdMs) ? undefined : formatAge(capturedMs - createdMs)],
    [t('Owner'), facts.owners.join(', ')],
    [t('Images'), facts.images.join(', ')],
    [t('Keys'), facts.keys.join(', ')],
    [t('Size'), formatSize(entry.info.size)],
  ]);
}

async function fileTooltip({ path }: FileNode, { reader }: OpenSnapshot): Promise<string> {
  const { info, symlinkTarget, contentType } = await reader.entry(path);
  return markdownRows([
    [t('Path'), path],
    [t('Link to'), symlinkTarget],
    [t('Size'), formatSize(info.size)],
    [t('Modified'), formatTime(dateFromTimestamp(info.modTime))],
    [t('Mode'), formatFileMode(info.mode)],
    [t('Type'), contentType],
  ]);
}
