/** Columns of Services and of what leads to them. */
import {
  arrayAt,
  JsonNumber,
  objectAt,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../resources/json-value.ts';
import {
  AGE,
  column,
  compare,
  countAt,
  firstItems,
  ITEMS_SHOWN_MAX,
  labelsText,
  NAME,
  NONE,
  stringsAt,
  textAt,
  UNSET,
  type CellContext,
  type ObjectColumn,
} from './column.ts';

/** Longest list of a load balancer's addresses outside of `-o wide` (characters). */
const ADDRESSES_LENGTH_MAX = 16;

/** By `Kind` or `Kind.group`. */
export const NETWORK_COLUMNS: Readonly<Record<string, readonly ObjectColumn[]>> = {
  Service: [
    NAME,
    column('TYPE', 'spec.type'),
    {
      header: 'CLUSTER-IP',
      cell: (object) =>
        textAt(object, ['spec', 'clusterIPs', 0], textAt(object, ['spec', 'clusterIP'], NONE)),
    },
    { header: 'EXTERNAL-IP', cell: externalAddresses },
    { header: 'PORT(S)', cell: servicePorts },
    AGE,
    { header: 'SELECTOR', wide: true, cell: (object) => labelsText(objectAt(object, 'spec', 'selector')) },
  ],
  'Ingress.networking.k8s.io': [
    NAME,
    column('CLASS', 'spec.ingressClassName', NONE),
    { header: 'HOSTS', cell: hosts },
    { header: 'ADDRESS', cell: loadBalancerAddresses },
    { header: 'PORTS', cell: (object) => (arrayAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80') },
    AGE,
  ],
  'IngressClass.networking.k8s.io': [
    {
      header: 'NAME',
      cell: (object) => {
        const isDefault = stringAt(
          object,
          'metadata',
          'annotations',
          'ingressclass.kubernetes.io/is-default-class',
        );
        return `${textAt(object, ['metadata', 'name'])}${isDefault === 'true' ? ' (default)' : ''}`;
      },
    },
    column('CONTROLLER', 'spec.controller'),
    {
      header: 'PARAMETERS',
      cell: (object) => {
        const parameters = objectAt(object, 'spec', 'parameters');
        if (parameters === undefined) return NONE;
        const group = stringAt(parameters, 'apiGroup');
        return `${stringAt(parameters, 'kind') ?? ''}${group === undefined ? '' : `.${group}`}/${stringAt(parameters, 'name') ?? ''}`;
      },
    },
    AGE,
  ],
  Endpoints: [NAME, { header: 'ENDPOINTS', cell: endpoints }, AGE],
  'EndpointSlice.discovery.k8s.io': [
    NAME,
    column('ADDRESSTYPE', 'addressType'),
    {
      header: 'PORTS',
      cell: (object) =>
        firstItems(
          arrayAt(object, 'ports').map((port) => textAt(port, ['port'], textAt(port, ['name'], '*'))),
          UNSET,
        ),
    },
    {
      header: 'ENDPOINTS',
      cell: (object) =>
        firstItems(
          arrayAt(object, 'endpoints').flatMap((endpoint) => stringsAt(endpoint, 'addresses')),
          UNSET,
        ),
    },
    AGE,
  ],
};

function externalAddresses(service: JsonObject, context: CellContext): string {
  const type = stringAt(service, 'spec', 'type');
  const own = stringsAt(service, 'spec', 'externalIPs');
  if (type === 'ClusterIP' || type === 'NodePort') return own.length === 0 ? NONE : own.join(',');
  if (type === 'ExternalName') return stringAt(service, 'spec', 'externalName') ?? '';
  if (type !== 'LoadBalancer') return '<unknown>';
  const balanced = loadBalancerAddresses(service, context);
  const all = [...(balanced === '' ? [] : [balanced]), ...own].join(',');
  return all === '' ? '<pending>' : all;
}

function loadBalancerAddresses(object: JsonObject, { wide }: CellContext): string {
  const addresses = arrayAt(object, 'status', 'loadBalancer', 'ingress').map((ingress) =>
    textAt(ingress, ['ip'], textAt(ingress, ['hostname'])),
  );
  const text = [...new Set(addresses.filter((address) => address !== ''))].sort(compare).join(',');
  return wide || text.length <= ADDRESSES_LENGTH_MAX ? text : `${text.slice(0, ADDRESSES_LENGTH_MAX - 3)}...`;
}

function servicePorts(service: JsonObject): string {
  const ports = arrayAt(service, 'spec', 'ports').map((port) => {
    const nodePort = countAt(port, 'nodePort');
    return `${countAt(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, ['protocol'], 'TCP')}`;
  });
  return ports.length === 0 ? NONE : ports.join(',');
}

/** Rules without a host count among those that are left out, as kubectl counts them. */
function hosts(ingress: JsonObject): string {
  const rules = arrayAt(ingress, 'spec', 'rules');
  const named: string[] = [];
  let isCut = false;
  for (const rule of rules) {
    isCut ||= named.length === ITEMS_SHOWN_MAX;
    const host = textAt(rule, ['host']);
    if (!isCut && host !== '') named.push(host);
  }
  if (named.length === 0) return '*';
  const shown = named.join(',');
  return isCut ? `${shown} + ${rules.length - ITEMS_SHOWN_MAX} more...` : shown;
}

function endpoints(object: JsonObject): string {
  const addresses = arrayAt(object, 'subsets').flatMap((subset) => {
    const ports = arrayAt(subset, 'ports').map((port) => valueAt(port, 'port'));
    const ips = arrayAt(subset, 'addresses').map((address) => textAt(address, ['ip']));
    if (ports.length === 0) return ips;
    return ports.flatMap((port) => ips.map((ip) => hostPort(ip, port)));
  });
  return firstItems(addresses, NONE);
}

function hostPort(ip: string, port: JsonValue | undefined): string {
  const host = ip.includes(':') ? `[${ip}]` : ip;
  return `${host}:${port instanceof JsonNumber ? port.text : ''}`;
}
