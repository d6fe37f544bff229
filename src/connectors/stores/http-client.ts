import type { Dispatcher } from 'undici';
import { ConnectorError } from '../../errors.ts';
import { type Connections, openDispatcher, type RequestTimeouts } from '../cluster-client/dispatcher.ts';
import { chooseProxy } from '../cluster-client/proxy-choice.ts';
import { nameOf, type HttpAddress } from './http-address.ts';
import type { HeaderLookup } from './http-version.ts';

const REDIRECTS_MAX = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** An answer whose body is still to be read or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly header: HeaderLookup;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * GET requests for one file: follows redirects and remembers where they lead, keeps connections, minds proxies. Credentials go to
 * the origin of the address only.
 */
export class HttpClient {
  readonly #address: HttpAddress;
  readonly #timeouts: RequestTimeouts;
  readonly #dispatchers = new Map<string, Connections>();
  #location: URL;

  constructor(address: HttpAddress, timeouts: RequestTimeouts) {
    this.#address = address;
    this.#timeouts = timeouts;
    this.#location = address.url;
  }

  /** Sends one request. @throws ConnectorError for redirects that lead nowhere; errors of undici */
  async get(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    let url = this.#location;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const data = await this.#request(url, headers, signal);
      const header: HeaderLookup = (name) => {
        const value = data.headers[name];
        return Array.isArray(value) ? value[0] : value;
      };
      const location = header('location');
      if (!REDIRECTS.includes(data.statusCode) || location === undefined) {
        this.#location = url;
        return { status: data.statusCode, header, body: data.body };
      }
      discard(data.body);
      url = this.#redirected(url, location);
    }
    throw new ConnectorError(
      'CONNECTOR_FAILED',
      `${this.#address.name} redirects more than ${REDIRECTS_MAX} times: check the URL`,
    );
  }

  /** Forgets where redirects led: a signed URL may have expired. @returns false where there was none */
  forgetRedirects(): boolean {
    if (this.#location === this.#address.url) return false;
    this.#location = this.#address.url;
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #request(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { authorization, url: asked } = this.#address;
    const isTrusted = authorization !== undefined && url.origin === asked.origin;
    return this.#dispatcherOf(url).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        'user-agent': 'ptar',
        'accept-encoding': 'identity',
        ...headers,
        ...(isTrusted && { authorization }),
      },
      signal,
    });
  }

  #dispatcherOf(url: URL): Connections {
    let dispatcher = this.#dispatchers.get(url.origin);
    if (dispatcher === undefined) {
      dispatcher = openDispatcher(url, {}, chooseProxy(url, undefined, process.env), this.#timeouts);
      this.#dispatchers.set(url.origin, dispatcher);
    }
    return dispatcher;
  }

  #redirected(from: URL, location: string): URL {
    const { name } = this.#address;
    let to: URL;
    try {
      to = new URL(location, from);
    } catch {
      throw new ConnectorError('CONNECTOR_FAILED', `${name} redirects to something that is not a URL`);
    }
    if (to.protocol !== 'https:' && to.protocol !== from.protocol) {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `${name} redirects from https to ${nameOf(to)}, which is not protected: use a URL that stays on https`,
      );
    }
    to.username = '';
    to.password = '';
    return to;
  }
}

/** Gives up an answer without reading it. */
export function discard(body: HttpAnswer['body']): void {
  // Destroying a body that is still open raises an error event about being destroyed.
  body.on('error', () => undefined);
  body.destroy();
}
