import { BlockList, isIP } from 'node:net';

/**
 * The proxy for `server`: the cluster's `proxy-url`, else `HTTPS_PROXY` / `HTTP_PROXY` unless `NO_PROXY` covers the host. As Go
 * reads them: small letters too, `NO_PROXY` with host names, `.domain` suffixes, `host:port`, addresses, CIDR blocks and `*`;
 * the loopback is never proxied by the environment.
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function chooseProxy(
  server: URL,
  proxyUrl: string | undefined,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (proxyUrl !== undefined && proxyUrl !== '') return proxyUrl;
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = environment[name] ?? environment[name.toLowerCase()] ?? '';
  if (proxy === '') return undefined;
  const exceptions = environment['NO_PROXY'] ?? environment['no_proxy'] ?? '';
  if (isLoopback(server) || isException(server, exceptions)) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** True for `localhost` and loopback addresses. */
export function isLoopback(server: URL): boolean {
  const host = bareHost(server);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isException(server: URL, exceptions: string): boolean {
  const host = bareHost(server);
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  return exceptions
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')
    .some((part) => part === '*' || coversAddress(part, host) || coversName(part, host, port));
}

function coversAddress(part: string, host: string): boolean {
  const family = isIP(host);
  const [address = '', prefix] = part.split('/');
  if (family === 0 || prefix === undefined || isIP(address) !== family) return false;
  const bits = Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function coversName(part: string, host: string, port: string): boolean {
  const withPort = /^(.+):(\d+)$/.exec(part);
  if (withPort && isIP(part) === 0) return withPort[2] === port && coversName(withPort[1] ?? '', host, port);
  const name = part.replace(/^\[|\]$/g, '');
  if (name.startsWith('*.')) return host.endsWith(name.slice(1));
  if (name.startsWith('.')) return host.endsWith(name);
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function bareHost(server: URL): string {
  return server.hostname.toLowerCase().replace(/^\[|\]$/g, '');
}
