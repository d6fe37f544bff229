/** Names that a person can give where something in an archive is meant. */
import { isDirectory } from '../format/file-mode.ts';
import { formatTimestamp, type ArchiveReader, type SnapshotReader } from '../format/index.ts';
import { NO_NAMESPACE, ObjectCatalogue } from './object-catalogue.ts';
import { objectQueryOf } from './selection.ts';
import { chooseSnapshot } from './snapshot-choice.ts';

/** Most names of one answer. */
const NAMES_MAX = 1000;
/** Most snapshots of one answer, the newest. */
const SNAPSHOTS_MAX = 50;
/** As tables show ids. */
const ID_LENGTH = 8;

/** A name, and what tells it from others. */
export interface ArchiveName {
  readonly value: string;
  readonly description?: string;
}

/** Snapshots by id and by age, the newest first. */
export async function snapshotNames(archive: ArchiveReader): Promise<readonly ArchiveName[]> {
  const newest = [...(await archive.snapshots())].reverse().slice(0, SNAPSHOTS_MAX);
  const described = newest.map((snapshot) => ({
    id: snapshot.id.slice(0, ID_LENGTH),
    description: `${formatTimestamp(snapshot.header.timestamp)} ${snapshot.source.importer.origin}`,
  }));
  return [
    ...described.map(({ description }, back) => ({
      value: back === 0 ? 'latest' : `latest~${String(back)}`,
      description,
    })),
    ...described.map(({ id, description }) => ({ value: id, description })),
  ];
}

/** Namespaces of one snapshot. */
export async function archiveNamespaces(
  archive: ArchiveReader,
  which?: string,
): Promise<readonly ArchiveName[]> {
  const snapshot = await chooseSnapshot(archive, which);
  const names = await folderNames(snapshot, new ObjectCatalogue(snapshot).root);
  return names.filter((name) => name !== NO_NAMESPACE).map((value) => ({ value }));
}

/**
 * What goes on from `typed` as a selection: a path, a kind, `KIND/NAME`, `NAMESPACE/KIND/NAME`. What ends in `/` goes on.
 * @throws NotFoundError where `typed` leads nowhere
 */
export async function selectionNames(
  archive: ArchiveReader,
  typed: string,
  scope: { readonly snapshot?: string | undefined; readonly namespace?: string | undefined },
): Promise<readonly ArchiveName[]> {
  const snapshot = await chooseSnapshot(archive, scope.snapshot);
  const lead = typed.slice(0, typed.lastIndexOf('/') + 1);
  if (typed.startsWith('/')) return pathNames(snapshot, lead);
  const catalogue = new ObjectCatalogue(snapshot);
  const namespaces = (await folderNames(snapshot, catalogue.root)).filter((name) => name !== NO_NAMESPACE);
  const { namespace } = scope;
  const [first = '', second] = lead.split('/');
  if (lead === '') {
    const inside = namespace === undefined ? namespaces.map((name) => `${name}/`) : [];
    return [...(await kindNames(catalogue, namespace)), ...inside].map((value) => ({ value }));
  }
  // What is both a namespace and a kind goes on as either.
  const isNamespace = namespaces.includes(first) && namespace === undefined;
  const kinds = isNamespace && second === '' ? await kindNames(catalogue, first) : [];
  const objects = await objectNames(catalogue, lead, namespace).catch((error: unknown) => {
    if (kinds.length > 0) return [];
    throw error;
  });
  return [...kinds.map((kind) => `${first}/${kind}/`), ...objects].map((value) => ({ value }));
}

async function kindNames(
  catalogue: ObjectCatalogue,
  namespace: string | undefined,
): Promise<readonly string[]> {
  const groups = new Map<string, Set<string>>();
  for await (const { kind, group } of catalogue.kinds(namespace)) {
    const name = kind.toLowerCase();
    groups.set(name, (groups.get(name) ?? new Set()).add(group));
  }
  return [...groups].flatMap(([name, all]) =>
    [...all].map((group) => (all.size === 1 || group === '' ? name : `${name}.${group}`)),
  );
}

async function objectNames(
  catalogue: ObjectCatalogue,
  lead: string,
  namespace: string | undefined,
): Promise<readonly string[]> {
  const [first = '', second = ''] = lead.split('/');
  const query =
    second === ''
      ? objectQueryOf(first, namespace === undefined ? {} : { namespace })
      : { namespace: first, kind: second };
  const names = new Set<string>();
  for await (const { name } of catalogue.objects(query)) {
    names.add(`${lead}${name}`);
    if (names.size === NAMES_MAX) break;
  }
  return [...names];
}

async function pathNames(snapshot: SnapshotReader, lead: string): Promise<readonly ArchiveName[]> {
  const names: ArchiveName[] = [];
  for await (const entry of snapshot.children(lead === '/' ? '/' : lead.slice(0, -1))) {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    names.push({ value: `${lead}${name}${isDirectory(entry.info.mode) ? '/' : ''}` });
    if (names.length === NAMES_MAX) break;
  }
  return names;
}

async function folderNames(snapshot: SnapshotReader, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of snapshot.childNames(path)) names.push(name);
  return names;
}
