import { UsageError } from '../../errors.ts';

/** What `k8s://[context][/namespace]` names. */
export interface ClusterUri {
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

const SCHEME = 'k8s://';

/**
 * Reads `k8s://[context][/namespace]`. Context names may hold slashes, colons and `@` (`arn:aws:eks:…:cluster/prod`): a name of
 * `knownContexts` is taken whole, others end at the first slash; percent escapes are read.
 * @throws UsageError
 */
export function parseClusterUri(uri: string, knownContexts: readonly string[]): ClusterUri {
  if (!uri.startsWith(SCHEME)) throw new UsageError(`${uri} does not begin with ${SCHEME}`);
  const rest = unescape(uri.slice(SCHEME.length), uri);
  const known = knownContexts
    .filter((context) => rest === context || rest.startsWith(`${context}/`))
    .sort((left, right) => right.length - left.length)[0];
  const contextEnd = known?.length ?? (rest.includes('/') ? rest.indexOf('/') : rest.length);
  const context = rest.slice(0, contextEnd);
  const namespace = rest.slice(contextEnd + 1).replace(/\/$/, '');
  if (namespace.includes('/')) throw new UsageError(`${uri} names more than a context and a namespace`);
  if (namespace !== '' && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw new UsageError(`"${namespace}" in ${uri} is not the name of a namespace`);
  }
  return {
    context: context === '' ? undefined : context,
    namespace: namespace === '' ? undefined : namespace,
  };
}

function unescape(text: string, uri: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`${uri} has a percent escape that cannot be read`);
  }
}
