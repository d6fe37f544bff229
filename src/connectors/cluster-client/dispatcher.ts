import { Pool, ProxyAgent, type Dispatcher } from 'undici';

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

/** Opens a keep-alive pool to one origin, through `proxy` (http, https or socks5 URL) where given. Connects at the first request. */
export function openDispatcher(
  origin: URL,
  tls: TlsSettings,
  proxy: string | undefined,
  timeouts: RequestTimeouts,
): Dispatcher {
  const connect = { ...tls, timeout: timeouts.connectTimeoutMs, keepAlive: true };
  const limits = {
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeouts.headersTimeoutMs,
    bodyTimeout: timeouts.bodyTimeoutMs,
  };
  if (proxy === undefined) return new Pool(origin.origin, { ...limits, connect });
  return new ProxyAgent({
    ...limits,
    uri: proxy,
    requestTls: connect,
    // With it undici would speak TLS to a SOCKS proxy.
    ...(proxy.startsWith('socks') ? {} : { proxyTls: { timeout: timeouts.connectTimeoutMs } }),
  });
}
