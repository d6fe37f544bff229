import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { CancelledError, ConnectorError, throwIfCancelled } from '../../errors.ts';
import { apiError, connectionError, errorCode, readApiStatus, type FailedRequest } from './api-error.ts';
import { obtainCredentials, type Credentials } from './credentials.ts';
import { type Connections, DEFAULT_TIMEOUTS, openDispatcher, type RequestTimeouts } from './dispatcher.ts';
import { readKubeconfigContext, type Impersonation, type KubeconfigContext } from './kubeconfig.ts';
import { pause } from './pause.ts';
import { chooseProxy, isLoopback } from './proxy-choice.ts';
import { ESTABLISHED, FIRST_CONTACT, retryDelayMs, type FailedAttempt } from './retry-policy.ts';

/** How to reach a cluster. Everything else is in the kubeconfig and the proxy variables of the environment. */
export interface ClusterClientOptions {
  /** Path, or several separated as in `KUBECONFIG`. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly impersonate?: Impersonation;
  readonly timeouts?: Partial<RequestTimeouts>;
  readonly signal?: AbortSignal;
}

/** One request of the API server. */
export interface ApiRequest {
  /** `GET` where not given. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/api` or `/apis` on, with the query, escaped. */
  readonly path: string;
  /** `application/json` where not given. */
  readonly accept?: string;
  readonly body?: string | Uint8Array;
  /** `application/json` where not given. */
  readonly contentType?: string;
  /** May be sent again though the first may have been carried out. GET always is; true for server-side apply. */
  readonly repeatable?: boolean;
  /** The server's words must not get into an error: they may quote a Secret. */
  readonly confidential?: boolean;
  /** Overrides the client's; 0 waits for ever (watch). */
  readonly bodyTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer below 400. The body is uncompressed, with back-pressure, and must be read or destroyed. */
export interface ApiResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: AsyncIterable<Buffer> & { destroy(): void };
}

const STATUS_SIZE_MAX = 256 * 1024;
const TEXT_SIZE_MAX = 64 * 1024 * 1024;
const UNSENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Opens a client for one context. Runs the exec plugin where there is one; connects at the first request.
 * @throws ConnectorError CONNECTOR_CONFIGURATION, CONNECTOR_PERMISSION, CONNECTOR_TIMEOUT; CancelledError
 */
export async function openClusterClient(options: ClusterClientOptions = {}): Promise<ClusterClient> {
  throwIfCancelled(options.signal);
  const context = readKubeconfigContext(options);
  const credentials = await obtainCredentials(context, options.impersonate, options.signal);
  return new ClusterClient(options, context, credentials);
}

/** Raw requests to one API server: bytes in, bytes out; retries, refreshed credentials and errors as of `errors.ts`. */
export class ClusterClient {
  readonly contextName: string;
  /** Namespace of the context, where it names one. */
  readonly namespace: string | undefined;
  /** URL for people, without credentials. */
  readonly server: string;
  readonly #options: ClusterClientOptions;
  readonly #timeouts: RequestTimeouts;
  readonly #origin: URL;
  readonly #compression: boolean;
  readonly #proxy: string | undefined;
  #credentials: Credentials;
  #dispatcher: Connections;
  #refresh: Promise<void> | undefined;
  #established = false;

  constructor(options: ClusterClientOptions, context: KubeconfigContext, credentials: Credentials) {
    this.#options = options;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.contextName = context.contextName;
    this.namespace = context.namespace;
    this.#origin = parseServer(context);
    this.server = `${this.#origin.origin}${this.#origin.pathname === '/' ? '' : this.#origin.pathname}`;
    this.#compression = context.compression && !isLoopback(this.#origin);
    this.#proxy = chooseProxy(this.#origin, context.cluster.proxyUrl, process.env);
    this.#credentials = credentials;
    this.#dispatcher = this.#open();
  }

  /**
   * Sends a request and resolves with the answer's header; the body is still to be read. Repeats what is safe to repeat (see
   * `retry-policy.ts`) and gets new credentials once after a 401.
   * @throws ConnectorError; CancelledError
   */
  async open(request: ApiRequest): Promise<ApiResponse> {
    const repeatable = request.repeatable ?? (request.method ?? 'GET') === 'GET';
    const startedMs = performance.now();
    let refreshed = false;
    for (let attempt = 1; ; attempt++) {
      throwIfCancelled(request.signal);
      const used = this.#credentials;
      const outcome = await this.#attempt(request);
      if ('body' in outcome) return outcome;
      if (outcome.failure.status === 401 && !refreshed) {
        refreshed = true;
        await this.#refreshCredentials(used, request.signal);
        continue;
      }
      const limits = this.#established ? ESTABLISHED : FIRST_CONTACT;
      const elapsedMs = performance.now() - startedMs;
      const retryable = !(outcome.error instanceof ConnectorError) || outcome.error.retryable;
      const delayMs = retryable
        ? retryDelayMs(outcome.failure, repeatable, attempt, elapsedMs, limits, Math.random())
        : undefined;
      if (delayMs === undefined) throw outcome.error;
      await pause(delayMs, request.signal);
    }
  }

  /** Sends a request and reads the whole answer as text; at most `sizeMax` bytes (64 MiB where not given). */
  async text(request: ApiRequest, sizeMax = TEXT_SIZE_MAX): Promise<string> {
    const response = await this.open(request);
    return this.readText(response, request, sizeMax);
  }

  /** Sends a request and parses the answer. Not for objects that go into an archive: JSON.parse rounds large numbers. */
  async json(request: ApiRequest, sizeMax = TEXT_SIZE_MAX): Promise<unknown> {
    const text = await this.text(request, sizeMax);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `${this.server} answered ${request.path} with something that is not JSON`,
      );
    }
  }

  /** Reads the rest of an answer of {@link open} as text. */
  async readText(response: ApiResponse, request: ApiRequest, sizeMax = TEXT_SIZE_MAX): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response.body) {
        size += chunk.length;
        if (size > sizeMax) {
          throw new ConnectorError(
            'CONNECTOR_FAILED',
            `${this.server} answered ${request.path} with more than ${sizeMax} bytes`,
          );
        }
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.bodyError(error, request);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The error to report when reading an answer's body has failed with `error`; retryable where the whole request may be repeated. */
  bodyError(error: unknown, request: ApiRequest): Error {
    if (error instanceof ConnectorError || error instanceof CancelledError) return error;
    return connectionError(error, this.#failed(request), request.signal);
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #open(): Connections {
    return openDispatcher(this.#origin, this.#credentials.tls, this.#proxy, this.#timeouts);
  }

  async #attempt(request: ApiRequest): Promise<ApiResponse | { error: Error; failure: FailedAttempt }> {
    let data: Dispatcher.ResponseData;
    try {
      data = await this.#dispatcher.request({
        origin: this.#origin.origin,
        path: this.#origin.pathname.replace(/\/$/, '') + request.path,
        method: request.method ?? 'GET',
        headers: this.#headers(request),
        body: request.body ?? null,
        ...(request.signal ? { signal: request.signal } : {}),
        ...(request.bodyTimeoutMs === undefined ? {} : { bodyTimeout: request.bodyTimeoutMs }),
      });
    } catch (error) {
      const failure = {
        status: undefined,
        retryAfterSeconds: undefined,
        unsent: UNSENT_CODES.has(errorCode(error)),
      };
      return { error: connectionError(error, this.#failed(request), request.signal), failure };
    }
    this.#established = true;
    const body = uncompressed(data);
    if (data.statusCode < 400) {
      return { status: data.statusCode, contentType: header(data, 'content-type') ?? '', body };
    }
    const status = readApiStatus(await readSome(body));
    const retryAfter = Number(header(data, 'retry-after') ?? Number.NaN);
    return {
      error: apiError(data.statusCode, status, this.#failed(request)),
      failure: {
        status: data.statusCode,
        retryAfterSeconds: Number.isFinite(retryAfter) ? Math.max(0, retryAfter) : status.retryAfterSeconds,
        unsent: false,
      },
    };
  }

  #headers(request: ApiRequest): Record<string, string | string[]> {
    return {
      accept: request.accept ?? 'application/json',
      'user-agent': 'ptar',
      'accept-encoding': this.#compression ? 'gzip' : 'identity',
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      ...this.#credentials.headers,
    };
  }

  #failed(request: ApiRequest): FailedRequest {
    return {
      server: this.server,
      contextName: this.contextName,
      method: request.method ?? 'GET',
      path: request.path,
      confidential: request.confidential ?? false,
    };
  }

  /** One refresh serves all requests that failed with the same credentials. */
  async #refreshCredentials(used: Credentials, signal: AbortSignal | undefined): Promise<void> {
    if (this.#credentials !== used) return;
    this.#refresh ??= (async () => {
      const context = readKubeconfigContext({ ...this.#options, context: this.contextName });
      const before = this.#dispatcher;
      const tlsBefore = JSON.stringify(this.#credentials.tls);
      this.#credentials = await obtainCredentials(context, this.#options.impersonate, signal);
      if (JSON.stringify(this.#credentials.tls) === tlsBefore) return;
      this.#dispatcher = this.#open();
      before.close().catch(() => undefined);
    })().finally(() => {
      this.#refresh = undefined;
    });
    await this.#refresh;
  }
}

function parseServer(context: KubeconfigContext): URL {
  let server: URL;
  try {
    server = new URL(context.cluster.server);
  } catch {
    throw new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `the server of context "${context.contextName}" is not a URL`,
    );
  }
  if (server.protocol !== 'https:' && server.protocol !== 'http:') {
    throw new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `the server of context "${context.contextName}" is not an http or https URL`,
    );
  }
  return server;
}

function header(data: Dispatcher.ResponseData, name: string): string | undefined {
  const value = data.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function uncompressed(data: Dispatcher.ResponseData): Readable {
  if (header(data, 'content-encoding') !== 'gzip') return data.body;
  const gunzip = createGunzip();
  data.body.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => data.body.destroy());
  return data.body.pipe(gunzip);
}

async function readSome(body: AsyncIterable<Buffer> & { destroy(): void }): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > STATUS_SIZE_MAX) break;
    }
  } catch {
    // The HTTP status alone tells enough.
  }
  return Buffer.concat(chunks).toString('utf8');
}
