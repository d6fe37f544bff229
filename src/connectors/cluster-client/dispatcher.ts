import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici';

/** TLS of the connection: PEM texts, and what to check. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Limits of one connection and one request, all in milliseconds. */
export interface RequestTimeouts {
  /** TCP, TLS and proxy handshake. */
  readonly connectTimeoutMs: number;
  /** Until the response's header has arrived. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of the response's body. */
  readonly bodyTimeoutMs: number;
}

/** The API server ends a request after 60 s by itself; a page of a large list may take most of that before its first byte. */
export const DEFAULT_TIMEOUTS: RequestTimeouts = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 90_000,
  bodyTimeoutMs: 60_000,
};

const CONNECTIONS_MAX = 16;
const KEEP_ALIVE_MS = 30_000;

/** Connections to one origin. */
export interface Connections {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Ends them when what was asked is answered. */
  close(): Promise<void>;
  /** Ends them now; requests that are under way fail. */
  destroy(): Promise<void>;
}

/** Opens a keep-alive pool to one origin, through `proxy` (http, https or socks5 URL) where given. Connects at the first request. */
export function openDispatcher(
  origin: URL,
  tls: TlsSettings,
  proxy: string | undefined,
  timeouts: RequestTimeouts,
): Connections {
  const connect = { ...tls, timeout: timeouts.connectTimeoutMs, keepAlive: true };
  const limits = {
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeouts.headersTimeoutMs,
    bodyTimeout: timeouts.bodyTimeoutMs,
  };
  if (proxy === undefined) {
    const connecting = new ConnectingSockets(connect);
    const pool = new Pool(origin.origin, { ...limits, connect: connecting.connect });
    return {
      request: (options) => requestOf(pool, options),
      close: () => pool.close(),
      destroy: async () => {
        connecting.destroy();
        await pool.destroy();
      },
    };
  }
  const agent = new ProxyAgent({
    ...limits,
    uri: proxy,
    requestTls: connect,
    // With it undici would speak TLS to a SOCKS proxy.
    ...(proxy.startsWith('socks') ? {} : { proxyTls: { timeout: timeouts.connectTimeoutMs } }),
  });
  return {
    request: (options) => requestOf(agent, options),
    close: () => agent.close(),
    destroy: () => agent.destroy(),
  };
}

/** A request that is given up when its signal says so: undici first waits for the connection that it is to go over. */
async function requestOf(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  const { signal } = options;
  const response = dispatcher.request(options);
  if (!(signal instanceof AbortSignal)) return response;
  // Many requests share a signal, and none leaves a listener behind.
  setMaxListeners(0, signal);
  const given = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true, signal: given.signal });
  });
  try {
    return await Promise.race([response, aborted]);
  } finally {
    given.abort();
  }
}

type ReturningConnector = (...connection: Parameters<buildConnector.connector>) => Socket;

/** Sockets whose handshake is not over: a pool that is destroyed waits for them, up to the time limit of connecting. */
class ConnectingSockets {
  readonly #sockets = new Set<Socket>();
  readonly #connect: ReturningConnector;
  #isDestroyed = false;

  constructor(options: buildConnector.BuildOptions) {
    // It returns the socket, which its types do not say.
    this.#connect = buildConnector(options) as unknown as ReturningConnector;
  }

  readonly connect: buildConnector.connector = (options, callback) => {
    const done: buildConnector.Callback = (...result) => {
      this.#sockets.delete(socket);
      callback(...result);
    };
    const socket = this.#connect(options, done);
    this.#sockets.add(socket);
    // A pool that is being destroyed still connects for requests that are not told yet.
    if (this.#isDestroyed) this.destroy();
  };

  destroy(): void {
    this.#isDestroyed = true;
    for (const socket of this.#sockets) socket.destroy(new Error('closed before it was connected'));
  }
}
