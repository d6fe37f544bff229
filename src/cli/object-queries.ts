import { UsageError } from '../errors.ts';
import type { ObjectQuery } from '../operations/object-catalogue.ts';
import { objectQueryOf, SELECTION_FORMS } from '../operations/selection.ts';

/** What kubectl means by `all`: the category of that name. */
const ALL_KINDS =
  'pods,replicationcontrollers,services,daemonsets.apps,deployments.apps,replicasets.apps,statefulsets.apps,' +
  'horizontalpodautoscalers.autoscaling,cronjobs.batch,jobs.batch';

/**
 * The objects that the words of a command line mean, as kubectl takes them (`deploy,svc`, `deploy/web svc/api`, `deploy web api`, `all`)
 * and as ptar does (`shop/deploy/web`). One query for each kind or object.
 * @throws UsageError
 */
export function objectQueries(words: readonly string[], namespace: string | undefined): ObjectQuery[] {
  const scope = namespace === undefined ? {} : { namespace };
  if (words.length === 0) throw new UsageError(`no kind is named; use ${SELECTION_FORMS}`);
  if (words.some((word) => word.startsWith('/'))) {
    throw new UsageError('a path is no object here; ptar ls and ptar cat take paths');
  }
  const [kinds = '', ...names] = words;
  if (names.length > 0 && words.every((word) => !word.includes('/'))) {
    return kindsOf(kinds).flatMap((kind) => names.map((name) => ({ ...scope, kind, name })));
  }
  return words.flatMap((word) =>
    word.includes('/') ? [objectQueryOf(word, scope)] : kindsOf(word).map((kind) => ({ ...scope, kind })),
  );
}

function kindsOf(word: string): string[] {
  return word.split(',').flatMap((kind) => {
    if (kind === '') throw new UsageError(`"${word}" has an empty kind`);
    return kind === 'all' ? ALL_KINDS.split(',') : [kind];
  });
}
