import { type Command, Option } from 'commander';
import { NotFoundError, UsageError } from '../errors.ts';
import type { SnapshotReader } from '../format/index.ts';
import type { SideProblem } from '../operations/diff-side.ts';
import type { ListedObject } from '../operations/list-objects.ts';
import type { ObjectQuery } from '../operations/object-catalogue.ts';
import { resolveArchiveAddress } from './archive-address.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addAllNamespacesOption,
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  prose,
  type ArchiveFlags,
  type OutputFormat,
} from './options.ts';

interface GetFlags extends ArchiveFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly ownerTree?: boolean;
  readonly showLabels?: boolean;
  readonly showSecrets?: boolean;
  readonly headers: boolean;
  readonly output: OutputFormat;
}

/** `ptar get`: objects of a snapshot in the columns that kubectl shows. */
export function addGetCommand(program: Command, run: RunAction): void {
  const command = program
    .command('get')
    .summary('show objects as kubectl get does')
    .description(
      prose(`Print objects of a snapshot in the columns that kubectl has for their kind, as they were when they were captured: ages
count to then. Custom kinds are shown as their CustomResourceDefinition asks. Objects of all namespaces are shown unless -n names
one. Values of Secrets are hidden in YAML and JSON unless --show-secrets is given.`),
    )
    .argument('<FILE>', 'the archive, or FILE:WHAT')
    .argument('[WHAT...]', 'KIND[,KIND…], KIND NAME…, KIND/NAME, NAMESPACE/KIND/NAME or all');
  addNamespaceOption(command, 'only objects of this namespace');
  addAllNamespacesOption(command, 'objects of all namespaces (the default)')
    .option('-l, --selector <LABELS>', 'only objects with these labels: app=web,tier!=cache,env in (a,b)')
    .option('--owner-tree', 'the objects with all that they own, as a tree')
    .option('--show-labels', 'with a column of labels')
    .option('--show-secrets', 'with -o yaml and json: print the values of Secrets')
    .addOption(new Option('--no-headers', 'without the line of headers'));
  addOutputOption(command, ['table', 'wide', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['Pods of the namespace shop, as they were', 'ptar get prod.ptar pods -n shop -o wide'],
    ['What a Deployment had made', 'ptar get prod.ptar shop/deploy/web --owner-tree'],
    ['Everything with a label, two captures ago', 'ptar get prod.ptar all -l app=web --snapshot latest~2'],
  ]);
  command.action((file: string, what: string[], flags: GetFlags) =>
    run((invocation) => get(invocation, file, what, flags)),
  );
}

async function get(
  invocation: Invocation,
  address: string,
  what: readonly string[],
  flags: GetFlags,
): Promise<ExitCode> {
  const { namespace } = flags;
  const { archive, selections: words } = await resolveArchiveAddress(address, what);
  const [{ objectQueries }, { parseLabelSelector }] = await Promise.all([
    import('./object-queries.ts'),
    import('../resources/label-selector.ts'),
  ]);
  const labels = flags.selector === undefined ? undefined : parseLabelSelector(flags.selector);
  const ownsAll = flags.ownerTree === true && words.length === 0;
  const queries = ownsAll
    ? [{ ...(namespace !== undefined && { namespace }) }]
    : objectQueries(words, namespace);
  return withSnapshot(invocation, archive, flags, async (snapshot) => {
    const { listObjects } = await import('../operations/list-objects.ts');
    const problems: SideProblem[] = [];
    const list = (query: ObjectQuery): AsyncGenerator<ListedObject> =>
      withoutProblems(
        query,
        listObjects(snapshot, query, {
          ...(labels && { labels }),
          showSecrets: flags.showSecrets === true,
          signal: invocation.signal,
        }),
        problems,
      );
    if (flags.ownerTree === true) await printTrees(invocation, snapshot, queries, list, flags);
    else await printObjects(invocation, snapshot, queries, list, flags);
    for (const { path: place, problem } of problems) invocation.terminal.warn(`${place}: ${problem}`);
    return problems.length > 0 ? EXIT.partial : EXIT.done;
  });
}

/** @throws NotFoundError NOT_FOUND_PATH where an object that is asked for by name is not there */
async function* withoutProblems(
  query: ObjectQuery,
  objects: AsyncIterable<ListedObject | SideProblem>,
  problems: SideProblem[],
): AsyncGenerator<ListedObject> {
  let count = 0;
  for await (const object of objects) {
    count += 1;
    if ('problem' in object) problems.push(object);
    else yield object;
  }
  if (count > 0 || query.name === undefined) return;
  const where = query.namespace === undefined ? '' : ` in namespace ${query.namespace}`;
  throw new NotFoundError(
    'NOT_FOUND_PATH',
    `there is no ${query.kind ?? 'object'} ${query.name}${where}; see ptar get ${query.kind ?? 'all'}`,
  );
}

type ListQuery = (query: ObjectQuery) => AsyncGenerator<ListedObject>;

async function printObjects(
  { terminal, signal }: Invocation,
  snapshot: SnapshotReader,
  queries: readonly ObjectQuery[],
  list: ListQuery,
  flags: GetFlags,
): Promise<void> {
  const { printObject, printObjectList, printObjectTable, isMaskedSecret } = await import('./get-output.ts');
  const { formatIdentity } = await import('../resources/object-path.ts');
  const { output } = flags;
  const hidesSecrets = flags.showSecrets !== true;
  let hidden = 0;
  const all = async function* (): AsyncGenerator<ListedObject> {
    for (const query of queries) {
      for await (const object of list(query)) {
        if (hidesSecrets && isMaskedSecret(object)) hidden += 1;
        yield object;
      }
    }
  };
  if (output === 'name') {
    for await (const object of all()) await terminal.resultName(formatIdentity(object));
    return;
  }
  if (output === 'json' || output === 'yaml') {
    const [only] = queries.length === 1 && queries[0]?.name !== undefined ? await atMostTwo(all()) : [];
    if (only !== undefined) await printObject(terminal, only, output);
    else await printObjectList(terminal, all(), output);
    if (hidden > 0) terminal.note('values of Secrets are hidden; use --show-secrets to print them');
    return;
  }
  const kinds = new Set(queries.map(({ kind }) => kind));
  let total = 0;
  for (const query of queries) {
    const form = {
      wide: output === 'wide',
      headers: flags.headers,
      namespaces: flags.namespace === undefined,
      kinds: kinds.size > 1,
      labels: flags.showLabels === true,
    };
    const objects = separated(list(query), total > 0 ? () => terminal.resultLine('') : undefined);
    total += await printObjectTable(terminal, snapshot, objects, form, signal);
  }
  if (total === 0) terminal.note('no objects');
}

/** The only object; nothing where there are several, as of one name in two namespaces. */
async function atMostTwo(objects: AsyncIterable<ListedObject>): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = [];
  for await (const object of objects) {
    found.push(object);
    if (found.length === 2) return [];
  }
  return found;
}

async function* separated(
  objects: AsyncIterable<ListedObject>,
  separate: (() => Promise<void>) | undefined,
): AsyncGenerator<ListedObject> {
  let isFirst = true;
  for await (const object of objects) {
    if (isFirst) await separate?.();
    isFirst = false;
    yield object;
  }
}

async function printTrees(
  { terminal, signal }: Invocation,
  snapshot: SnapshotReader,
  queries: readonly ObjectQuery[],
  list: ListQuery,
  flags: GetFlags,
): Promise<void> {
  if (flags.output !== 'table' && flags.output !== 'wide') {
    throw new UsageError(
      '--owner-tree is printed as a table only; ptar describe -o json has the tree for programs',
    );
  }
  const [{ indexObjects }, { treeColumns, treeLines }, { tableLines }] = await Promise.all([
    import('../operations/object-index.ts'),
    import('./owner-tree.ts'),
    import('./table.ts'),
  ]);
  const index = await indexObjects(snapshot, { signal });
  const lines = async function* (): ReturnType<typeof treeLines> {
    for (const query of queries) {
      for await (const listed of list(query)) {
        const object = index.find(listed);
        if (object === undefined) continue;
        const tree = index.ownerTree(object);
        // Without a kind only what owns something, from the top.
        const isRoot = tree.owned.length > 0 && index.owners(object).length === 0;
        if (query.kind !== undefined || isRoot) yield* treeLines(index, tree);
      }
    }
  };
  let count = 0;
  const columns = treeColumns(index, flags.namespace === undefined);
  for await (const line of tableLines(columns, lines(), { headers: flags.headers })) {
    count += 1;
    await terminal.resultLine(line);
  }
  if (count === 0) terminal.note('no objects');
}
