/** Trees of owners: each line an object, below it what it owns. */
import type { IndexedObject, ObjectIndex, OwnerTree } from '../operations/object-index.ts';
import { objectState, type ObjectState } from '../operations/object-state.ts';
import { formatAge } from '../operations/quantities.ts';
import { isPtarError } from '../errors.ts';
import { formatIdentity } from '../resources/object-path.ts';
import type { Column } from './table.ts';

/** A line of a tree. */
export interface TreeLine {
  readonly object: IndexedObject;
  /** `├─ `, `│  └─ `; empty for the root. */
  readonly branch: string;
  readonly state: ObjectState;
}

/** The lines of `tree`, each object read once for its state. */
export async function* treeLines(index: ObjectIndex, tree: OwnerTree): AsyncGenerator<TreeLine> {
  yield* linesBelow(index, tree, '', '');
}

async function* linesBelow(
  index: ObjectIndex,
  { object, owned }: OwnerTree,
  branch: string,
  indent: string,
): AsyncGenerator<TreeLine> {
  yield { object, branch, state: await stateOf(index, object) };
  for (const [at, child] of owned.entries()) {
    const isLast = at === owned.length - 1;
    yield* linesBelow(
      index,
      child,
      `${indent}${isLast ? '└─ ' : '├─ '}`,
      `${indent}${isLast ? '   ' : '│  '}`,
    );
  }
}

async function stateOf(index: ObjectIndex, object: IndexedObject): Promise<ObjectState> {
  try {
    return objectState(await index.read(object));
  } catch (error) {
    if (!isPtarError(error)) throw error;
    return { ready: '', status: 'unreadable' };
  }
}

/** Columns of trees. */
export function treeColumns(index: ObjectIndex, namespaces: boolean): readonly Column<TreeLine>[] {
  return [
    ...(namespaces ? [{ header: 'NAMESPACE', cell: ({ object }: TreeLine) => object.namespace ?? '' }] : []),
    { header: 'NAME', cell: ({ object, branch }) => `${branch}${formatIdentity(object)}` },
    { header: 'READY', cell: ({ state }) => state.ready },
    { header: 'STATUS', cell: ({ state }) => state.status },
    {
      header: 'AGE',
      cell: ({ object: { createdMs } }) =>
        createdMs === undefined ? '' : formatAge(index.capturedMs - createdMs),
    },
  ];
}
