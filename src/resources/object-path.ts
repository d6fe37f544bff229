/**
 * Which object it is, and where it lies in an archive. The layout is that of Plakar's Kubernetes connector (specification "Kubernetes
 * layout"): `/<namespace or _>/<group or _>/<Kind>/<version>/<name>.yaml`.
 */
import { ConnectorError } from '../errors.ts';
import { stringAt, type JsonValue } from './json-value.ts';

/** What tells one object from all others of a cluster, and the version in which it was read. */
export interface ResourceIdentity {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Stands for the core group and for no namespace. Neither a group nor a namespace can have that name (DNS labels). */
const NONE = '_';
const SUFFIX = '.yaml';

/**
 * The object's path in an archive. Names are taken as they are, also `:` and blanks, which RBAC allows; Kubernetes itself forbids `/`
 * and `%` in every name, because names are elements of URLs.
 *
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 * @throws ConnectorError CONNECTOR_INPUT where an element is empty, `.`, `..` or holds `/` or NUL
 */
export function pathOf(identity: ResourceIdentity): string {
  const { namespace, group, kind, version, name } = identity;
  const elements = [namespace ?? NONE, group === '' ? NONE : group, kind, version];
  for (const element of [...elements, name]) {
    if (
      element === '' ||
      element === '.' ||
      element === '..' ||
      element.includes('/') ||
      element.includes('\0')
    ) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        `an object's namespace, group, kind, version and name must be path elements, found ${JSON.stringify(element)}`,
      );
    }
  }
  return `/${elements.join('/')}/${name}${SUFFIX}`;
}

/** Inverse of {@link pathOf}; undefined for paths that are not of this layout. */
export function identityFromPath(path: string): ResourceIdentity | undefined {
  const [root, namespace, group, kind, version, file, ...rest] = path.split('/');
  if (
    root !== '' ||
    !namespace ||
    !group ||
    !kind ||
    !version ||
    !file?.endsWith(SUFFIX) ||
    rest.length > 0
  ) {
    return undefined;
  }
  const name = file.slice(0, -SUFFIX.length);
  if (name === '') return undefined;
  return {
    group: group === NONE ? '' : group,
    version,
    kind,
    namespace: namespace === NONE ? undefined : namespace,
    name,
  };
}

/** Group (empty for core) and version of an `apiVersion`. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** `apiVersion` of a group (empty for core) and version. */
export function apiVersionOf(identity: { readonly group: string; readonly version: string }): string {
  return identity.group === '' ? identity.version : `${identity.group}/${identity.version}`;
}

/** The object's own identity; undefined where apiVersion, kind or metadata.name is missing or empty. */
export function identityOf(object: JsonValue): ResourceIdentity | undefined {
  const apiVersion = stringAt(object, 'apiVersion');
  const kind = stringAt(object, 'kind');
  const name = stringAt(object, 'metadata', 'name');
  const namespace = stringAt(object, 'metadata', 'namespace');
  if (!apiVersion || !kind || !name) return undefined;
  return { ...splitApiVersion(apiVersion), kind, namespace: namespace === '' ? undefined : namespace, name };
}

/** As kubectl names objects in its output: `pod/web`, `deployment.apps/web`. The namespace is not part of it. */
export function formatIdentity(identity: Pick<ResourceIdentity, 'group' | 'kind' | 'name'>): string {
  const group = identity.group === '' ? '' : `.${identity.group}`;
  return `${identity.kind.toLowerCase()}${group}/${identity.name}`;
}

/** True for the same object, whatever the version it was read in. */
export function isSameObject(left: ResourceIdentity, right: ResourceIdentity): boolean {
  return (
    left.name === right.name &&
    left.namespace === right.namespace &&
    left.kind === right.kind &&
    left.group === right.group
  );
}
