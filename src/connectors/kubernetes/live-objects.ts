import { ConnectorError } from '../../errors.ts';
import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import { collectionPath, type ApiResource, type ClusterClient } from '../cluster-client/index.ts';
import { listCollection } from './collection-list.ts';
import { objectFromItem } from './list-item.ts';
import type { ObjectWriter } from './object-writer.ts';

/** From so many objects of one collection on, one list is less work than asking for each. */
const LIST_FROM = 4;

/** A collection that is not known: where to, and which names of it. */
interface Wanted {
  readonly names: Set<string>;
  listed?: Promise<ReadonlyMap<string, JsonObject> | undefined>;
}

/**
 * Objects of a cluster as they are now, for many of them: a collection of which several are wanted is listed once, and only those are
 * kept. What was listed is taken out when it is asked for.
 */
export class LiveObjects {
  readonly #client: ClusterClient;
  readonly #writer: ObjectWriter;
  readonly #signal: AbortSignal | undefined;
  readonly #wanted = new Map<string, Wanted>();

  constructor(client: ClusterClient, writer: ObjectWriter, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#writer = writer;
    this.#signal = signal;
  }

  /** Says that {@link get} will be called for an object. */
  want(resource: ApiResource, namespace: string | undefined, name: string): void {
    const path = collectionPath(resource, namespace);
    const wanted = this.#wanted.get(path) ?? { names: new Set() };
    this.#wanted.set(path, wanted);
    wanted.names.add(name);
  }

  /** The object as it is; undefined where there is none. @throws ConnectorError; CancelledError */
  async get(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
  ): Promise<JsonObject | undefined> {
    const wanted = this.#wanted.get(collectionPath(resource, namespace));
    if (wanted === undefined || wanted.names.size < LIST_FROM || !resource.verbs.includes('list')) {
      return this.#writer.get(resource, namespace, name);
    }
    wanted.listed ??= this.#list(resource, namespace, wanted.names);
    const listed = await wanted.listed;
    return listed === undefined ? this.#writer.get(resource, namespace, name) : listed.get(name);
  }

  /** Undefined where it may not be listed. */
  async #list(
    resource: ApiResource,
    namespace: string | undefined,
    names: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, JsonObject> | undefined> {
    const found = new Map<string, JsonObject>();
    try {
      for await (const object of listObjects(this.#client, resource, namespace, this.#signal)) {
        const name = stringAt(object, 'metadata', 'name') ?? '';
        if (names.has(name)) found.set(name, object);
      }
    } catch (error) {
      if (error instanceof ConnectorError && (error.status === 403 || error.status === 404)) return undefined;
      throw error;
    }
    return found;
  }
}

/** All objects of a resource in a namespace, or of all namespaces; a page at a time in memory. @throws ConnectorError; CancelledError */
export async function* listObjects(
  client: ClusterClient,
  resource: ApiResource,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<JsonObject> {
  const path = collectionPath(resource, namespace);
  for await (const items of listCollection(client, {
    path,
    resourceVersion: undefined,
    ...(signal && { signal }),
  })) {
    for (const item of items) {
      const object = objectFromItem(item, resource);
      if (object !== undefined) yield object;
    }
  }
}
