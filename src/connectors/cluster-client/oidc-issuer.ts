/**
 * An OpenID Connect issuer, as far as a kubeconfig needs one: it renews tokens. client-node has code for it that openid-client refuses,
 * for the issuer is given as text where a URL is wanted.
 */
import { readFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import { CancelledError, ConnectorError, isPtarError } from '../../errors.ts';
import { errorCode } from './api-error.ts';
import { openDispatcher } from './dispatcher.ts';
import { chooseProxy, isLoopback } from './proxy-choice.ts';

/** What a kubeconfig says under `auth-provider.config`. */
export type OidcConfiguration = Readonly<Record<string, string | undefined>>;

/** What an issuer gave. `refreshToken` only where it replaced the old one. Never printed. */
export interface RenewedTokens {
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

const TIMEOUTS = { connectTimeoutMs: 10_000, headersTimeoutMs: 30_000, bodyTimeoutMs: 30_000 };
const ANSWER_SIZE_MAX = 1024 * 1024;
/** RFC 6749 §5.2; what else a server says may quote the token. */
const ERROR_CODE = /^[a-z_]{1,60}$/;

/**
 * Asks the issuer for a new token.
 * Source: OpenID Connect Discovery 1.0 §4, OpenID Connect Core 1.0 §12
 * @throws ConnectorError CONNECTOR_UNAUTHORIZED where only a new login helps, CONNECTOR_CONFIGURATION, CONNECTOR_UNREACHABLE; CancelledError
 */
export async function renewTokens(
  configuration: OidcConfiguration,
  userName: string,
  signal?: AbortSignal,
): Promise<RenewedTokens> {
  const { 'idp-issuer-url': issuer, 'client-id': clientId, 'refresh-token': refreshToken } = configuration;
  if (!issuer || !clientId || !refreshToken) {
    throw new ConnectorError(
      'CONNECTOR_UNAUTHORIZED',
      `the OIDC token of user "${userName}" has expired, and the kubeconfig has nothing to renew it with: log in again`,
    );
  }
  const client = new IssuerClient(issuer, await authorityOf(configuration, userName), signal);
  const discovered = await client.json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const tokenEndpoint = discovered['token_endpoint'];
  if (typeof tokenEndpoint !== 'string') throw client.error('it names no token_endpoint');
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
  const secret = configuration['client-secret'] ?? '';
  if (secret === '') form.set('client_id', clientId);
  else if (takesBasic(discovered)) headers['authorization'] = basicOf(clientId, secret);
  else {
    form.set('client_id', clientId);
    form.set('client_secret', secret);
  }
  const answer = await client.json(tokenEndpoint, { method: 'POST', headers, body: form.toString() });
  const { id_token: idToken, refresh_token: newRefreshToken } = answer;
  if (typeof idToken !== 'string') {
    throw client.error('it renews no id_token: log in again with the scope "openid"');
  }
  const isReplaced = typeof newRefreshToken === 'string' && newRefreshToken !== refreshToken;
  return { idToken, refreshToken: isReplaced ? newRefreshToken : undefined };
}

/** Talks to one issuer. */
class IssuerClient {
  readonly #issuer: string;
  readonly #ca: string | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor(issuer: string, ca: string | undefined, signal: AbortSignal | undefined) {
    this.#issuer = issuer;
    this.#ca = ca;
    this.#signal = signal;
  }

  error(problem: string): ConnectorError {
    return new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `the OIDC issuer ${this.#issuer} cannot be used: ${problem}`,
    );
  }

  async json(
    address: string,
    request: Pick<Dispatcher.RequestOptions, 'headers' | 'body'> & { method?: 'POST' } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const url = this.#parse(address);
    const tls = this.#ca === undefined ? {} : { ca: this.#ca };
    const dispatcher = openDispatcher(url, tls, chooseProxy(url, undefined, process.env), TIMEOUTS);
    try {
      const { statusCode, body } = await dispatcher.request({
        method: 'GET',
        ...request,
        origin: url.origin,
        path: url.pathname + url.search,
        ...(this.#signal && { signal: this.#signal }),
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > ANSWER_SIZE_MAX) throw this.error(`it answers with more than ${ANSWER_SIZE_MAX} bytes`);
        chunks.push(chunk);
      }
      return this.#read(statusCode, Buffer.concat(chunks).toString('utf8'), request.method === 'POST');
    } catch (error) {
      if (isPtarError(error)) throw error;
      if (this.#signal?.aborted) throw new CancelledError();
      throw new ConnectorError(
        'CONNECTOR_UNREACHABLE',
        `cannot reach the OIDC issuer ${this.#issuer} (${errorCode(error) || 'connection failed'}): check its URL, idp-certificate-authority and proxy`,
        { retryable: true, cause: error },
      );
    } finally {
      await dispatcher.destroy();
    }
  }

  #parse(address: string): URL {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url))) return url;
    throw this.error('its addresses have to be https URLs');
  }

  #read(status: number, text: string, isGrant: boolean): Readonly<Record<string, unknown>> {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      // Said below, without the parser's quotation of the answer.
    }
    const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    if (status < 300 && answer === fields) return fields;
    const code = fields['error'];
    const why = typeof code === 'string' && ERROR_CODE.test(code) ? `${status}, ${code}` : String(status);
    if (!isGrant || status >= 500) throw this.error(`it answers with ${why}`);
    throw new ConnectorError(
      'CONNECTOR_UNAUTHORIZED',
      `the OIDC issuer ${this.#issuer} renews no token (${why}): log in again`,
    );
  }
}

/** Where nothing is said it is what issuers take. Source: OpenID Connect Discovery 1.0 §3, token_endpoint_auth_methods_supported */
function takesBasic(discovered: Readonly<Record<string, unknown>>): boolean {
  const methods = discovered['token_endpoint_auth_methods_supported'];
  return !Array.isArray(methods) || methods.includes('client_secret_basic');
}

/** Source: RFC 6749 §2.3.1, with both parts encoded as in a form */
function basicOf(clientId: string, secret: string): string {
  const encoded = [clientId, secret].map((part) => new URLSearchParams({ '': part }).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

async function authorityOf(configuration: OidcConfiguration, userName: string): Promise<string | undefined> {
  const data = configuration['idp-certificate-authority-data'];
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = configuration['idp-certificate-authority'];
  if (!file) return undefined;
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `cannot read ${file}, the idp-certificate-authority of user "${userName}": check the path`,
      { cause: error },
    );
  });
}
