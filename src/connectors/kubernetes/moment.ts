import { isPtarError } from '../../errors.ts';
import { collectionPath, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import { probeCollection, type CollectionProbe } from './collection-list.ts';
import { mapParallel } from './parallel.ts';

/** What one kind's first item told. */
export interface KindProbe {
  readonly resource: ApiResource;
  /** Items at the time of the probe, about. */
  readonly items: number;
  /** True when the kind shares the moment: its resourceVersions come from the same etcd. */
  readonly exact: boolean;
  readonly error: Error | undefined;
  /** Why `resource` is not the preferred version: that one cannot be read. */
  readonly fallback: string | undefined;
}

/** One moment of the cluster, and what can be listed as of it. */
export interface Moment {
  /** Undefined when nothing could be read that has one. */
  readonly resourceVersion: string | undefined;
  readonly probes: readonly KindProbe[];
}

/** Where and how to look. */
export interface MomentOptions {
  readonly client: ClusterClient;
  /** Kinds that may tell the present resourceVersion, in all namespaces or else in `anchorNamespace`. */
  readonly anchors: readonly ApiResource[];
  readonly anchorNamespace: string;
  /** Where to look at a namespaced kind; in all namespaces where undefined. */
  readonly namespaceOf: (resource: ApiResource) => string | undefined;
  /** Other versions of a kind: tried where the API server fails on the preferred one, as with a broken conversion webhook. */
  readonly otherVersions: (resource: ApiResource) => readonly ApiResource[];
  /** Tells the kinds that are known to be served by somebody else. */
  readonly foreign: (resource: ApiResource) => boolean;
  readonly width: number;
  readonly signal: AbortSignal;
}

/** In what order kinds are tried to tell the present resourceVersion; all of them are kept in the main etcd. */
const ANCHORS = ['namespaces', 'configmaps', 'serviceaccounts', 'services', 'pods', 'deployments', 'secrets'];

/**
 * Asks every kind for its first item, between two readings of the present resourceVersion. A kind whose own resourceVersion does
 * not lie between the two numbers its objects elsewhere (another etcd, an aggregated API server): it has no part in the moment.
 * The second reading is the moment.
 * @throws ConnectorError when the cluster cannot be reached; CancelledError
 */
export async function takeMoment(resources: readonly ApiResource[], options: MomentOptions): Promise<Moment> {
  if (resources.length === 0) return { resourceVersion: undefined, probes: [] };
  const anchor = await findAnchor(options);
  const answers = await mapParallel(resources, options.width, (resource) => probeVersions(resource, options));
  const end = anchor && revision((await anchor.read()).resourceVersion);
  return {
    resourceVersion: end?.toString(),
    probes: answers.map(({ resource, page, error, fallback }) => {
      const own = revision(page?.resourceVersion ?? '');
      const between =
        anchor && end !== undefined && own !== undefined && own >= anchor.revision && own <= end;
      const exact = between === true && !options.foreign(resource);
      return { resource, items: page?.items ?? 0, exact, error, fallback };
    }),
  };
}

type ProbeAnswer = Pick<KindProbe, 'resource' | 'error' | 'fallback'> & {
  readonly page: CollectionProbe | undefined;
};

async function probeVersions(preferred: ApiResource, options: MomentOptions): Promise<ProbeAnswer> {
  const answer = await tryProbe(preferred, options);
  if (!isServerFailure(answer.error)) return answer;
  for (const resource of options.otherVersions(preferred)) {
    const other = await tryProbe(resource, options);
    if (other.page) return { ...other, fallback: `as ${resource.version}: ${answer.error.message}` };
  }
  return answer;
}

async function tryProbe(resource: ApiResource, options: MomentOptions): Promise<ProbeAnswer> {
  try {
    const page = await probe(resource, options.namespaceOf(resource), options);
    return { resource, page, error: undefined, fallback: undefined };
  } catch (error) {
    if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
    return { resource, page: undefined, error, fallback: undefined };
  }
}

function isServerFailure(error: Error | undefined): error is Error {
  return isPtarError(error) && error.code === 'CONNECTOR_FAILED';
}

interface Anchor {
  readonly revision: bigint;
  readonly read: () => Promise<CollectionProbe>;
}

async function findAnchor(options: MomentOptions): Promise<Anchor | undefined> {
  const candidates = ANCHORS.flatMap((plural) =>
    options.anchors.filter((resource) => resource.plural === plural && ['', 'apps'].includes(resource.group)),
  );
  for (const namespace of [undefined, options.anchorNamespace]) {
    for (const resource of candidates) {
      const read = (): Promise<CollectionProbe> => probe(resource, namespace, options);
      try {
        const start = revision((await read()).resourceVersion);
        if (start !== undefined) return { revision: start, read };
      } catch (error) {
        // Forbidden kinds are passed over; a cluster that cannot be reached at all is the caller's to report.
        if (!isPtarError(error) || error.code !== 'CONNECTOR_FORBIDDEN') throw error;
      }
    }
  }
  return undefined;
}

function probe(
  resource: ApiResource,
  namespace: string | undefined,
  options: MomentOptions,
): Promise<CollectionProbe> {
  return probeCollection(options.client, {
    path: collectionPath(resource, namespace),
    resourceVersion: undefined,
    signal: options.signal,
  });
}

/** Resource versions are decimal and comparable (KEP-5504). Undefined for anything else. */
function revision(resourceVersion: string): bigint | undefined {
  return /^[1-9][0-9]{0,19}$/.test(resourceVersion) ? BigInt(resourceVersion) : undefined;
}
