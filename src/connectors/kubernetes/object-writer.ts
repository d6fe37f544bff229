import { ConnectorError, isPtarError } from '../../errors.ts';
import { parseJson, stringifyJson } from '../../resources/json-text.ts';
import { isJsonObject, stringAt, type JsonObject } from '../../resources/json-value.ts';
import {
  collectionPath,
  type ApiRequest,
  type ApiResource,
  type ClusterClient,
} from '../cluster-client/index.ts';
import type { RestoreDecision } from './restore-decision.ts';

/** Owner of the fields that ptar writes. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers */
export const FIELD_MANAGER = 'ptar';

/** How objects are written. */
export interface WriteOptions {
  /** The API server does everything but keep the result. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

/** Which object a deletion is about: another one of the same name stays. */
export interface DeletePreconditions {
  readonly uid?: string;
}

/** Reads and writes single objects of a cluster, their JSON as it stands. All methods throw ConnectorError and CancelledError. */
export class ObjectWriter {
  readonly #client: ClusterClient;
  readonly #options: WriteOptions;

  constructor(client: ClusterClient, options: WriteOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The object as it is now; undefined where there is none. */
  async get(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
  ): Promise<JsonObject | undefined> {
    try {
      return await this.#send(resource, { path: objectPath(resource, namespace, name) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Carries out a decision and returns the object that came of it. */
  async write(decision: Extract<RestoreDecision, { action: 'create' | 'apply' }>): Promise<JsonObject> {
    const { object, resource } = decision;
    // Restoring means to take the fields back from whoever has changed them since.
    return decision.action === 'create'
      ? this.create(resource, object)
      : this.apply(resource, object, { force: true });
  }

  /** POST. @returns the object as it has become */
  create(resource: ApiResource, object: JsonObject): Promise<JsonObject> {
    const collection = collectionPath(resource, stringAt(object, 'metadata', 'namespace'));
    return this.#send(resource, {
      method: 'POST',
      path: `${collection}?${this.#parameters()}`,
      body: stringifyJson(object),
      repeatable: this.#options.dryRun,
    });
  }

  /** Server-side apply, of a subresource where one is named. @param force takes fields over from other managers */
  apply(
    resource: ApiResource,
    object: JsonObject,
    { force, subresource }: { readonly force: boolean; readonly subresource?: string },
  ): Promise<JsonObject> {
    const below = subresource === undefined ? '' : `/${subresource}`;
    return this.#send(resource, {
      method: 'PATCH',
      path: `${pathOfObject(resource, object)}${below}?${this.#parameters({ force: String(force) })}`,
      contentType: 'application/apply-patch+yaml',
      body: escapedForYaml(stringifyJson(object)),
      repeatable: true,
    });
  }

  /** PUT, of a subresource where one is named; with a resourceVersion in `object` only over that version. */
  replace(resource: ApiResource, object: JsonObject, subresource?: string): Promise<JsonObject> {
    const below = subresource === undefined ? '' : `/${subresource}`;
    return this.#send(resource, {
      method: 'PUT',
      path: `${pathOfObject(resource, object)}${below}?${this.#parameters()}`,
      body: stringifyJson(object),
      repeatable: this.#options.dryRun,
    });
  }

  /** Deletes an object, and in the background what it owns; nothing happens where there is none. */
  async delete(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    preconditions: DeletePreconditions = {},
  ): Promise<void> {
    try {
      await this.#client.text({
        method: 'DELETE',
        path: objectPath(resource, namespace, name),
        body: JSON.stringify({
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: 'Background',
          ...(preconditions.uid !== undefined && { preconditions }),
          ...(this.#options.dryRun && { dryRun: ['All'] }),
        }),
        repeatable: true,
        confidential: isConfidential(resource),
        ...(this.#options.signal ? { signal: this.#options.signal } : {}),
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #parameters(more: Readonly<Record<string, string>> = {}): string {
    const parameters = new URLSearchParams({ fieldManager: FIELD_MANAGER, ...more });
    if (this.#options.dryRun) parameters.set('dryRun', 'All');
    return parameters.toString();
  }

  async #send(resource: ApiResource, request: ApiRequest): Promise<JsonObject> {
    const text = await this.#client.text({
      ...request,
      confidential: isConfidential(resource),
      ...(this.#options.signal ? { signal: this.#options.signal } : {}),
    });
    const object = parseJson(text);
    if (isJsonObject(object)) return object;
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `the API server answered ${request.path} with something else than an object`,
    );
  }
}

/** True for an answer of 404. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ConnectorError && error.status === 404;
}

/** True when an error says that the same attempt may do better on a fresh look: lost answers, races with other writers. */
export function isWorthAnotherLook(error: unknown): boolean {
  return (
    isPtarError(error) && 'retryable' in error && (error.retryable || error.code === 'CONNECTOR_CONFLICT')
  );
}

function pathOfObject(resource: ApiResource, object: JsonObject): string {
  const name = stringAt(object, 'metadata', 'name') ?? '';
  return objectPath(resource, stringAt(object, 'metadata', 'namespace'), name);
}

function objectPath(resource: ApiResource, namespace: string | undefined, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/**
 * JSON that means the same to a YAML 1.1 reader, which the API server uses for apply patches: it folds U+0085, U+2028 and U+2029 in
 * strings like line feeds, and refuses other control characters. They occur only in strings, so an escape keeps the value.
 */
function escapedForYaml(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The API server's complaints about a Secret may quote it. */
function isConfidential(resource: ApiResource): boolean {
  return resource.group === '' && resource.plural === 'secrets';
}
