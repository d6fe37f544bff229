import { ConnectorError, throwIfCancelled } from '../../errors.ts';
import type { ApiRequest, ClusterClient } from '../cluster-client/index.ts';
import { ListSplitter } from './list-splitter.ts';

/** What to list, and as of when. */
export interface CollectionQuery {
  /** Path of the collection, without a query. */
  readonly path: string;
  /** The moment, for `resourceVersionMatch=Exact`; the collection's own present where undefined. */
  readonly resourceVersion: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly signal?: AbortSignal;
}

/** One page's own fields. */
export interface ListPage {
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

/** A collection's present. */
export interface CollectionProbe extends ListPage {
  /** Items in all, about. */
  readonly items: number;
}

/** Bytes of a page to aim at: large enough to hide the round trip, small enough for the API server's memory. */
const PAGE_SIZE_TARGET = 4 * 1024 * 1024;
const LIMIT_FIRST = 500;
const LIMIT_MIN = 20;
const LIMIT_MAX = 5_000;
const PAGE_ATTEMPTS_MAX = 5;

/**
 * Lists a collection page by page and yields the JSON text of each item, in arrays of those that arrived together. A page that
 * breaks off is asked for again, so that items may come twice. Ends with the fields of the last page.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 * @throws ConnectorError; with `status` 410 when the moment has been compacted away; CancelledError
 */
export async function* listCollection(
  client: ClusterClient,
  query: CollectionQuery,
): AsyncGenerator<Buffer[], ListPage | undefined> {
  let limit = LIMIT_FIRST;
  let page: ListPage | undefined;
  do {
    const request = listRequest(query, limit, page?.continueToken ?? '');
    const size = { bytes: 0, items: 0 };
    page = yield* readPage(client, request, size);
    if (size.items > 0) limit = nextLimit(limit, size.bytes / size.items);
  } while (page.continueToken !== '');
  return page;
}

/**
 * The first page of a collection with at most one item, as of now: its resourceVersion and how many items there are about.
 * @throws ConnectorError; CancelledError
 */
export async function probeCollection(
  client: ClusterClient,
  query: CollectionQuery,
): Promise<CollectionProbe> {
  const request = listRequest({ ...query, resourceVersion: undefined }, 1, '');
  const size = { bytes: 0, items: 0 };
  const pages = readPage(client, request, size);
  let next = await pages.next();
  while (next.done !== true) next = await pages.next();
  return { ...next.value, items: size.items + (next.value.remainingItemCount ?? 0) };
}

/** Items of the next page, given the mean size of an item so far. Grows at most fourfold at a time. */
export function nextLimit(limit: number, bytesPerItem: number): number {
  const wanted = Math.floor(PAGE_SIZE_TARGET / Math.max(1, bytesPerItem));
  return Math.max(LIMIT_MIN, Math.min(LIMIT_MAX, limit * 4, wanted));
}

function listRequest(query: CollectionQuery, limit: number, continueToken: string): ApiRequest {
  const parameters = new URLSearchParams();
  if (continueToken !== '') parameters.set('continue', continueToken);
  else if (query.resourceVersion !== undefined) {
    parameters.set('resourceVersion', query.resourceVersion);
    parameters.set('resourceVersionMatch', 'Exact');
  }
  parameters.set('limit', String(limit));
  if (query.labelSelector !== undefined) parameters.set('labelSelector', query.labelSelector);
  if (query.fieldSelector !== undefined) parameters.set('fieldSelector', query.fieldSelector);
  return {
    path: `${query.path}?${parameters.toString()}`,
    ...(query.signal ? { signal: query.signal } : {}),
  };
}

async function* readPage(
  client: ClusterClient,
  request: ApiRequest,
  size: { bytes: number; items: number },
): AsyncGenerator<Buffer[], ListPage> {
  for (let attempt = 1; ; attempt++) {
    const response = await client.open(request);
    const splitter = new ListSplitter();
    try {
      for await (const chunk of response.body) {
        throwIfCancelled(request.signal);
        const items = splitter.push(chunk);
        if (items.length === 0) continue;
        size.items += items.length;
        for (const item of items) size.bytes += item.length;
        yield items;
      }
      return readEnvelope(splitter);
    } catch (error) {
      const failure = client.bodyError(error, request);
      const retryable = failure instanceof ConnectorError && failure.retryable;
      if (!retryable || attempt >= PAGE_ATTEMPTS_MAX) throw failure;
    } finally {
      response.body.destroy();
    }
  }
}

function readEnvelope(splitter: ListSplitter): ListPage {
  const envelope = splitter.envelope();
  const metadata = (envelope['metadata'] ?? {}) as Record<string, unknown>;
  const remaining = metadata['remainingItemCount'];
  return {
    resourceVersion: typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : '',
    continueToken: typeof metadata['continue'] === 'string' ? metadata['continue'] : '',
    remainingItemCount: typeof remaining === 'number' ? remaining : undefined,
  };
}
