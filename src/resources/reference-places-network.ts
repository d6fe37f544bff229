/** Rows of `reference-table.ts`: Ingress, Gateway API, endpoints. */
import {
  BY_API_GROUP,
  BY_API_VERSION,
  HERE_OR_THERE,
  PERHAPS,
  THERE,
  type PlaceOptions,
  type PlaceRow,
  type PlaceSection,
  type TargetRule,
} from './reference-place.ts';

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api';
const GATEWAY_DOCS = 'https://gateway-api.sigs.k8s.io/reference/spec/';
const GATEWAY_GROUP = 'gateway.networking.k8s.io';

function gatewayTarget(fallback: string, groupFallback = ''): TargetRule {
  return { kind: 'kind', group: 'group', fallback, groupFallback };
}
const ROUTE_FILTER_ROWS = ['rules[].filters[]', 'rules[].backendRefs[].filters[]'].flatMap(
  (filters): PlaceRow[] => [
    [`${filters}.requestMirror.backendRef.name`, 'backend', gatewayTarget('Service'), HERE_OR_THERE],
    [`${filters}.extensionRef.name`, 'filter', { kind: 'kind', group: 'group' }],
  ],
);

const ENDPOINT: PlaceOptions = { ...THERE, optional: true };

/** Places in objects of the network. */
export const NETWORK_SECTIONS: readonly PlaceSection[] = [
  {
    kinds: ['Ingress.networking.k8s.io', 'Ingress.extensions'],
    source: `${DOCS}/service-resources/ingress-v1/`,
    rows: [
      ['spec.ingressClassName', 'ingress class', 'IngressClass.networking.k8s.io'],
      [
        'metadata.annotations[kubernetes.io/ingress.class]',
        'ingress class',
        'IngressClass.networking.k8s.io',
        PERHAPS,
      ],
      ['spec.tls[].secretName', 'certificate', 'Secret'],
      ...['spec.defaultBackend', 'spec.rules[].http.paths[].backend'].flatMap((backend): PlaceRow[] => [
        [`${backend}.service.name`, 'backend', 'Service'],
        [`${backend}.resource.name`, 'backend', BY_API_GROUP],
      ]),
    ],
  },
  {
    kinds: ['IngressClass.networking.k8s.io'],
    source: `${DOCS}/service-resources/ingress-class-v1/`,
    rows: [['spec.parameters.name', 'parameters', BY_API_GROUP, THERE]],
  },
  {
    kinds: [`GatewayClass.${GATEWAY_GROUP}`],
    source: GATEWAY_DOCS,
    rows: [['spec.parametersRef.name', 'parameters', { kind: 'kind', group: 'group' }, THERE]],
  },
  {
    kinds: [`Gateway.${GATEWAY_GROUP}`],
    base: 'spec',
    source: GATEWAY_DOCS,
    rows: [
      ['gatewayClassName', 'gateway class', `GatewayClass.${GATEWAY_GROUP}`],
      ['listeners[].tls.certificateRefs[].name', 'certificate', gatewayTarget('Secret'), HERE_OR_THERE],
      ['infrastructure.parametersRef.name', 'parameters', { kind: 'kind', group: 'group' }],
    ],
  },
  {
    kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(
      (kind) => `${kind}.${GATEWAY_GROUP}`,
    ),
    base: 'spec',
    source: GATEWAY_DOCS,
    rows: [
      [
        'parentRefs[].name',
        'gateway',
        gatewayTarget(`Gateway.${GATEWAY_GROUP}`, GATEWAY_GROUP),
        HERE_OR_THERE,
      ],
      ['rules[].backendRefs[].name', 'backend', gatewayTarget('Service'), HERE_OR_THERE],
      ...ROUTE_FILTER_ROWS,
    ],
  },
  {
    kinds: [`BackendTLSPolicy.${GATEWAY_GROUP}`],
    base: 'spec',
    source: GATEWAY_DOCS,
    rows: [
      ['targetRefs[].name', 'backend', gatewayTarget('Service')],
      ['validation.caCertificateRefs[].name', 'certificate', gatewayTarget('ConfigMap')],
    ],
  },
  {
    kinds: [`ReferenceGrant.${GATEWAY_GROUP}`],
    base: 'spec',
    source: GATEWAY_DOCS,
    rows: [
      ['from[].namespace', 'subject', 'Namespace', PERHAPS],
      ['to[].name', 'backend', { kind: 'kind', group: 'group' }],
    ],
  },
  {
    kinds: ['Endpoints'],
    source: `${DOCS}/service-resources/endpoints-v1/`,
    rows: ['addresses', 'notReadyAddresses'].flatMap((addresses): PlaceRow[] => [
      [`subsets[].${addresses}[].targetRef.name`, 'endpoint', BY_API_VERSION, ENDPOINT],
      [`subsets[].${addresses}[].nodeName`, 'node', 'Node', PERHAPS],
    ]),
  },
  {
    kinds: ['EndpointSlice.discovery.k8s.io'],
    source: `${DOCS}/service-resources/endpoint-slice-v1/`,
    rows: [
      ['metadata.labels[kubernetes.io/service-name]', 'endpoint', 'Service', PERHAPS],
      ['endpoints[].targetRef.name', 'endpoint', BY_API_VERSION, ENDPOINT],
      ['endpoints[].nodeName', 'node', 'Node', PERHAPS],
    ],
  },
  {
    kinds: ['IPAddress.networking.k8s.io'],
    source: `${DOCS}/service-resources/ip-address-v1/`,
    rows: [
      ['spec.parentRef.name', 'reservation', { kind: 'resource', isResource: true, group: 'group' }, THERE],
    ],
  },
];
