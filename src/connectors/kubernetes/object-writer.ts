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

/** Reads and writes single objects of a cluster, their JSON as it stands. */
export class ObjectWriter {
  readonly #client: ClusterClient;
  readonly #options: WriteOptions;

  constructor(client: ClusterClient, options: WriteOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The object as it is now; undefined where there is none. @throws ConnectorError; CancelledError */
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

  /** Carries out a decision and returns the object that came of it. @throws ConnectorError; CancelledError */
  async write(decision: Extract<RestoreDecision, { action: 'create' | 'apply' }>): Promise<JsonObject> {
    const { object, resource } = decision;
    const namespace = stringAt(object, 'metadata', 'namespace');
    const name = stringAt(object, 'metadata', 'name') ?? '';
    const parameters = new URLSearchParams({ fieldManager: FIELD_MANAGER });
    if (this.#options.dryRun) parameters.set('dryRun', 'All');
    if (decision.action === 'create') {
      return this.#send(resource, {
        method: 'POST',
        path: `${collectionPath(resource, namespace)}?${parameters.toString()}`,
        body: stringifyJson(object),
      });
    }
    // Restoring means to take the fields back from whoever has changed them since.
    parameters.set('force', 'true');
    return this.#send(resource, {
      method: 'PATCH',
      path: `${objectPath(resource, namespace, name)}?${parameters.toString()}`,
      contentType: 'application/apply-patch+yaml',
      body: escapedForYaml(stringifyJson(object)),
      repeatable: true,
    });
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
