import { ConnectorError, isPtarError } from '../../errors.ts';
import type { KindDefinition } from '../../resources/built-in-kinds.ts';
import { apiVersionOf } from '../../resources/object-path.ts';
import type { ClusterClient } from './cluster-client.ts';

/** A resource in one version, as discovery describes it. */
export interface ApiResource extends KindDefinition {
  readonly verbs: readonly string[];
  /** `status`, `scale`, … */
  readonly subresources: readonly string[];
}

/** A group and one of its versions. */
export type GroupVersion = Pick<KindDefinition, 'group' | 'version'>;

/** A group version that discovery could not describe: mostly an APIService whose server is down. */
export interface DiscoveryFailure extends GroupVersion {
  /** One line. */
  readonly reason: string;
}

/** What a cluster serves. */
export interface Discovery {
  /** All versions, within a group the preferred one first. */
  readonly resources: readonly ApiResource[];
  readonly failures: readonly DiscoveryFailure[];
}

const AGGREGATED_ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/**
 * Asks what the API server serves: aggregated discovery (two requests), or one request per group version where the server does not
 * know it. A group that fails is recorded, not thrown.
 * Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 * @throws ConnectorError when nothing at all can be discovered; CancelledError
 */
export async function discoverResources(client: ClusterClient, signal?: AbortSignal): Promise<Discovery> {
  const documents = await Promise.all(['/api', '/apis'].map((path) => getDocument(client, path, signal)));
  const resources: ApiResource[] = [];
  const failures: DiscoveryFailure[] = [];
  for (const document of documents) {
    if (document['kind'] === 'APIGroupDiscoveryList') readAggregated(document, resources, failures);
    else await readClassic(client, document, resources, failures, signal);
  }
  return { resources, failures };
}

/** One version of every resource: the first, which is the server's preferred one. Versions of a resource share their storage. */
export function preferredResources(discovery: Discovery): ApiResource[] {
  const preferred = new Map<string, ApiResource>();
  for (const resource of discovery.resources) {
    const key = `${resource.group}/${resource.plural}`;
    if (!preferred.has(key)) preferred.set(key, resource);
  }
  return [...preferred.values()];
}

/** Path of a resource's collection: in one namespace where given, else in all. */
export function collectionPath(
  resource: GroupVersion & Pick<ApiResource, 'plural' | 'namespaced'>,
  namespace?: string,
): string {
  const base = groupVersionPath(resource);
  return resource.namespaced && namespace !== undefined
    ? `${base}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`
    : `${base}/${resource.plural}`;
}

function groupVersionPath(groupVersion: GroupVersion): string {
  return `/${groupVersion.group === '' ? 'api' : 'apis'}/${apiVersionOf(groupVersion)}`;
}

type Document = Readonly<Record<string, unknown>>;

async function getDocument(
  client: ClusterClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Document> {
  const document = await client.json({ path, accept: AGGREGATED_ACCEPT, ...(signal ? { signal } : {}) });
  if (typeof document === 'object' && document !== null) return document as Document;
  throw new ConnectorError(
    'CONNECTOR_FAILED',
    `${client.server} answered ${path} with something else than discovery`,
  );
}

function readAggregated(document: Document, resources: ApiResource[], failures: DiscoveryFailure[]): void {
  for (const item of maps(document['items'])) {
    const group = string(map(item['metadata'])['name']);
    for (const entry of maps(item['versions'])) {
      const version = string(entry['version']);
      const listed = maps(entry['resources']);
      if (entry['freshness'] === 'Stale' || listed.length === 0) {
        failures.push({
          group,
          version,
          reason: 'its API server does not answer: see kubectl get apiservices',
        });
      }
      // What a stale entry lists is what was known last; the server behind it may be back by now.
      for (const resource of listed) {
        const responseKind = map(resource['responseKind']);
        if (string(resource['resource']) === '') continue;
        resources.push({
          group: string(responseKind['group']) || group,
          version: string(responseKind['version']) || version,
          kind: string(responseKind['kind']),
          plural: string(resource['resource']),
          singular: string(resource['singularResource']),
          shortNames: strings(resource['shortNames']),
          namespaced: resource['scope'] === 'Namespaced',
          verbs: strings(resource['verbs']),
          subresources: maps(resource['subresources']).map((subresource) =>
            string(subresource['subresource']),
          ),
        });
      }
    }
  }
}

async function readClassic(
  client: ClusterClient,
  document: Document,
  resources: ApiResource[],
  failures: DiscoveryFailure[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const groupVersion of classicGroupVersions(document)) {
    try {
      const path = groupVersionPath(groupVersion);
      resources.push(
        ...classicResources(groupVersion, map(await client.json({ path, ...(signal ? { signal } : {}) }))),
      );
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      failures.push({ ...groupVersion, reason: error.message });
    }
  }
}

/** Of an APIVersions or an APIGroupList; the preferred version of a group first. */
function classicGroupVersions(document: Document): GroupVersion[] {
  const core = strings(document['versions']).map((version) => ({ group: '', version }));
  const grouped = maps(document['groups']).flatMap((item) => {
    const preferred = string(map(item['preferredVersion'])['version']);
    const versions = maps(item['versions']).map((version) => string(version['version']));
    return [preferred, ...versions.filter((version) => version !== preferred)].map((version) => ({
      group: string(item['name']),
      version,
    }));
  });
  return [...core, ...grouped];
}

function classicResources({ group, version }: GroupVersion, list: Document): ApiResource[] {
  const entries = maps(list['resources']).map((entry) => ({ entry, name: string(entry['name']) }));
  return entries
    .filter(({ name }) => name !== '' && !name.includes('/'))
    .map(({ entry, name }) => ({
      group,
      version,
      kind: string(entry['kind']),
      plural: name,
      singular: string(entry['singularName']),
      shortNames: strings(entry['shortNames']),
      namespaced: entry['namespaced'] === true,
      verbs: strings(entry['verbs']),
      subresources: entries
        .filter((other) => other.name.startsWith(`${name}/`))
        .map((other) => other.name.slice(name.length + 1)),
    }));
}

function map(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {};
}

function maps(value: unknown): Document[] {
  return Array.isArray(value) ? value.map(map) : [];
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
