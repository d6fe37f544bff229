/** What a request asks of RBAC. `resource` is undefined for a non-resource path such as `/version`. */
export interface RequestedRule {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With the subresource: `pods/exec`. */
  readonly resource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly path: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Derives the rule that lets a request through from its method and path.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function requestedRule(method: string, pathAndQuery: string): RequestedRule {
  const [path = ''] = pathAndQuery.split('?');
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const core = parts[0] === 'api' && parts.length > 2;
  const grouped = parts[0] === 'apis' && parts.length > 3;
  if (!core && !grouped) {
    return {
      verb: method.toLowerCase(),
      group: '',
      resource: undefined,
      namespace: undefined,
      name: undefined,
      path,
    };
  }
  const group = core ? '' : (parts[1] ?? '');
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [resource = '', name, subresource] = rest;
  let verb = VERBS[method] ?? 'get';
  if (name === undefined && verb === 'get') verb = /[?&]watch=(1|true)/.test(pathAndQuery) ? 'watch' : 'list';
  if (name === undefined && verb === 'delete') verb = 'deletecollection';
  return {
    verb,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    path,
  };
}

/** The rule in one phrase: `list secrets in namespace "web"`, `patch deployments.apps "api" in namespace "web"`. */
export function formatRequestedRule(rule: RequestedRule): string {
  if (rule.resource === undefined) return `${rule.verb} ${rule.path}`;
  const resource = rule.group === '' ? rule.resource : `${rule.resource}.${rule.group}`;
  const name = rule.name === undefined ? '' : ` "${rule.name}"`;
  const where = rule.namespace === undefined ? '' : ` in namespace "${rule.namespace}"`;
  return `${rule.verb} ${resource}${name}${where}`;
}

/** What to grant: the missing RBAC rule as one would write it, and in which kind of role. */
export function formatMissingRule(rule: RequestedRule): string {
  if (rule.resource === undefined) {
    return `a ClusterRole with verbs [${rule.verb}] on nonResourceURLs [${rule.path}]`;
  }
  const role = rule.namespace === undefined ? 'a ClusterRole' : `a Role in namespace "${rule.namespace}"`;
  return `${role} with verbs [${rule.verb}], apiGroups ["${rule.group}"], resources [${rule.resource}]`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
