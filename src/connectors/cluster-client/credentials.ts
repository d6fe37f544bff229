import type { RequestOptions } from 'node:https';
import type { User } from '@kubernetes/client-node';
import { ConnectorError, isPtarError } from '../../errors.ts';
import type { TlsSettings } from './dispatcher.ts';
import { runExecPlugin } from './exec-credential.ts';
import type { Impersonation, KubeconfigContext } from './kubeconfig.ts';
import { isOidcUser, oidcToken } from './oidc-token.ts';

/** What proves who we are, as far as it is known without asking the server. Never printed. */
export interface Credentials {
  readonly tls: TlsSettings;
  /** `authorization` and the `impersonate-*` headers. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/**
 * Gets the credentials of a context: runs its exec plugin, refreshes its OIDC token, reads its files.
 * @param impersonate takes the place of the kubeconfig's own impersonation
 * @throws ConnectorError CONNECTOR_CONFIGURATION, CONNECTOR_TIMEOUT, and of `oidcToken`; CancelledError
 */
export async function obtainCredentials(
  context: KubeconfigContext,
  impersonate: Impersonation | undefined,
  signal?: AbortSignal,
): Promise<Credentials> {
  const { user, cluster, kubeConfig, contextName } = context;
  const execUser = user?.exec === undefined || user.exec === null ? undefined : user;
  const credential = execUser ? await runExecPlugin(execUser, cluster, signal) : undefined;
  const idToken = user && isOidcUser(user) ? await oidcToken(user, context, signal) : undefined;
  const options: RequestOptions = { headers: {} };
  try {
    kubeConfig.loadFromOptions({
      // client-node refuses plain HTTP unless certificates are ignored; there are none (kubectl proxy).
      clusters: [cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster],
      users: user ? [withoutPlugins(user)] : [],
      contexts: kubeConfig.contexts,
      currentContext: contextName,
    });
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    if (isPtarError(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'a file that it names is missing' : 'check its user and cluster';
    throw new ConnectorError(
      'CONNECTOR_CONFIGURATION',
      `cannot use the credentials of context "${contextName}": ${why}`,
    );
  }
  const headers: Record<string, string | string[]> = impersonationHeaders(
    impersonate ?? context.impersonation,
  );
  const authorization = (options.headers as Record<string, string | undefined>)['Authorization'];
  const token = credential?.token ?? idToken;
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  else if (authorization !== undefined) headers['authorization'] = authorization.trim();
  else if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const cert = credential?.clientCertificate ?? pem(options.cert);
  const key = credential?.clientKey ?? pem(options.key);
  const ca = pem(options.ca);
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    },
    headers,
  };
}

/** The user without what is not left to client-node. */
function withoutPlugins(user: User): User {
  return { ...user, exec: undefined, ...(isOidcUser(user) && { authProvider: undefined }) };
}

function pem(value: unknown): string | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined;
}

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonationHeaders(impersonation: Impersonation | undefined): Record<string, string | string[]> {
  if (!impersonation) return {};
  const headers: Record<string, string | string[]> = { 'impersonate-user': impersonation.user };
  if (impersonation.groups && impersonation.groups.length > 0) {
    headers['impersonate-group'] = [...impersonation.groups];
  }
  if (impersonation.uid !== undefined) headers['impersonate-uid'] = impersonation.uid;
  for (const [key, values] of Object.entries(impersonation.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  }
  return headers;
}
