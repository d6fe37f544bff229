import { isPtarError } from '../../errors.ts';
import { collectionPath, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import { listCollection } from './collection-list.ts';
import { kindName } from './import-report.ts';
import { reviewListingAccess } from './listing-access.ts';
import { takeMoment, type Moment, type MomentOptions } from './moment.ts';
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
  /** Why this is not the preferred version. */
  readonly fallback?: string | undefined;
  /** The collection may not be listed: these objects of it are read one by one. */
  readonly names?: readonly string[];
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

/** What to plan with. */
export interface ListingRequest {
  readonly client: ClusterClient;
  /** The kinds to read. */
  readonly resources: readonly ApiResource[];
  /** All kinds that can be listed: the moment may be taken from one that is not read. */
  readonly listable: readonly ApiResource[];
  readonly selection: Selection;
  /** Other served versions of a kind. */
  readonly otherVersions: (resource: ApiResource) => readonly ApiResource[];
  /** Tells the kinds that another server stores. */
  readonly foreign: (resource: ApiResource) => boolean;
  readonly signal: AbortSignal;
}

/** Requests at a time. The API server's default share for one user is larger, but other clients have theirs to do. */
export const LISTING_WIDTH = 6;

/**
 * Finds the moment and what may be listed as of it. A kind that may not be listed in all namespaces is listed in those where it
 * may: the selected ones, else all that can be seen, else the context's own.
 * @throws ConnectorError when the cluster cannot be reached; CancelledError
 */
export async function planListings(request: ListingRequest): Promise<ListingPlan> {
  const { resources, selection } = request;
  const wide = resources.filter((resource) => !resource.namespaced || selection.namespaces === undefined);
  const moment = await takeMoment(
    wide,
    momentOptions(request, () => undefined),
  );
  const refusals = new Map<ApiResource, Error | undefined>();
  if (selection.namespaces) {
    for (const resource of resources) if (resource.namespaced) refusals.set(resource, undefined);
  }
  const listings: Listing[] = [];
  const unreadable: UnreadableKind[] = [];
  for (const { resource, exact, items, error, fallback } of moment.probes) {
    const elsewhere = error && isForbidden(error) && (resource.namespaced || isNamespaces(resource));
    if (!error) listings.push({ resource, namespace: undefined, exact, items, fallback });
    else if (elsewhere) refusals.set(resource, error);
    else unreadable.push({ resource, namespace: undefined, error, readIn: [] });
  }
  if (refusals.size === 0) return { resourceVersion: moment.resourceVersion, listings, unreadable };
  const narrow = await planByNamespace(request, refusals, moment);
  return {
    resourceVersion: narrow.resourceVersion,
    listings: [...listings, ...narrow.listings],
    unreadable: [...unreadable, ...narrow.unreadable],
  };
}

/** True for the kind Namespace. */
export function isNamespaces(resource: ApiResource): boolean {
  return resource.group === '' && resource.plural === 'namespaces';
}

async function planByNamespace(
  request: ListingRequest,
  refusals: ReadonlyMap<ApiResource, Error | undefined>,
  wide: Moment,
): Promise<ListingPlan> {
  const namespaces = await readableNamespaces(request, wide.resourceVersion);
  const mayList = await reviewListingAccess(request.client, namespaces, LISTING_WIDTH, request.signal);
  const listings: Listing[] = [];
  const unreadable: UnreadableKind[] = [];
  const places = new Map<string, readonly string[]>();
  for (const [resource, error] of refusals) {
    if (isNamespaces(resource)) {
      listings.push({
        resource,
        namespace: undefined,
        exact: true,
        items: namespaces.length,
        names: namespaces,
      });
      continue;
    }
    const allowed = namespaces.filter((namespace) => mayList(resource, namespace) !== false);
    if (error) unreadable.push({ resource, namespace: undefined, error, readIn: allowed });
    // Where nothing is allowed and nothing was refused yet, the first namespace tells what is missing.
    const tried = allowed.length === 0 && !error ? namespaces.slice(0, 1) : allowed;
    if (tried.length > 0) places.set(kindName(resource), tried);
  }
  const moment = await takeMoment(
    [...refusals.keys()].filter((resource) => places.has(kindName(resource))),
    momentOptions(request, (resource) => places.get(kindName(resource))?.[0]),
  );
  for (const { resource, exact, error, fallback } of moment.probes) {
    const [first, ...others] = places.get(kindName(resource)) ?? [];
    if (error) unreadable.push({ resource, namespace: first, error, readIn: [] });
    for (const namespace of error ? others : (places.get(kindName(resource)) ?? [])) {
      listings.push({ resource, namespace, exact, items: undefined, fallback });
    }
  }
  return { resourceVersion: laterOf(wide.resourceVersion, moment.resourceVersion), listings, unreadable };
}

function momentOptions(request: ListingRequest, namespaceOf: MomentOptions['namespaceOf']): MomentOptions {
  const { client, listable, otherVersions, foreign, signal, selection } = request;
  return {
    client,
    anchors: listable,
    anchorNamespace: selection.namespaces?.[0] ?? client.namespace ?? 'default',
    namespaceOf,
    otherVersions,
    foreign,
    width: LISTING_WIDTH,
    signal,
  };
}

/** The selected namespaces; else all that are selected where they may be listed, else the context's own, else `default`. */
async function readableNamespaces(
  request: ListingRequest,
  resourceVersion: string | undefined,
): Promise<string[]> {
  const { client, selection, signal } = request;
  if (selection.namespaces) {
    return selection.namespaces.filter((namespace) => selectsNamespace(selection, namespace));
  }
  const path = collectionPath({ group: '', version: 'v1', plural: 'namespaces', namespaced: false });
  const names = new Set<string>();
  try {
    for await (const items of listCollection(client, { path, resourceVersion, signal })) {
      for (const item of items) {
        const name = (JSON.parse(item.toString('utf8')) as { metadata?: { name?: string } }).metadata?.name;
        if (name !== undefined && selectsNamespace(selection, name)) names.add(name);
      }
    }
  } catch (error) {
    if (!(error instanceof Error) || !isForbidden(error)) throw error;
    return [client.namespace ?? 'default'];
  }
  return [...names];
}

function isForbidden(error: Error): boolean {
  return isPtarError(error) && error.code === 'CONNECTOR_FORBIDDEN';
}

function laterOf(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return BigInt(left) > BigInt(right) ? left : right;
}
