/** The objects layer of a snapshot, level by level. Reads names only, no entries and no content. */
import { joinPath, type SnapshotReader } from '../format/index.ts';
import { NO_NAMESPACE, type ObjectCatalogue } from '../operations/object-catalogue.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { compareKinds, type KindName } from './kind-table.ts';
import type { NameFilter } from './name-filter.ts';
import type { OpenSnapshot } from './open-archive.ts';
import type { KindNode, NamespaceNode, Node, ObjectNode } from './node.ts';

/** The part of a node that its parent knows. */
interface Place {
  readonly archiveKey: string;
  readonly snapshotId: string;
  readonly parent: Node;
}

/** Namespaces of a snapshot that have something which the filter lets through; objects without a namespace come first. */
export async function* listNamespaces(
  { reader, catalogue }: OpenSnapshot,
  place: Place,
  filter: NameFilter,
): AsyncGenerator<NamespaceNode> {
  const names = await namesIn(reader, catalogue.root);
  const ordered = names.toSorted((a, b) => Number(b === NO_NAMESPACE) - Number(a === NO_NAMESPACE));
  for (const name of ordered) {
    const path = joinPath(catalogue.root, name);
    if (!filter.isEmpty && !(await hasMatch(reader, catalogue, await kindFoldersIn(reader, path), filter))) {
      continue;
    }
    const namespace = name === NO_NAMESPACE ? undefined : name;
    yield { ...place, type: 'namespace', id: `${place.parent.id}/${name}`, path, namespace };
  }
}

/** Kinds of a namespace in the order of kubectl. */
export async function* listKinds(
  { reader, catalogue }: OpenSnapshot,
  node: NamespaceNode,
  filter: NameFilter,
): AsyncGenerator<KindNode> {
  const folders = await kindFoldersIn(reader, node.path);
  const ordered = folders.toSorted(compareKinds);
  for (const { group, kind, path } of ordered) {
    if (!filter.isEmpty && !(await hasMatch(reader, catalogue, [{ group, kind, path }], filter))) continue;
    const isAmbiguous = folders.some((other) => other.kind === kind && other.group !== group);
    const { archiveKey, snapshotId } = node;
    const place = { archiveKey, snapshotId, parent: node };
    yield { ...place, type: 'kind', id: `${node.id}/${group}/${kind}`, path, kind, group, isAmbiguous };
  }
}

/** Objects of a kind, whatever their version, in the order of their names' bytes. */
export async function* listObjects(
  { reader, catalogue }: OpenSnapshot,
  node: KindNode,
  filter: NameFilter,
): AsyncGenerator<ObjectNode> {
  const { archiveKey, snapshotId } = node;
  for await (const path of objectPaths(reader, catalogue, node.path)) {
    const identity = catalogue.objectAt(path);
    if (identity === undefined || !filter.accepts(path)) continue;
    const id = `${node.id}/${identity.version}/${identity.name}`;
    yield { archiveKey, snapshotId, parent: node, type: 'object', id, path, identity };
  }
}

/** Paths of all objects of a snapshot with who they are, namespace by namespace. */
export async function* allObjects({
  reader,
  catalogue,
}: OpenSnapshot): AsyncGenerator<{ readonly path: string; readonly identity: ResourceIdentity }> {
  for (const namespace of await namesIn(reader, catalogue.root)) {
    for (const folder of await kindFoldersIn(reader, joinPath(catalogue.root, namespace))) {
      for await (const path of objectPaths(reader, catalogue, folder.path)) {
        const identity = catalogue.objectAt(path);
        if (identity !== undefined) yield { path, identity };
      }
    }
  }
}

interface KindFolder extends KindName {
  readonly path: string;
}

async function kindFoldersIn(reader: SnapshotReader, namespacePath: string): Promise<readonly KindFolder[]> {
  const folders: KindFolder[] = [];
  for (const group of await namesIn(reader, namespacePath)) {
    const groupPath = joinPath(namespacePath, group);
    for (const kind of await namesIn(reader, groupPath)) {
      folders.push({ group: group === NO_NAMESPACE ? '' : group, kind, path: joinPath(groupPath, kind) });
    }
  }
  return folders;
}

async function hasMatch(
  reader: SnapshotReader,
  catalogue: ObjectCatalogue,
  folders: readonly KindFolder[],
  filter: NameFilter,
): Promise<boolean> {
  for (const { path } of folders) {
    for await (const object of objectPaths(reader, catalogue, path)) {
      if (filter.accepts(object)) return true;
    }
  }
  return false;
}

async function* objectPaths(
  reader: SnapshotReader,
  catalogue: ObjectCatalogue,
  kindPath: string,
): AsyncGenerator<string> {
  for (const version of await namesIn(reader, kindPath)) {
    const folder = joinPath(kindPath, version);
    for await (const name of reader.childNames(folder)) {
      const path = joinPath(folder, name);
      if (catalogue.objectAt(path) !== undefined) yield path;
    }
  }
}

async function namesIn(reader: SnapshotReader, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of reader.childNames(path)) names.push(name);
  return names;
}
