import type { Command } from 'commander';
import {
  formatFileMode,
  formatTimestamp,
  isDirectory,
  type SnapshotEntry,
  type SnapshotReader,
} from '../format/index.ts';
import type { CataloguedObject } from '../operations/object-catalogue.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { listColumns, objectColumns } from './ls-columns.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addAllNamespacesOption,
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';
import { tableBlocks, type Column } from './table.ts';

interface ListFlags extends ArchiveFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly recursive?: boolean;
  readonly output: OutputFormat;
}

/** `ptar ls`: lists objects, or what is at a path. */
export function addListCommand(program: Command, run: RunAction): void {
  const command = program
    .command('ls')
    .alias('list')
    .summary('list objects or files of a snapshot')
    .description(
      prose(`List what a snapshot holds: Kubernetes objects as kubectl shows them, files as ls does. WHAT is a kind (deploy,
deployments.apps), a name (deploy/web, shop/deploy/web), or a path that begins with a slash. Without it: all objects of a
capture of objects, the source's folder otherwise. AGE is the age at the time of the capture.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('[WHAT]', 'a kind, a name or a path');
  addNamespaceOption(command, 'only objects of this namespace; _ for cluster-scoped ones');
  addAllNamespacesOption(command, 'objects of all namespaces (the default)').option(
    '-R, --recursive',
    'everything below a path',
  );
  addOutputOption(command, ['table', 'wide', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['Everything in the namespace shop', 'ptar ls prod.ptar -n shop'],
    ['Deployments of all namespaces, with their paths', 'ptar ls prod.ptar deploy -o wide'],
    ['As of the capture before the last one', 'ptar ls prod.ptar ingress --snapshot latest~1'],
    ['All paths, one per line', 'ptar ls prod.ptar / -R -o name'],
  ]);
  command.action((file: string, what: string | undefined, flags: ListFlags) =>
    run((invocation) => list(invocation, file, what, flags)),
  );
}

async function list(
  invocation: Invocation,
  file: string,
  what: string | undefined,
  flags: ListFlags,
): Promise<ExitCode> {
  const use = async (snapshot: SnapshotReader): Promise<ExitCode> => {
    if (await listsObjects(snapshot, what, flags)) await listObjects(invocation, snapshot, what, flags);
    else await listPath(invocation, snapshot, what ?? snapshot.source.importer.directory, flags);
    return EXIT.done;
  };
  const listsEntries = flags.recursive === true && what === '/' && flags.output !== 'name';
  return withSnapshot(invocation, file, flags, use, listsEntries ? { willRead: 'entries' } : {});
}

async function listsObjects(
  snapshot: SnapshotReader,
  what: string | undefined,
  flags: ListFlags,
): Promise<boolean> {
  if (what !== undefined) return !what.startsWith('/');
  if (flags.namespace !== undefined || flags.allNamespaces === true) return true;
  if (flags.recursive === true) return false;
  const { ObjectCatalogue } = await import('../operations/object-catalogue.ts');
  return snapshot.source.importer.type !== 'fs' && new ObjectCatalogue(snapshot).hasObjects();
}

async function listObjects(
  invocation: Invocation,
  snapshot: SnapshotReader,
  what: string | undefined,
  flags: ListFlags,
): Promise<void> {
  const { terminal, signal } = invocation;
  const [{ ObjectCatalogue }, { objectQueryOf }] = await Promise.all([
    import('../operations/object-catalogue.ts'),
    import('../operations/selection.ts'),
  ]);
  const query = objectQueryOf(what, {
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    signal,
  });
  const objects = new ObjectCatalogue(snapshot).objects(query);
  const { apiVersionOf, formatIdentity } = await import('../resources/object-path.ts');
  switch (flags.output) {
    case 'json':
    case 'yaml':
      return printList(terminal, map(objects, objectDocument), flags.output);
    case 'name':
      for await (const object of objects) await terminal.resultName(formatIdentity(object));
      return;
    case 'table':
    case 'wide':
      return printTable(
        invocation,
        objectColumns(snapshot, apiVersionOf),
        map(objects, (object) => [object]),
        flags.output,
        'no objects',
      );
  }
}

async function listPath(
  invocation: Invocation,
  snapshot: SnapshotReader,
  path: string,
  flags: ListFlags,
): Promise<void> {
  const { terminal } = invocation;
  const entry = await snapshot.entry(path);
  const entries =
    flags.recursive === true
      ? snapshot.walkBatches(entry.path)
      : isDirectory(entry.info.mode)
        ? snapshot.childBatches(entry.path)
        : map([entry], (one) => [one]);
  switch (flags.output) {
    case 'json':
    case 'yaml':
      return printList(terminal, map(flat(entries), entryDocument), flags.output);
    case 'name':
      for await (const names of pathBatches(snapshot, entries, entry.path, flags)) {
        await terminal.resultNames(names);
      }
      return;
    case 'table':
    case 'wide': {
      const columns = listColumns(flags.recursive === true);
      return printTable(invocation, columns, entries, flags.output, 'nothing there');
    }
  }
}

async function printTable<Row>(
  { terminal }: Invocation,
  columns: readonly Column<Row>[],
  rows: AsyncIterable<readonly Row[]>,
  format: 'table' | 'wide',
  empty: string,
): Promise<void> {
  const shown = columns.filter((column) => format === 'wide' || column.wide !== true);
  let isEmpty = true;
  for await (const lines of tableBlocks(shown, rows)) {
    isEmpty = false;
    await terminal.resultLine(lines.join('\n'));
  }
  if (isEmpty) terminal.note(empty);
}

function objectDocument(object: CataloguedObject): object {
  const { namespace, group, kind, version, name, entry, createdMs } = object;
  return {
    namespace,
    group,
    version,
    kind,
    name,
    created: createdMs === undefined ? undefined : new Date(createdMs).toISOString(),
    size: entry.info.size,
    path: entry.path,
  };
}

function entryDocument({ path, info, symlinkTarget, contentType }: SnapshotEntry): object {
  return {
    path,
    mode: formatFileMode(info.mode),
    size: info.size,
    modified: formatTimestamp(info.modTime),
    uid: info.uid,
    gid: info.gid,
    user: info.userName,
    group: info.groupName,
    symlinkTarget,
    contentType: contentType === '' ? undefined : contentType,
  };
}

/** Entries are not read where their paths are enough. */
function pathBatches(
  snapshot: SnapshotReader,
  entries: AsyncIterable<readonly SnapshotEntry[]>,
  path: string,
  flags: ListFlags,
): AsyncIterable<readonly string[]> {
  if (flags.recursive === true) return snapshot.walkPathBatches(path);
  return map(entries, (batch) => batch.map((entry) => entry.path));
}

async function* flat<Item>(batches: AsyncIterable<readonly Item[]>): AsyncGenerator<Item> {
  for await (const items of batches) yield* items;
}

async function* map<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  transform: (item: Item) => Result,
): AsyncGenerator<Result> {
  for await (const item of items) yield transform(item);
}
