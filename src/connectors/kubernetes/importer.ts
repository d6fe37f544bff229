import { ConnectorError, isPtarError, NotFoundError, throwIfCancelled } from '../../errors.ts';
import type { ErrorRecord, SourceRecord } from '../../format/source-record.ts';
import { stringAt } from '../../resources/json-value.ts';
import { identityOf, pathOf } from '../../resources/object-path.ts';
import {
  discoverResources,
  preferredResources,
  type ApiResource,
  type ClusterClient,
  type Discovery,
} from '../cluster-client/index.ts';
import type { Importer, ImportOptions, SourceContext } from '../connector.ts';
import { recordFromObject } from '../object-record.ts';
import { readAggregatedApis, type AggregatedApis } from './api-services.ts';
import { namespaceMayExist, readClusterFacts } from './cluster-facts.ts';
import { ImportReport, kindName } from './import-report.ts';
import { isGenerated, kindPath, objectFromItem } from './list-item.ts';
import {
  isNamespaces,
  LISTING_WIDTH,
  planListings,
  type Listing,
  type UnreadableKind,
} from './listing-plan.ts';
import { ListingContents } from './listing-contents.ts';
import { MomentListing, type ListedItems } from './moment-listing.ts';
import { mergeStreams } from './merged-streams.ts';
import {
  KindSelection,
  leftOutByDefault,
  pathFilter,
  selectsNamespace,
  type Selection,
} from './selection.ts';

const RECORDS_WAITING_MAX = 64;

/** A listing and what has been read of it. */
interface Reading {
  readonly listing: Listing;
  readonly contents: ListingContents;
}

/** Reads the API objects of a cluster as of one moment. See `openKubernetesImporter`. */
export class KubernetesImporter implements Importer {
  readonly type = 'k8s';
  readonly root = '/';
  readonly #client: ClusterClient;
  readonly #selection: Selection;
  readonly #exact: boolean;
  readonly #report = new ImportReport();
  #kinds: KindSelection | undefined;
  /** Names of the Namespaces that were seen; undefined as long as they have not been listed. */
  #namespaces: Set<string> | undefined;
  #readSomething = false;
  #firstFailure: Error | undefined;
  readonly #selectsPath: (path: string) => boolean;

  /** @param exact false lists each kind as of its own present; only the consistency test has a use for that */
  constructor(client: ClusterClient, selection: Selection, exact: boolean) {
    this.#client = client;
    this.#selection = selection;
    this.#exact = exact;
    this.#selectsPath = pathFilter(selection);
  }

  get origin(): string {
    return this.#client.server;
  }

  async *records(options: ImportOptions): AsyncGenerator<SourceRecord> {
    throwIfCancelled(options.signal);
    const abort = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    const discovery = await discoverResources(this.#client, signal);
    const aggregated = await readAggregatedApis(this.#client, signal);
    const listable = preferredResources(discovery).filter((resource) => resource.verbs.includes('list'));
    Object.assign(this.#report, await readClusterFacts(this.#client, signal));
    const plan = await planListings({
      client: this.#client,
      resources: this.#selectKinds(listable),
      listable,
      selection: this.#selection,
      otherVersions: (preferred) =>
        discovery.resources.filter(
          (resource) =>
            resource !== preferred &&
            resource.group === preferred.group &&
            resource.plural === preferred.plural,
        ),
      foreign: (resource) => aggregated(resource) !== undefined,
      signal,
    });
    yield* this.#undiscovered(discovery, aggregated);
    for (const kind of plan.unreadable) yield this.#unreadable(kind);
    const listings = new MomentListing(
      this.#client,
      this.#selection,
      this.#exact ? plan.resourceVersion : undefined,
      this.#report,
    );
    for (const { resource, fallback } of plan.listings) {
      if (fallback !== undefined) this.#report.fellBack(resource, fallback);
    }
    const readings = plan.listings.map((listing) => ({ listing, contents: new ListingContents() }));
    yield* this.#inParallel(
      readings.map((reading) => () => this.#read(reading, listings.list(reading.listing, signal), options)),
      abort,
    );
    yield* this.#startAgain(listings, readings, options, abort);
    throwIfCancelled(options.signal);
    // A capture of nothing but errors is none: the first error is the whole's.
    if (!this.#readSomething && this.#firstFailure) throw this.#withAdvice(this.#firstFailure);
    yield* this.#missingNamespaces(signal);
  }

  context(): SourceContext {
    return this.#report.context(this.#client, this.#selection);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #selectKinds(listable: readonly ApiResource[]): ApiResource[] {
    const kinds = new KindSelection(this.#selection, listable);
    this.#kinds = kinds;
    return listable.filter((resource) => {
      const omission = kinds.omission(resource);
      if (omission !== undefined && omission !== '') this.#report.leftOut(resource, omission);
      const inReach =
        resource.namespaced || this.#selection.namespaces === undefined || isNamespaces(resource);
      return omission === undefined && inReach;
    });
  }

  async *#read(
    { listing, contents }: Reading,
    listed: AsyncIterable<ListedItems>,
    options: ImportOptions,
  ): AsyncGenerator<SourceRecord> {
    const { resource } = listing;
    try {
      for await (const { resourceVersion, items } of listed) {
        contents.beginAsOf(resourceVersion);
        for (const item of items) {
          const record = this.#recordFromItem(item, listing, contents);
          if (record) yield record;
        }
        options.onProgress?.({
          what: kindName(resource),
          done: this.#report.countOf(resource),
          ...(listing.items === undefined ? {} : { total: listing.items }),
        });
      }
      this.#readSomething = true;
      if (isNamespaces(resource)) this.#namespaces ??= new Set();
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      const omission = this.#omissionBy(error, listing);
      if (omission === undefined) yield this.#failedKind(resource, listing.namespace, error);
      else this.#report.leftOut(resource, omission);
    }
  }

  /**
   * When the first moment was compacted away midway: lists again, as of the second, what was read as of the first. What is new is
   * taken; kinds of which nothing has changed or gone are as exact as the others.
   */
  async *#startAgain(
    listings: MomentListing,
    readings: readonly Reading[],
    options: ImportOptions,
    abort: AbortController,
  ): AsyncGenerator<SourceRecord> {
    const { resourceVersion, isFirst } = await listings.moment();
    this.#report.resourceVersion = resourceVersion;
    if (isFirst) return;
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    const exact = readings.filter(({ listing }) => listings.isExact(listing) && !listing.names);
    const old = exact.filter(({ contents }) => contents.resourceVersion !== resourceVersion);
    yield* this.#inParallel(
      old.map(
        (reading) => () =>
          this.#read(reading, listings.listAsOf(reading.listing, resourceVersion, signal), options),
      ),
      abort,
    );
    for (const { listing, contents } of exact) {
      if (contents.outdated === 0) continue;
      this.#report.mixed(
        listing.resource,
        `the first moment was compacted away; objects that have changed since: ${contents.outdated}`,
      );
    }
  }

  #inParallel(
    tasks: readonly (() => AsyncIterable<SourceRecord>)[],
    abort: AbortController,
  ): AsyncGenerator<SourceRecord> {
    return mergeStreams(tasks, {
      width: LISTING_WIDTH,
      waitingMax: RECORDS_WAITING_MAX,
      stop: () => abort.abort(),
    });
  }

  #recordFromItem(
    item: Buffer,
    { resource, namespace }: Listing,
    contents: ListingContents,
  ): SourceRecord | undefined {
    let path = kindPath(resource, namespace);
    try {
      const object = objectFromItem(item, resource);
      if (!object) throw new ConnectorError('CONNECTOR_INPUT', 'an item of the list is not an object');
      if (isGenerated(object)) {
        this.#report.generated();
        return undefined;
      }
      const identity = identityOf(object);
      if (!identity) throw new ConnectorError('CONNECTOR_INPUT', 'an item of the list has no name');
      path = pathOf(identity);
      if (!contents.add(path, stringAt(object, 'metadata', 'resourceVersion') ?? '')) return undefined;
      const inNamespace = isNamespaces(resource) ? identity.name : identity.namespace;
      if (isNamespaces(resource)) (this.#namespaces ??= new Set()).add(identity.name);
      if (inNamespace !== undefined && !selectsNamespace(this.#selection, inNamespace)) return undefined;
      if (this.#kinds?.selects(identity) === false || !this.#selectsPath(path)) return undefined;
      const record = recordFromObject(path, object);
      this.#report.count(resource);
      return record;
    } catch (error) {
      if (!isPtarError(error)) throw error;
      this.#report.failed(kindName(resource), error.message);
      return { path, error: error.message };
    }
  }

  /** Failures that are no fault: a kind without the selected field, a Namespace that a user of it may not look at. */
  #omissionBy(error: Error, listing: Listing): string | undefined {
    const { code, status } = error as { code?: string; status?: number };
    if (this.#selection.fieldSelector !== undefined && status === 400) {
      return 'cannot be selected by this field';
    }
    if (!listing.names || code !== 'CONNECTOR_FORBIDDEN') return undefined;
    this.#firstFailure ??= error;
    return 'may not be read';
  }

  *#undiscovered(discovery: Discovery, aggregated: AggregatedApis): Generator<ErrorRecord> {
    if (this.#selection.kinds) return;
    for (const { group, version, reason } of discovery.failures) {
      const api = aggregated({ group, version });
      if (leftOutByDefault({ group, plural: '' })) continue;
      const why = api
        ? `APIService ${version}.${group} (${api.service}) is not available: ${api.unavailable ?? reason}`
        : reason;
      this.#report.failed(`${group}/${version}`, why);
      yield { path: `/_/${group === '' ? '_' : group}`, error: why };
    }
  }

  /** A mistyped namespace would otherwise be an empty one. @throws NotFoundError when none of the selected exists */
  async *#missingNamespaces(signal: AbortSignal): AsyncGenerator<ErrorRecord> {
    const { namespaces = [] } = this.#selection;
    const missing: string[] = [];
    for (const name of namespaces) {
      // A selector may have kept it out of the list, and who may not list them may not be told.
      if (this.#namespaces?.has(name) === false && !(await namespaceMayExist(this.#client, name, signal))) {
        missing.push(name);
      }
    }
    if (missing.length > 0 && missing.length === namespaces.length) {
      throw new NotFoundError('NOT_FOUND_SOURCE', `${this.origin} has no namespace ${missing.join(', ')}`);
    }
    for (const name of missing) {
      this.#report.failed(`Namespace ${name}`, 'does not exist');
      yield { path: `/${name}`, error: `namespace ${name} does not exist` };
    }
  }

  #unreadable({ resource, namespace, error, readIn }: UnreadableKind): ErrorRecord {
    if (readIn.length === 0) return this.#failedKind(resource, namespace, error);
    this.#report.forbidden(resource, undefined, readIn);
    return {
      path: kindPath(resource, undefined),
      error: `${error.message} (read in ${readIn.join(', ')} only)`,
    };
  }

  /** Who may read some namespaces only is not told which. */
  #withAdvice(error: Error): Error {
    const mayHelp = isPtarError(error) && error.code === 'CONNECTOR_FORBIDDEN';
    if (!mayHelp || this.#selection.namespaces !== undefined) return error;
    const message = `${error.message}; or name the namespaces that you may read`;
    return new ConnectorError('CONNECTOR_FORBIDDEN', message, { cause: error });
  }

  #failedKind(resource: ApiResource, namespace: string | undefined, error: Error): ErrorRecord {
    this.#firstFailure ??= error;
    const what = namespace === undefined ? kindName(resource) : `${kindName(resource)} in ${namespace}`;
    if (isPtarError(error) && error.code === 'CONNECTOR_FORBIDDEN') {
      this.#report.forbidden(resource, namespace, []);
    } else this.#report.failed(what, error.message);
    return { path: kindPath(resource, namespace), error: error.message };
  }
}
