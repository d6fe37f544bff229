/** Columns of nodes, namespaces, configuration, access and whatever extends the API server. */
import { conditionOf } from '../../resources/conditions.ts';
import {
  arrayAt,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
} from '../../resources/json-value.ts';
import {
  AGE,
  column,
  compare,
  countAt,
  CREATED_AT,
  isDeleting,
  NAME,
  NONE,
  sinceAt,
  stringsAt,
  textAt,
  UNSET,
  wideColumn,
  type ObjectColumn,
} from './column.ts';
import { formatAge } from '../quantities.ts';

const ROLE_LABEL = 'node-role.kubernetes.io/';
const UNKNOWN = '<unknown>';

function sizeOf(header: string, ...paths: readonly (readonly string[])[]): ObjectColumn {
  return {
    header,
    cell: (object) => {
      const sizes = paths.map((path) => {
        const value = valueAt(object, ...path);
        return value instanceof Map ? value.size : Array.isArray(value) ? value.length : 0;
      });
      return String(sizes.reduce((sum, size) => sum + size, 0));
    },
  };
}

function address(header: string, type: string): ObjectColumn {
  return {
    header,
    wide: true,
    cell: (node) =>
      textAt(
        arrayAt(node, 'status', 'addresses').find((item) => stringAt(item, 'type') === type),
        ['address'],
        NONE,
      ),
  };
}

function subjects(header: string, kind: string): ObjectColumn {
  return {
    header,
    wide: true,
    cell: (binding) =>
      arrayAt(binding, 'subjects')
        .filter((subject) => stringAt(subject, 'kind') === kind)
        .map((subject) => {
          const name = textAt(subject, ['name']);
          return kind === 'ServiceAccount' ? `${textAt(subject, ['namespace'])}/${name}` : name;
        })
        .join(', '),
  };
}

const BINDING: readonly ObjectColumn[] = [
  NAME,
  {
    header: 'ROLE',
    cell: (binding) => `${textAt(binding, ['roleRef', 'kind'])}/${textAt(binding, ['roleRef', 'name'])}`,
  },
  AGE,
  subjects('USERS', 'User'),
  subjects('GROUPS', 'Group'),
  subjects('SERVICEACCOUNTS', 'ServiceAccount'),
];
const WEBHOOKS: readonly ObjectColumn[] = [NAME, sizeOf('WEBHOOKS', ['webhooks']), AGE];
const POLICY_BINDING: readonly ObjectColumn[] = [
  NAME,
  column('POLICYNAME', 'spec.policyName'),
  {
    header: 'PARAMREF',
    cell: (binding) => {
      const name = textAt(binding, ['spec', 'paramRef', 'name']);
      return name === '' ? UNSET : `${textAt(binding, ['spec', 'paramRef', 'namespace'], '*')}/${name}`;
    },
  },
  AGE,
];

function policy(header: string, field: string): readonly ObjectColumn[] {
  return [
    NAME,
    sizeOf(header, ['spec', field]),
    {
      header: 'PARAMKIND',
      cell: (object) => {
        const kind = objectAt(object, 'spec', 'paramKind');
        return kind === undefined ? UNSET : `${textAt(kind, ['apiVersion'])}/${textAt(kind, ['kind'])}`;
      },
    },
    AGE,
  ];
}

function quota(header: string, isLimit: boolean): ObjectColumn {
  return {
    header,
    cell: (object) => {
      const hard = objectAt(object, 'status', 'hard') ?? new Map<string, never>();
      return [...hard.keys()]
        .filter((name) => name.startsWith('limits.') === isLimit)
        .sort(compare)
        .map(
          (name) =>
            `${name}: ${textAt(object, ['status', 'used', name], '0')}/${textAt(object, ['status', 'hard', name], '0')}`,
        )
        .join(', ');
    },
  };
}

/** By `Kind` or `Kind.group`. */
export const CONTROL_COLUMNS: Readonly<Record<string, readonly ObjectColumn[]>> = {
  Namespace: [NAME, column('STATUS', 'status.phase'), AGE],
  ConfigMap: [NAME, sizeOf('DATA', ['data'], ['binaryData']), AGE],
  Secret: [NAME, column('TYPE', 'type'), sizeOf('DATA', ['data']), AGE],
  ServiceAccount: [NAME, AGE],
  ResourceQuota: [NAME, quota('REQUEST', false), quota('LIMIT', true), AGE],
  LimitRange: [NAME, CREATED_AT],
  Node: [
    NAME,
    { header: 'STATUS', cell: nodeStatus },
    { header: 'ROLES', cell: nodeRoles },
    AGE,
    column('VERSION', 'status.nodeInfo.kubeletVersion'),
    address('INTERNAL-IP', 'InternalIP'),
    address('EXTERNAL-IP', 'ExternalIP'),
    wideColumn('OS-IMAGE', 'status.nodeInfo.osImage', UNKNOWN),
    {
      header: 'KERNEL-VERSION',
      wide: true,
      cell: (node) => {
        const architecture = textAt(node, ['status', 'nodeInfo', 'architecture']);
        const version = textAt(node, ['status', 'nodeInfo', 'kernelVersion'], UNKNOWN);
        return architecture === '' ? version : `${version} (${architecture})`;
      },
    },
    wideColumn('CONTAINER-RUNTIME', 'status.nodeInfo.containerRuntimeVersion', UNKNOWN),
  ],
  Event: [
    {
      header: 'LAST SEEN',
      cell: (event, context) =>
        sinceAt(event, context, 'series', 'lastObservedTime') ??
        sinceAt(event, context, 'lastTimestamp') ??
        sinceAt(event, context, 'firstTimestamp') ??
        sinceAt(event, context, 'eventTime') ??
        UNKNOWN,
    },
    column('TYPE', 'type'),
    column('REASON', 'reason'),
    {
      header: 'OBJECT',
      cell: (event) => {
        const kind = textAt(event, ['involvedObject', 'kind']).toLowerCase();
        const name = textAt(event, ['involvedObject', 'name']);
        return name === '' ? kind : `${kind}/${name}`;
      },
    },
    wideColumn('SUBOBJECT', 'involvedObject.fieldPath'),
    { header: 'SOURCE', wide: true, cell: eventSource },
    { header: 'MESSAGE', cell: (event) => textAt(event, ['message']).trim() },
    {
      header: 'FIRST SEEN',
      wide: true,
      cell: (event, context) =>
        sinceAt(event, context, 'firstTimestamp') ?? sinceAt(event, context, 'eventTime') ?? UNKNOWN,
    },
    {
      header: 'COUNT',
      wide: true,
      cell: (event) => {
        if (objectAt(event, 'series') !== undefined) return String(countAt(event, 'series', 'count'));
        return String(countAt(event, 'count') || 1);
      },
    },
    wideColumn('NAME', 'metadata.name'),
  ],
  'Role.rbac.authorization.k8s.io': [NAME, CREATED_AT],
  'ClusterRole.rbac.authorization.k8s.io': [NAME, CREATED_AT],
  'RoleBinding.rbac.authorization.k8s.io': BINDING,
  'ClusterRoleBinding.rbac.authorization.k8s.io': BINDING,
  'CustomResourceDefinition.apiextensions.k8s.io': [NAME, CREATED_AT],
  'APIService.apiregistration.k8s.io': [
    NAME,
    {
      header: 'SERVICE',
      cell: (object) => {
        const service = objectAt(object, 'spec', 'service');
        return service === undefined
          ? 'Local'
          : `${textAt(service, ['namespace'])}/${textAt(service, ['name'])}`;
      },
    },
    {
      header: 'AVAILABLE',
      cell: (object) => {
        const available = conditionOf(object, 'Available');
        if (available === undefined) return 'Unknown';
        const { status, reason } = available;
        return status === 'True' || reason === '' ? status : `${status} (${reason})`;
      },
    },
    AGE,
  ],
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': WEBHOOKS,
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': WEBHOOKS,
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io': policy('VALIDATIONS', 'validations'),
  'MutatingAdmissionPolicy.admissionregistration.k8s.io': policy('MUTATIONS', 'mutations'),
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io': POLICY_BINDING,
  'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io': POLICY_BINDING,
  'CertificateSigningRequest.certificates.k8s.io': [
    NAME,
    AGE,
    column('SIGNERNAME', 'spec.signerName', NONE),
    column('REQUESTOR', 'spec.username'),
    {
      header: 'REQUESTEDDURATION',
      cell: (object) => {
        const seconds = valueAt(object, 'spec', 'expirationSeconds');
        return seconds instanceof JsonNumber ? formatAge(seconds.toNumber() * 1000) : NONE;
      },
    },
    { header: 'CONDITION', cell: requestStatus },
  ],
  'ClusterTrustBundle.certificates.k8s.io': [NAME, column('SIGNERNAME', 'spec.signerName', NONE)],
  'Lease.coordination.k8s.io': [NAME, column('HOLDER', 'spec.holderIdentity'), AGE],
  'PriorityClass.scheduling.k8s.io': [
    NAME,
    column('VALUE', 'value', '0'),
    column('GLOBAL-DEFAULT', 'globalDefault', 'false'),
    AGE,
    // kubectl has it among the narrow columns.
    column('PREEMPTIONPOLICY', 'preemptionPolicy'),
  ],
  'RuntimeClass.node.k8s.io': [NAME, column('HANDLER', 'handler'), AGE],
  'FlowSchema.flowcontrol.apiserver.k8s.io': [
    NAME,
    column('PRIORITYLEVEL', 'spec.priorityLevelConfiguration.name'),
    column('MATCHINGPRECEDENCE', 'spec.matchingPrecedence', '0'),
    column('DISTINGUISHERMETHOD', 'spec.distinguisherMethod.type', NONE),
    AGE,
    { header: 'MISSINGPL', cell: (object) => conditionOf(object, 'Dangling')?.status ?? '?' },
  ],
  'PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io': [
    NAME,
    column('TYPE', 'spec.type'),
    column('NOMINALCONCURRENCYSHARES', 'spec.limited.nominalConcurrencyShares', NONE),
    column('QUEUES', 'spec.limited.limitResponse.queuing.queues', NONE),
    column('HANDSIZE', 'spec.limited.limitResponse.queuing.handSize', NONE),
    column('QUEUELENGTHLIMIT', 'spec.limited.limitResponse.queuing.queueLengthLimit', NONE),
    AGE,
  ],
  'ServiceCIDR.networking.k8s.io': [
    NAME,
    { header: 'CIDRS', cell: (object) => stringsAt(object, 'spec', 'cidrs').join(',') },
    AGE,
  ],
  'IPAddress.networking.k8s.io': [NAME, { header: 'PARENTREF', cell: parentText }],
  'ResourceClaim.resource.k8s.io': [NAME, { header: 'STATE', cell: claimState }, AGE],
  'ResourceSlice.resource.k8s.io': [
    NAME,
    column('NODE', 'spec.nodeName'),
    column('DRIVER', 'spec.driver'),
    column('POOL', 'spec.pool.name'),
    AGE,
  ],
};

function nodeStatus(node: JsonObject): string {
  const ready = conditionOf(node, 'Ready');
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return valueAt(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: JsonObject): string {
  const roles = new Set<string>();
  for (const [label, value] of objectAt(node, 'metadata', 'labels') ?? []) {
    if (label.startsWith(ROLE_LABEL) && label !== ROLE_LABEL) roles.add(label.slice(ROLE_LABEL.length));
    else if (label === 'kubernetes.io/role' && typeof value === 'string' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? NONE : [...roles].sort(compare).join(',');
}

function eventSource(event: JsonObject): string {
  const component = textAt(event, ['source', 'component'], textAt(event, ['reportingComponent']));
  const instance = textAt(event, ['source', 'host'], textAt(event, ['reportingInstance']));
  return instance === '' ? component : `${component}, ${instance}`;
}

function requestStatus(request: JsonObject): string {
  const has = (type: string): boolean => conditionOf(request, type) !== undefined;
  const answer = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  const isIssued = textAt(request, ['status', 'certificate']) !== '';
  return `${answer}${has('Failed') ? ',Failed' : ''}${isIssued ? ',Issued' : ''}`;
}

function parentText(object: JsonObject): string {
  const parent = objectAt(object, 'spec', 'parentRef');
  if (parent === undefined) return NONE;
  const group = textAt(parent, ['group']);
  const resource = `${textAt(parent, ['resource'])}${group === '' ? '' : `.${group}`}`.toLowerCase();
  const namespace = textAt(parent, ['namespace']);
  return `${resource}${namespace === '' ? '' : `/${namespace}`}/${textAt(parent, ['name'])}`;
}

function claimState(claim: JsonObject): string {
  const deleted = isDeleting(claim) ? ['deleted'] : [];
  if (objectAt(claim, 'status', 'allocation') === undefined) {
    return deleted.length > 0 ? 'deleted' : 'pending';
  }
  const reserved = arrayAt(claim, 'status', 'reservedFor').length > 0 ? ['reserved'] : [];
  return [...deleted, 'allocated', ...reserved].join(',');
}
