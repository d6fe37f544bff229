import { isPtarError } from '../../errors.ts';
import { collectionPath, type ClusterClient } from '../cluster-client/index.ts';
import { listCollection, probeCollection, type CollectionQuery } from './collection-list.ts';
import type { ImportReport } from './import-report.ts';
import type { Listing } from './listing-plan.ts';
import type { Selection } from './selection.ts';

/** JSON texts of items that arrived together, and as of when. */
export interface ListedItems {
  /** Undefined: as of the collection's own present. */
  readonly resourceVersion: string | undefined;
  readonly items: readonly Buffer[];
}

const GONE = 410;

/**
 * Lists collections as of one moment. When etcd has compacted the moment away there is a second one, once; what that does not
 * save either is listed as of its own present.
 */
export class MomentListing {
  readonly #client: ClusterClient;
  readonly #selection: Selection;
  readonly #report: ImportReport;
  readonly #first: string | undefined;
  #second: Promise<string> | undefined;

  /** @param resourceVersion the first moment; undefined lists everything as of its own present */
  constructor(
    client: ClusterClient,
    selection: Selection,
    resourceVersion: string | undefined,
    report: ImportReport,
  ) {
    this.#client = client;
    this.#selection = selection;
    this.#first = resourceVersion;
    this.#report = report;
  }

  /** True when a listing can be made as of the moment. */
  isExact(listing: Listing): boolean {
    return listing.exact && this.#first !== undefined;
  }

  /** The moment that all listings should share by now, and whether it is the first. */
  async moment(): Promise<{ readonly resourceVersion: string | undefined; readonly isFirst: boolean }> {
    const second = await this.#second;
    return { resourceVersion: second ?? this.#first, isFirst: second === undefined };
  }

  /**
   * The items of a listing. Some may come twice; all come again, as of another resourceVersion, when the first moment turns out to be gone.
   * @throws as `listCollection`
   */
  async *list(listing: Listing, signal: AbortSignal): AsyncGenerator<ListedItems> {
    if (listing.names) {
      yield* this.#readNamed(listing, listing.names, signal);
      return;
    }
    if (!this.isExact(listing)) {
      this.#report.mixed(
        listing.resource,
        'its resourceVersions are not those of the others: as of its own present',
      );
      yield* this.listAsOf(listing, undefined, signal);
      return;
    }
    let { resourceVersion } = await this.moment();
    for (;;) {
      try {
        yield* this.listAsOf(listing, resourceVersion, signal);
        return;
      } catch (error) {
        if (!isGone(error) || resourceVersion === undefined) throw error;
        resourceVersion = await this.#nextMoment(resourceVersion, listing, signal);
      }
    }
  }

  /** The items as of `resourceVersion`, or as of the present. @throws as `listCollection`, with `status` 410 when it is gone */
  async *listAsOf(
    listing: Listing,
    resourceVersion: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<ListedItems> {
    for await (const items of listCollection(this.#client, this.#query(listing, resourceVersion, signal))) {
      yield { resourceVersion, items };
    }
  }

  async #nextMoment(gone: string, listing: Listing, signal: AbortSignal): Promise<string | undefined> {
    if (gone === this.#first) {
      this.#second ??= probeCollection(this.#client, this.#query(listing, undefined, signal)).then(
        (page) => page.resourceVersion,
      );
      return this.#second;
    }
    this.#report.mixed(listing.resource, 'two moments had been compacted away: as of its own present');
    return undefined;
  }

  /** An object that has not changed since the moment is as it was then, although it is read later. */
  async *#readNamed(
    listing: Listing,
    names: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ListedItems> {
    let failure: Error | undefined;
    for (const name of names) {
      try {
        const path = `${collectionPath(listing.resource)}/${encodeURIComponent(name)}`;
        const text = await this.#client.text({ path, signal });
        const { metadata } = JSON.parse(text) as { metadata?: { resourceVersion?: string } };
        if (!isUpTo(metadata?.resourceVersion, this.#first)) {
          this.#report.mixed(
            listing.resource,
            `${name} changed after the moment and may not be listed as of it`,
          );
        }
        yield { resourceVersion: this.#first, items: [Buffer.from(text, 'utf8')] };
      } catch (error) {
        if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
  }

  #query(listing: Listing, resourceVersion: string | undefined, signal: AbortSignal): CollectionQuery {
    const { labelSelector, fieldSelector } = this.#selection;
    return {
      path: collectionPath(listing.resource, listing.namespace),
      resourceVersion,
      signal,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }
}

/** True for the answer to a resourceVersion or continue token that etcd has compacted away. */
export function isGone(error: unknown): boolean {
  return isPtarError(error) && 'status' in error && error.status === GONE;
}

function isUpTo(revision: string | undefined, moment: string | undefined): boolean {
  if (revision === undefined || moment === undefined) return false;
  return /^\d+$/.test(revision) && /^\d+$/.test(moment) && BigInt(revision) <= BigInt(moment);
}
