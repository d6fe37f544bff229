import { isPtarError } from '../../errors.ts';
import { collectionPath, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import { probeCollection } from './collection-list.ts';
import { mapParallel } from './parallel.ts';

/** What one kind's first item told. */
export interface KindProbe {
  readonly resource: ApiResource;
  /** Items at the time of the probe, about. */
  readonly items: number;
  /** True when the kind shares the moment: its resourceVersions come from the same etcd. */
  readonly exact: boolean;
  readonly error: Error | undefined;
}

/** One moment of the cluster, and what can be listed as of it. */
export interface Moment {
  /** Undefined when nothing could be read that has one. */
  readonly resourceVersion: string | undefined;
  readonly probes: readonly KindProbe[];
}

/** In what order kinds are tried to tell the present resourceVersion; all of them are kept in the main etcd. */
const ANCHORS = ['namespaces', 'configmaps', 'serviceaccounts', 'services', 'pods', 'deployments', 'secrets'];

/**
 * Asks every kind for its first item, between two readings of the present resourceVersion. A kind whose own resourceVersion does
 * not lie between the two numbers its objects elsewhere (another etcd, an aggregated API server): it has no part in the moment.
 * The second reading is the moment.
 */
export async function takeMoment(
  client: ClusterClient,
  resources: readonly ApiResource[],
  options: {
    /** Where to look at a namespaced kind; in all namespaces where undefined. */
    readonly namespaceOf: (resource: ApiResource) => string | undefined;
    /** Kinds that are known to be served by somebody else. */
    readonly foreign: (resource: ApiResource) => boolean;
    readonly width: number;
    readonly signal: AbortSignal;
  },
): Promise<Moment> {
  const probe = (resource: ApiResource): ReturnType<typeof probeCollection> =>
    probeCollection(client, {
      path: collectionPath(resource, options.namespaceOf(resource)),
      resourceVersion: undefined,
      signal: options.signal,
    });
  const anchor = await findAnchor(resources, probe);
  const answers = await mapParallel(resources, options.width, async (resource) => {
    try {
      return { resource, page: await probe(resource), error: undefined };
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      return { resource, page: undefined, error };
    }
  });
  const end = anchor ? revision((await probe(anchor.resource)).resourceVersion) : undefined;
  return {
    resourceVersion: end?.toString(),
    probes: answers.map(({ resource, page, error }) => {
      const own = revision(page?.resourceVersion ?? '');
      const shared =
        anchor !== undefined &&
        end !== undefined &&
        own !== undefined &&
        own >= anchor.revision &&
        own <= end;
      return { resource, items: page?.items ?? 0, exact: shared && !options.foreign(resource), error };
    }),
  };
}

async function findAnchor(
  resources: readonly ApiResource[],
  probe: (resource: ApiResource) => ReturnType<typeof probeCollection>,
): Promise<{ resource: ApiResource; revision: bigint } | undefined> {
  for (const name of ANCHORS) {
    const resource = resources.find(
      (candidate) => candidate.plural === name && ['', 'apps'].includes(candidate.group),
    );
    if (!resource) continue;
    try {
      const start = revision((await probe(resource)).resourceVersion);
      if (start !== undefined) return { resource, revision: start };
    } catch (error) {
      // Forbidden kinds are passed over; a cluster that cannot be reached at all is the caller's to report.
      if (!isPtarError(error) || error.code !== 'CONNECTOR_FORBIDDEN') throw error;
    }
  }
  return undefined;
}

/** Resource versions are decimal and comparable. Source: KEP-5504. Undefined for anything else. */
function revision(resourceVersion: string): bigint | undefined {
  return /^[1-9][0-9]{0,19}$/.test(resourceVersion) ? BigInt(resourceVersion) : undefined;
}
