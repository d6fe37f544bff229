import { isPtarError } from '../../errors.ts';
import { collectionPath, type ClusterClient } from '../cluster-client/index.ts';
import { listCollection, probeCollection, type CollectionQuery } from './collection-list.ts';
import type { ImportReport } from './import-report.ts';
import type { Listing } from './listing-plan.ts';
import type { Selection } from './selection.ts';

const GONE = 410;

/**
 * Lists collections as of one moment. When etcd has compacted the moment away, what is not read yet is listed as of a second
 * one, and what that does not save as of its own present; both are recorded.
 */
export class MomentListing {
  readonly #client: ClusterClient;
  readonly #selection: Selection;
  readonly #resourceVersion: string | undefined;
  readonly #report: ImportReport;
  #second: Promise<string> | undefined;

  constructor(
    client: ClusterClient,
    selection: Selection,
    resourceVersion: string | undefined,
    report: ImportReport,
  ) {
    this.#client = client;
    this.#selection = selection;
    this.#resourceVersion = resourceVersion;
    this.#report = report;
    report.resourceVersion = resourceVersion;
  }

  /** The items of a listing, in arrays of those that arrived together; some may come twice. @throws as `listCollection` */
  async *list(listing: Listing, signal: AbortSignal): AsyncGenerator<Buffer[]> {
    const { resource, exact, names } = listing;
    if (names) {
      yield* this.#readNamed(listing, names, signal);
      return;
    }
    if (!exact || this.#resourceVersion === undefined) {
      this.#report.mixed(
        resource,
        'has no part in the resourceVersions of the others: listed as of its own present',
      );
      yield* this.#listAsOf(listing, undefined, signal);
      return;
    }
    try {
      yield* this.#listAsOf(listing, this.#second ? await this.#second : this.#resourceVersion, signal);
      if (this.#second) this.#report.mixed(resource, `as of resourceVersion ${await this.#second}`);
    } catch (error) {
      if (!isPtarError(error) || !('status' in error) || error.status !== GONE) throw error;
      this.#second ??= this.#presentOf(listing, signal);
      const second = await this.#second;
      this.#report.mixed(resource, `as of resourceVersion ${second}: the moment had been compacted away`);
      yield* this.#listAsOf(listing, second, signal);
    }
  }

  /** An object that has not changed since the moment is as it was then, although it is read later. */
  async *#readNamed(
    listing: Listing,
    names: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<Buffer[]> {
    for (const name of names) {
      const path = `${collectionPath(listing.resource)}/${encodeURIComponent(name)}`;
      const text = await this.#client.text({ path, signal });
      const { metadata } = JSON.parse(text) as { metadata?: { resourceVersion?: string } };
      if (!isUpTo(metadata?.resourceVersion, this.#resourceVersion)) {
        this.#report.mixed(
          listing.resource,
          `${name} changed after the moment and may not be listed as of it`,
        );
      }
      yield [Buffer.from(text, 'utf8')];
    }
  }

  async #presentOf(listing: Listing, signal: AbortSignal): Promise<string> {
    const page = await probeCollection(this.#client, this.#query(listing, undefined, signal));
    return page.resourceVersion;
  }

  async *#listAsOf(
    listing: Listing,
    resourceVersion: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer[]> {
    yield* listCollection(this.#client, this.#query(listing, resourceVersion, signal));
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

function isUpTo(revision: string | undefined, moment: string | undefined): boolean {
  const decimal = /^\d+$/;
  return (
    decimal.test(revision ?? '') && decimal.test(moment ?? '') && BigInt(revision ?? 0) <= BigInt(moment ?? 0)
  );
}
