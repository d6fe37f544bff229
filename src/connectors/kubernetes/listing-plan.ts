import { isPtarError } from '../../errors.ts';
import { collectionPath, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import { listCollection } from './collection-list.ts';
import { reviewListingAccess } from './listing-access.ts';
import { takeMoment, type KindProbe } from './moment.ts';
import { selectsNamespace, type Selection } from './selection.ts';

/** One collection to list. */
export interface Listing {
  readonly resource: ApiResource;
  /** Undefined: the whole collection. */
  readonly namespace: string | undefined;
  /** It can be listed as of the moment. */
  readonly exact: boolean;
  /** Items to expect, about; undefined where not known. */
  readonly items: number | undefined;
}

/** A kind that cannot be read, or not everywhere. */
export interface UnreadableKind {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  readonly error: Error;
  /** Namespaces where it is read nevertheless. */
  readonly readIn: readonly string[];
}

/** What to list as of when, and what cannot be. */
export interface ListingPlan {
  readonly resourceVersion: string | undefined;
  readonly listings: readonly Listing[];
  readonly unreadable: readonly UnreadableKind[];
}

/** Requests at a time. The API server's default share for one user is larger, but other clients have theirs to do. */
export const LISTING_WIDTH = 6;

/**
 * Finds the moment and what may be listed as of it. A kind that may not be listed in all namespaces is listed in those where it
 * may: all that can be seen, or else the context's own.
 * @param resources the kinds to read; `foreign` tells those that another server stores
 */
export async function planListings(
  client: ClusterClient,
  resources: readonly ApiResource[],
  selection: Selection,
  foreign: (resource: ApiResource) => boolean,
  signal: AbortSignal,
): Promise<ListingPlan> {
  const [firstNamespace] = selection.namespaces ?? [];
  const moment = await takeMoment(client, resources, {
    namespaceOf: (resource) => (resource.namespaced ? firstNamespace : undefined),
    foreign,
    width: LISTING_WIDTH,
    signal,
  });
  const listings: Listing[] = [];
  const unreadable: UnreadableKind[] = [];
  const refused: KindProbe[] = [];
  for (const probe of moment.probes) {
    const { resource, exact, items, error } = probe;
    if (error) {
      const elsewhere = selection.namespaces === undefined && resource.namespaced && isForbidden(error);
      if (elsewhere) refused.push(probe);
      else {
        unreadable.push({
          resource,
          namespace: resource.namespaced ? firstNamespace : undefined,
          error,
          readIn: [],
        });
      }
    } else if (resource.namespaced && selection.namespaces) {
      for (const namespace of selection.namespaces) {
        listings.push({ resource, namespace, exact, items: undefined });
      }
    } else {
      listings.push({ resource, namespace: undefined, exact, items });
    }
  }
  if (selection.namespaces && selection.namespaces.length > 1) {
    // The first namespace may be the one that is forbidden.
    for (const failed of unreadable.splice(0)) {
      if (!failed.resource.namespaced || !isForbidden(failed.error)) unreadable.push(failed);
      else {
        for (const namespace of selection.namespaces) {
          listings.push({ resource: failed.resource, namespace, exact: false, items: undefined });
        }
      }
    }
  }
  if (refused.length === 0) return { resourceVersion: moment.resourceVersion, listings, unreadable };
  const narrowed = await planByNamespace(client, refused, moment.resourceVersion, selection, foreign, signal);
  return {
    resourceVersion: laterRevision(moment.resourceVersion, narrowed.resourceVersion),
    listings: [...listings, ...narrowed.listings],
    unreadable: [...unreadable, ...narrowed.unreadable],
  };
}

async function planByNamespace(
  client: ClusterClient,
  refused: readonly KindProbe[],
  resourceVersion: string | undefined,
  selection: Selection,
  foreign: (resource: ApiResource) => boolean,
  signal: AbortSignal,
): Promise<ListingPlan> {
  const visible = await visibleNamespaces(client, resourceVersion, signal);
  const namespaces = visible.filter((namespace) => selectsNamespace(selection, namespace));
  const mayList = await reviewListingAccess(client, namespaces, LISTING_WIDTH, signal);
  const readable = new Map<ApiResource, string[]>();
  for (const { resource } of refused) {
    const allowed = namespaces.filter((namespace) => mayList(resource, namespace) !== false);
    if (allowed.length > 0) readable.set(resource, allowed);
  }
  const moment = await takeMoment(client, [...readable.keys()], {
    namespaceOf: (resource) => readable.get(resource)?.[0],
    foreign,
    width: LISTING_WIDTH,
    signal,
  });
  const listings: Listing[] = [];
  const unreadable: UnreadableKind[] = [];
  for (const { resource, error } of refused) {
    const readIn = readable.get(resource) ?? [];
    const probe = moment.probes.find((candidate) => candidate.resource === resource);
    if (error) unreadable.push({ resource, namespace: undefined, error, readIn: probe?.error ? [] : readIn });
    if (!probe || probe.error) continue;
    for (const namespace of readIn) {
      listings.push({ resource, namespace, exact: probe.exact, items: undefined });
    }
  }
  return { resourceVersion: moment.resourceVersion, listings, unreadable };
}

/** Names of all namespaces where they may be listed, else the context's own, else `default`. */
async function visibleNamespaces(
  client: ClusterClient,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const path = collectionPath({ group: '', version: 'v1', plural: 'namespaces', namespaced: false });
  try {
    const names: string[] = [];
    for await (const items of listCollection(client, { path, resourceVersion, signal })) {
      for (const item of items) {
        const name = (JSON.parse(item.toString('utf8')) as { metadata?: { name?: string } }).metadata?.name;
        if (name !== undefined) names.push(name);
      }
    }
    return names;
  } catch (error) {
    if (!isPtarError(error) || !isForbidden(error)) throw error;
    return [client.namespace ?? 'default'];
  }
}

function isForbidden(error: Error): boolean {
  return isPtarError(error) && error.code === 'CONNECTOR_FORBIDDEN';
}

function laterRevision(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return BigInt(left) > BigInt(right) ? left : right;
}
