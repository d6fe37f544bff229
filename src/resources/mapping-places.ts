/**
 * Where objects hold what a mapping changes and what is no reference to another object (those are in `reference-table.ts`): hosts,
 * namespaces by name, text with addresses. Paths are those of `path-pattern.ts`.
 */
import { parsePathPattern, type PathPattern } from './path-pattern.ts';

/** What stands at a place. */
export type PlaceContent =
  /** A host name, perhaps with `*.` before it. */
  | 'host'
  /** The name of a namespace. */
  | 'namespace'
  /** `NAMESPACE/NAME` of an object of no known kind. */
  | 'namespaced name'
  /** An image. */
  | 'image'
  /** Text with addresses, see `map-text.ts`. */
  | 'text'
  /** An object whose every value is such text. */
  | 'texts';

/** A place and what stands there. */
export interface MappedPlace {
  readonly pattern: PathPattern;
  readonly content: PlaceContent;
}

interface Section {
  /** `Kind` or `Kind.group`; `*` for every kind. */
  readonly kinds: readonly string[];
  readonly source: string;
  readonly rows: readonly (readonly [path: string, content: PlaceContent])[];
}

const DOCS = 'https://kubernetes.io/docs';
const GATEWAY = 'gateway.networking.k8s.io';
const ISTIO = ['networking.istio.io', 'security.istio.io'] as const;

const SECTIONS: readonly Section[] = [
  {
    kinds: ['*'],
    source: `${DOCS}/reference/labels-annotations-taints/#kubernetes-io-metadata-name`,
    rows: [['metadata.labels[kubernetes.io/metadata.name]', 'namespace']],
  },
  {
    kinds: ['*'],
    source: 'https://cert-manager.io/docs/reference/annotations/',
    rows: [
      ['metadata.annotations[cert-manager.io/inject-ca-from]', 'namespaced name'],
      ['metadata.annotations[cert-manager.io/inject-ca-from-secret]', 'namespaced name'],
    ],
  },
  {
    kinds: ['Ingress.networking.k8s.io', 'Ingress.extensions'],
    source: `${DOCS}/reference/kubernetes-api/service-resources/ingress-v1/`,
    rows: [
      ['spec.rules[].host', 'host'],
      ['spec.tls[].hosts[]', 'host'],
      // Controllers are told about authentication, redirections and certificates here.
      ['metadata.annotations', 'texts'],
    ],
  },
  {
    kinds: [`Gateway.${GATEWAY}`],
    source: 'https://gateway-api.sigs.k8s.io/reference/spec/',
    rows: [
      ['spec.listeners[].hostname', 'host'],
      ['metadata.annotations', 'texts'],
    ],
  },
  {
    kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute'].map((kind) => `${kind}.${GATEWAY}`),
    source: 'https://gateway-api.sigs.k8s.io/reference/spec/',
    rows: [
      ['spec.hostnames[]', 'host'],
      ['spec.rules[].filters[].requestRedirect.hostname', 'host'],
      ['spec.rules[].filters[].urlRewrite.hostname', 'host'],
      ['metadata.annotations', 'texts'],
    ],
  },
  {
    kinds: ['Service'],
    source: `${DOCS}/concepts/services-networking/service/#externalname`,
    rows: [
      ['spec.externalName', 'text'],
      ['metadata.annotations', 'texts'],
    ],
  },
  {
    kinds: ['ConfigMap'],
    source: `${DOCS}/concepts/configuration/configmap/`,
    rows: [['data', 'texts']],
  },
  {
    kinds: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map(
      (kind) => `${kind}.admissionregistration.k8s.io`,
    ),
    source: `${DOCS}/reference/access-authn-authz/extensible-admission-controllers/#url`,
    rows: [['webhooks[].clientConfig.url', 'text']],
  },
  {
    kinds: ['CustomResourceDefinition.apiextensions.k8s.io'],
    source: `${DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#url`,
    rows: [['spec.conversion.webhook.clientConfig.url', 'text']],
  },
  {
    kinds: ['AuthorizationPolicy', 'RequestAuthentication'].map((kind) => `${kind}.${ISTIO[1]}`),
    source: 'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
    rows: [['spec.rules[].from[].source.namespaces[]', 'namespace']],
  },
];

const placesByKind = new Map<string, MappedPlace[]>();
for (const { kinds, rows } of SECTIONS) {
  for (const kind of kinds) {
    const places = rows.map(([path, content]) => ({ pattern: parsePathPattern(path), content }));
    placesByKind.set(kind, [...(placesByKind.get(kind) ?? []), ...places]);
  }
}

/** The places of a kind. */
export function mappedPlaces(group: string, kind: string): readonly MappedPlace[] {
  const own = placesByKind.get(group === '' ? kind : `${kind}.${group}`) ?? [];
  return [...(placesByKind.get('*') ?? []), ...own];
}
