import { NotFoundError, UsageError } from '../errors.ts';
import { cleanPath, joinPath, type SnapshotEntry, type SnapshotReader } from '../format/index.ts';
import { formatIdentity } from '../resources/object-path.ts';
import { NO_NAMESPACE, ObjectCatalogue, type ObjectQuery } from './object-catalogue.ts';

/** Objects that a message about an ambiguous name lists. */
const CANDIDATES_NAMED_MAX = 5;

/** Forms of a selection, for messages and help. */
export const SELECTION_FORMS = '/PATH, KIND, KIND/NAME or NAMESPACE/KIND/NAME';

/** What narrows a selection from outside it. */
export interface SelectionScope {
  /** Only objects of this namespace; does not concern paths. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
}

/**
 * The paths that one selection means: a path with everything below it; all objects of a kind; objects by name. A relative path
 * counts from the source's folder. Without a selection: the objects of `scope.namespace`, or everything.
 *
 * @returns at least one path
 * @throws UsageError; NotFoundError NOT_FOUND_PATH, NOT_FOUND_KIND
 */
export async function selectPaths(
  snapshot: SnapshotReader,
  selections: readonly string[],
  scope: SelectionScope = {},
): Promise<readonly string[]> {
  const catalogue = new ObjectCatalogue(snapshot);
  if (selections.length === 0) {
    if (scope.namespace === undefined) return ['/'];
    return namespacePaths(catalogue, scope.namespace, scope.signal);
  }
  const paths: string[] = [];
  for (const selection of selections) paths.push(...(await selectOne(snapshot, catalogue, selection, scope)));
  return paths;
}

/** Everything in a namespace, and the Namespace itself where the snapshot has it: it can then be carried elsewhere. */
async function namespacePaths(
  catalogue: ObjectCatalogue,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const scope = signal === undefined ? {} : { signal };
  const paths = await pathsOf(catalogue, { ...scope, namespace }, 'there');
  const own: string[] = [];
  const itself = { ...scope, namespace: NO_NAMESPACE, kind: 'Namespace', name: namespace };
  for await (const object of catalogue.objects(itself)) own.push(object.entry.path);
  return [...own, ...paths];
}

async function selectOne(
  snapshot: SnapshotReader,
  catalogue: ObjectCatalogue,
  selection: string,
  scope: SelectionScope,
): Promise<readonly string[]> {
  if (selection.startsWith('/')) return [(await snapshot.entry(cleanPath(selection))).path];
  try {
    return await pathsOf(catalogue, objectQueryOf(selection, scope), selection);
  } catch (error) {
    // `prod/new.txt` in a captured folder looks like kind and name.
    const relative = await entryOrUndefined(
      snapshot,
      joinPath(catalogue.root, cleanPath(selection).slice(1)),
    );
    if (relative !== undefined) return [relative.path];
    throw error;
  }
}

async function pathsOf(
  catalogue: ObjectCatalogue,
  query: ObjectQuery,
  typed: string,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const object of catalogue.objects(query)) paths.push(object.entry.path);
  if (paths.length > 0) return paths;
  const where =
    query.namespace === undefined || query.namespace === '' ? '' : ` in namespace ${query.namespace}`;
  throw new NotFoundError('NOT_FOUND_PATH', `nothing${where} is ${typed}; see ptar ls`);
}

/**
 * The objects that `KIND`, `KIND/NAME` or `NAMESPACE/KIND/NAME` means; all in scope without a selection.
 * @throws UsageError
 */
export function objectQueryOf(selection: string | undefined, scope: SelectionScope): ObjectQuery {
  if (selection === undefined) return { ...scope };
  const [first, second, third, ...rest] = selection.split('/').filter((part) => part !== '');
  if (first === undefined || rest.length > 0) throw notSelection(selection);
  if (second === undefined) return { ...scope, kind: first };
  if (third === undefined) return { ...scope, kind: first, name: second };
  if (scope.namespace !== undefined && scope.namespace !== first) {
    throw new UsageError(`${selection} is not in namespace ${scope.namespace}; leave one of the two out`);
  }
  return { ...scope, namespace: first, kind: second, name: third };
}

function notSelection(selection: string): UsageError {
  return new UsageError(`"${selection}" selects nothing; use ${SELECTION_FORMS}`);
}

async function entryOrUndefined(snapshot: SnapshotReader, path: string): Promise<SnapshotEntry | undefined> {
  try {
    return await snapshot.entry(path);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * The one entry that `selection` means.
 * @throws UsageError where it means several; NotFoundError
 */
export async function selectEntry(
  snapshot: SnapshotReader,
  selection: string,
  scope: SelectionScope = {},
): Promise<SnapshotEntry> {
  const paths = await selectPaths(snapshot, [selection], scope);
  const [path] = paths;
  if (path !== undefined && paths.length === 1) return snapshot.entry(path);
  const catalogue = new ObjectCatalogue(snapshot);
  const named = paths.slice(0, CANDIDATES_NAMED_MAX).map((item) => candidateName(catalogue, item));
  const more = paths.length > named.length ? `, … (${paths.length} in all)` : '';
  throw new UsageError(`"${selection}" means several: ${named.join(', ')}${more}; name one`);
}

function candidateName(catalogue: ObjectCatalogue, path: string): string {
  const object = catalogue.objectAt(path);
  if (object === undefined) return path;
  return `${object.namespace ?? NO_NAMESPACE}/${formatIdentity(object)}`;
}

/** The entries at and below `paths`, each once, folders before their content. */
export async function* walkPaths(
  snapshot: SnapshotReader,
  paths: readonly string[],
): AsyncGenerator<SnapshotEntry> {
  for await (const batch of walkPathBatches(snapshot, paths)) yield* batch;
}

/** As {@link walkPaths}, many at a time. */
export async function* walkPathBatches(
  snapshot: SnapshotReader,
  paths: readonly string[],
): AsyncGenerator<readonly SnapshotEntry[]> {
  // With `/` before every other character, what is below a folder follows it directly.
  const sorted = [...new Set(paths)].map((path) => path.replaceAll('/', '\0')).sort();
  let last: string | undefined;
  for (const key of sorted) {
    if (last !== undefined && key.startsWith(last === '\0' ? last : `${last}\0`)) continue;
    last = key;
    yield* snapshot.walkBatches(key.replaceAll('\0', '/'));
  }
}
