/** The certificates that objects carry: in Secrets, ConfigMaps, CA bundles and answered requests. Private keys are passed over. */
import { isPtarError } from '../errors.ts';
import { objectAt, stringAt, valueAt, type JsonPath, type JsonValue } from './json-value.ts';
import { splitApiVersion } from './object-path.ts';
import { formatPath, matchPaths, parsePathPattern, type PathPattern } from './path-pattern.ts';
import { bytesFromBase64, certificatesInPem, parseCertificate, type Certificate } from './x509.ts';

/** A certificate and where it stands; `problem` where it cannot be read. */
export type ObjectCertificate = {
  /** `data["tls.crt"]`; of several in one place with their number: `data["ca.crt"] #2`. */
  readonly place: string;
} & ({ readonly certificate: Certificate } | { readonly problem: string });

/** Places that hold base64 of PEM, by kind. */
const BUNDLES: readonly (readonly [kinds: readonly string[], path: string, source: string])[] = [
  [
    ['ValidatingWebhookConfiguration.admissionregistration.k8s.io'],
    'webhooks[].clientConfig.caBundle',
    'https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/',
  ],
  [
    ['MutatingWebhookConfiguration.admissionregistration.k8s.io'],
    'webhooks[].clientConfig.caBundle',
    'https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/mutating-webhook-configuration-v1/',
  ],
  [
    ['CustomResourceDefinition.apiextensions.k8s.io'],
    'spec.conversion.webhook.clientConfig.caBundle',
    'https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/',
  ],
  [
    ['APIService.apiregistration.k8s.io'],
    'spec.caBundle',
    'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/',
  ],
  [
    ['CertificateSigningRequest.certificates.k8s.io'],
    'status.certificate',
    'https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/certificate-signing-request-v1/',
  ],
];

const bundlesByKind = new Map<string, PathPattern[]>();
for (const [kinds, path] of BUNDLES) {
  for (const kind of kinds) {
    bundlesByKind.set(kind, [...(bundlesByKind.get(kind) ?? []), parsePathPattern(path)]);
  }
}

/** Every certificate in `object`: PEM in the data of Secrets and ConfigMaps, in CA bundles, in answers to signing requests. */
export function certificatesOf(object: JsonValue): readonly ObjectCertificate[] {
  const { group } = splitApiVersion(stringAt(object, 'apiVersion') ?? '');
  const kind = stringAt(object, 'kind') ?? '';
  const found: ObjectCertificate[] = [];
  if (group === '' && (kind === 'Secret' || kind === 'ConfigMap')) {
    for (const [key, value] of objectAt(object, 'data') ?? []) {
      if (typeof value !== 'string') continue;
      found.push(...inText(['data', key], kind === 'Secret' ? asciiFromBase64(value) : value));
    }
    return found;
  }
  for (const pattern of bundlesByKind.get(group === '' ? kind : `${kind}.${group}`) ?? []) {
    for (const path of matchPaths(object, pattern)) {
      const value = valueAt(object, ...path);
      if (typeof value === 'string') found.push(...inText(path, asciiFromBase64(value)));
    }
  }
  return found;
}

function inText(path: JsonPath, text: string): ObjectCertificate[] {
  const all = certificatesInPem(text);
  return all.map((der, index) => {
    const place = `${formatPath(path)}${all.length === 1 ? '' : ` #${index + 1}`}`;
    try {
      return { place, certificate: parseCertificate(der) };
    } catch (error) {
      if (!isPtarError(error)) throw error;
      return { place, problem: error.message };
    }
  });
}

/** PEM is ASCII, so that other bytes do not matter. */
function asciiFromBase64(base64: string): string {
  const bytes = bytesFromBase64(base64);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
