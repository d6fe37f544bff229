import { ConnectorError, isPtarError } from '../../errors.ts';
import type { ClusterClient } from './cluster-client.ts';

/** A resource in one version, as discovery describes it. */
export interface ApiResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, as in paths: `deployments`. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** What people may type besides: the singular and the short names. */
  readonly aliases: readonly string[];
}

/** A group version that discovery could not describe: mostly an APIService whose server is down. */
export interface DiscoveryFailure {
  readonly group: string;
  readonly version: string;
  /** One line. */
  readonly reason: string;
}

/** What a cluster serves. */
export interface Discovery {
  /** All versions, within a group the preferred one first. Without subresources. */
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
  const [core, grouped] = await Promise.all(
    ['/api', '/apis'].map((path) => getDocument(client, path, signal)),
  );
  const resources: ApiResource[] = [];
  const failures: DiscoveryFailure[] = [];
  for (const document of [core, grouped]) {
    if (document?.['kind'] === 'APIGroupDiscoveryList') readAggregated(document, resources, failures);
    else await readClassic(client, document, resources, failures, signal);
  }
  return { resources, failures };
}

/** One version of every resource: the first, which is the server's preferred one. Versions of a resource share their storage. */
export function preferredResources(discovery: Discovery): ApiResource[] {
  const preferred = new Map<string, ApiResource>();
  for (const resource of discovery.resources) {
    const key = `${resource.group}/${resource.resource}`;
    if (!preferred.has(key)) preferred.set(key, resource);
  }
  return [...preferred.values()];
}

/** `v1`, `apps/v1`: the apiVersion of a resource's objects. */
export function apiVersionOf({ group, version }: Pick<ApiResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Path of a resource's collection: in one namespace where given, else in all. */
export function collectionPath(
  {
    group,
    version,
    resource,
    namespaced,
  }: Pick<ApiResource, 'group' | 'version' | 'resource' | 'namespaced'>,
  namespace?: string,
): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== undefined
    ? `${base}/namespaces/${encodeURIComponent(namespace)}/${resource}`
    : `${base}/${resource}`;
}

type Document = Readonly<Record<string, unknown>>;

async function getDocument(
  client: ClusterClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Document> {
  const document = await client.json({ path, accept: AGGREGATED_ACCEPT, ...(signal ? { signal } : {}) });
  if (typeof document !== 'object' || document === null) {
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `${client.server} answered ${path} with something else than discovery`,
    );
  }
  return document as Document;
}

function readAggregated(document: Document, resources: ApiResource[], failures: DiscoveryFailure[]): void {
  for (const item of maps(document['items'])) {
    const group = string(map(item['metadata'])['name']);
    for (const version of maps(item['versions'])) {
      const versionName = string(version['version']);
      const listed = maps(version['resources']);
      if (version['freshness'] === 'Stale' || listed.length === 0) {
        failures.push({
          group,
          version: versionName,
          reason: 'its API server does not answer: see kubectl get apiservices',
        });
      }
      // What a stale entry lists is what was known last; the server behind it may come back.
      for (const entry of listed) {
        const responseKind = map(entry['responseKind']);
        const resource = string(entry['resource']);
        if (resource === '') continue;
        resources.push({
          group: string(responseKind['group']) || group,
          version: string(responseKind['version']) || versionName,
          resource,
          kind: string(responseKind['kind']),
          namespaced: entry['scope'] === 'Namespaced',
          verbs: strings(entry['verbs']),
          aliases: [string(entry['singularResource']), ...strings(entry['shortNames'])].filter(
            (alias) => alias !== '',
          ),
        });
      }
    }
  }
}

async function readClassic(
  client: ClusterClient,
  document: Document | undefined,
  resources: ApiResource[],
  failures: DiscoveryFailure[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const groupVersions: { group: string; version: string }[] = strings(document?.['versions']).map(
    (version) => ({
      group: '',
      version,
    }),
  );
  for (const item of maps(document?.['groups'])) {
    const preferred = string(map(item['preferredVersion'])['version']);
    const versions = maps(item['versions']).map((version) => string(version['version']));
    const ordered = [preferred, ...versions.filter((version) => version !== preferred)];
    groupVersions.push(...ordered.map((version) => ({ group: string(item['name']), version })));
  }
  for (const groupVersion of groupVersions) {
    const { group, version } = groupVersion;
    try {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const list = map(await client.json({ path, ...(signal ? { signal } : {}) }));
      for (const entry of maps(list['resources'])) {
        const name = string(entry['name']);
        if (name === '' || name.includes('/')) continue;
        resources.push({
          group,
          version,
          resource: name,
          kind: string(entry['kind']),
          namespaced: entry['namespaced'] === true,
          verbs: strings(entry['verbs']),
          aliases: [string(entry['singularName']), ...strings(entry['shortNames'])].filter(
            (alias) => alias !== '',
          ),
        });
      }
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      failures.push({ ...groupVersion, reason: error.message });
    }
  }
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
