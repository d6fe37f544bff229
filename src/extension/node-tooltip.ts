/** What is said of a node when one rests on it, as Markdown. */
import { isPtarError } from '../errors.ts';
import { dateFromTimestamp, msFromTimestamp } from '../format/index.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from '../operations/object-model.ts';
import { formatAge, formatCount, formatSize, formatTime } from '../operations/quantities.ts';
import { apiVersionOf } from '../resources/object-path.ts';
import type { ArchiveShelf } from './archive-shelf.ts';
import { escapeMarkdown, markdownRows } from './markdown.ts';
import type { ArchiveNode, FileNode, Node, ObjectNode, SnapshotNode } from './node.ts';
import { shownLocation } from './node-text.ts';
import { objectFacts } from './object-facts.ts';
import type { OpenSnapshot } from './open-archive.ts';

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
          ['Path', node.path],
          ['Reason', node.reason],
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
    ['Archive', shownLocation(record.location)],
    ['Size', reader && formatSize(reader.statistics().size)],
    ['Encryption', reader && (reader.configuration.encryption?.dataAlgorithm ?? 'none')],
    ['Repository', record.repositoryId],
    ['State', state.is === 'failed' ? state.error.message : state.is],
  ]);
}

function snapshotTooltip({ reader }: SnapshotNode): string {
  const { header, source } = reader;
  const { directory, below } = source.summary;
  const failed = directory.errors + below.errors;
  const facts = new Map(
    [...(header.context ?? []), ...(source.context ?? [])].map(({ key, value }) => [key, value]),
  );
  return markdownRows([
    ['Captured', formatTime(dateFromTimestamp(header.timestamp))],
    ['From', `${source.importer.type} ${source.importer.origin}`],
    ['Name', header.name],
    ['Tags', (header.tags ?? []).join(', ')],
    ['Holds', `${formatCount(directory.files + below.files, 'file')}, ${formatSize(below.size)}`],
    ['Failed', failed === 0 ? undefined : formatCount(failed, 'item')],
    ['Resource version', facts.get('ResourceVersion')],
    ['Server version', facts.get('ServerVersion')],
    ['Id', reader.id],
  ]);
}

async function objectTooltip({ identity, path }: ObjectNode, { reader }: OpenSnapshot): Promise<string> {
  const entry = await reader.entry(path);
  const facts = objectFacts(objectFromBytes(await reader.bytes(entry, MANIFEST_SIZE_MAX)));
  const createdMs = facts.created === undefined ? NaN : Date.parse(facts.created);
  const capturedMs = msFromTimestamp(reader.header.timestamp);
  return markdownRows([
    [identity.kind, identity.name],
    ['Namespace', identity.namespace],
    ['API version', apiVersionOf(identity)],
    ['Status', facts.status],
    ['Age at capture', Number.isNaN(createdMs) ? undefined : formatAge(capturedMs - createdMs)],
    ['Owner', facts.owners.join(', ')],
    ['Images', facts.images.join(', ')],
    ['Keys', facts.keys.join(', ')],
    ['Size', formatSize(entry.info.size)],
  ]);
}

async function fileTooltip({ path }: FileNode, { reader }: OpenSnapshot): Promise<string> {
  const { formatFileMode } = await import('../format/index.ts');
  const { info, symlinkTarget, contentType } = await reader.entry(path);
  return markdownRows([
    ['Path', path],
    ['Link to', symlinkTarget],
    ['Size', formatSize(info.size)],
    ['Modified', formatTime(dateFromTimestamp(info.modTime))],
    ['Mode', formatFileMode(info.mode)],
    ['Type', contentType],
  ]);
}
