/** A small OpenID Connect issuer: discovery, keys, and tokens for refresh tokens that it knows. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const CLIENT_ID = 'ptar-tests';

/** How it answers. */
export interface IssuerBehaviour {
  /** PEM texts; plain HTTP without. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** A refresh token is good for one use; the answer brings the next. */
  readonly rotates?: boolean;
  readonly authMethods?: readonly string[];
  /** What an id_token is valid for. */
  readonly lifetimeSeconds?: number;
}

/** A request for a token. */
interface Grant {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

export class TestIssuer {
  readonly grants: Grant[] = [];
  readonly #behaviour: IssuerBehaviour;
  readonly #server;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  #refreshToken = 'refresh-sekret-0';

  constructor(behaviour: IssuerBehaviour = {}) {
    this.#behaviour = behaviour;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    };
    this.#server = behaviour.tls ? createHttpsServer(behaviour.tls, listener) : createHttpServer(listener);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    const scheme = this.#behaviour.tls ? 'https' : 'http';
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get clientId(): string {
    return CLIENT_ID;
  }

  /** A kubeconfig's `user`, with a token that ends in so many seconds. */
  user(lifetimeSeconds: number, more: Readonly<Record<string, string | undefined>> = {}): object {
    const config = {
      'idp-issuer-url': this.url,
      'client-id': CLIENT_ID,
      'id-token': this.token(lifetimeSeconds),
      'refresh-token': this.#refreshToken,
      ...more,
    };
    return { 'auth-provider': { name: 'oidc', config } };
  }

  /** A signed id_token for jane. */
  token(lifetimeSeconds: number): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, aud: CLIENT_ID, sub: 'jane', iat: now, exp: now + lifetimeSeconds };
    const head = [{ alg: 'RS256', typ: 'JWT', kid: 'k' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${head}.${sign('sha256', Buffer.from(head), this.#keys.privateKey).toString('base64url')}`;
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return { status: 200, body: this.#configuration() };
      case '/keys': {
        const key = this.#keys.publicKey.export({ format: 'jwk' });
        return { status: 200, body: { keys: [{ ...key, kid: 'k', use: 'sig', alg: 'RS256' }] } };
      }
      case '/token':
        return this.#grant(new URLSearchParams(await textOf(request)), request.headers.authorization);
      case undefined:
      default:
        return { status: 404, body: {} };
    }
  }

  #configuration(): object {
    const { authMethods } = this.#behaviour;
    return {
      issuer: this.url,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      ...(authMethods && { token_endpoint_auth_methods_supported: authMethods }),
    };
  }

  #grant(form: URLSearchParams, authorization: string | undefined): { status: number; body: unknown } {
    this.grants.push({ form, authorization });
    const sent = form.get('refresh_token') ?? '';
    if (sent !== this.#refreshToken) {
      return { status: 400, body: { error: 'invalid_grant', error_description: `${sent} is not known` } };
    }
    const id = { id_token: this.token(this.#behaviour.lifetimeSeconds ?? 3600), token_type: 'Bearer' };
    if (this.#behaviour.rotates !== true) return { status: 200, body: id };
    this.#refreshToken = `refresh-sekret-${this.grants.length}`;
    return { status: 200, body: { ...id, refresh_token: this.#refreshToken } };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
