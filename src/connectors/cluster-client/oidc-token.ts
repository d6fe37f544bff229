/**
 * Tokens of users with `auth-provider: {name: oidc}`, as kubectl treats them.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#option-1-oidc-authenticator
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import type { User } from '@kubernetes/client-node';
import { isMap, isSeq, parseDocument } from 'yaml';
import { AtomicFile } from '../atomic-file.ts';
import { systemError } from '../system-error.ts';
import type { KubeconfigContext } from './kubeconfig.ts';
import { renewTokens, type OidcConfiguration } from './oidc-issuer.ts';

/** A token that expires so soon is renewed: it has to last for the request. */
const EXPIRY_MARGIN_MS = 10_000;

/** What has been renewed, by the refresh token of the kubeconfig. Of a token that is replaced the old one is worth nothing. */
const renewed = new Map<string, OidcConfiguration>();

/** True where {@link oidcToken} has to do with the user. */
export function isOidcUser(user: User): boolean {
  return (user.authProvider as { name?: string } | undefined)?.name === 'oidc';
}

/**
 * The token of a context's OIDC user, renewed where it has expired. A refresh token that the issuer replaces is written back into the
 * kubeconfig, so that kubectl stays logged in.
 * @throws as `renewTokens`; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO where it cannot be written back
 */
export async function oidcToken(
  user: User,
  { userFile }: Pick<KubeconfigContext, 'userFile'>,
  signal?: AbortSignal,
): Promise<string> {
  const written = (user.authProvider as { config?: OidcConfiguration }).config ?? {};
  const key = JSON.stringify(['idp-issuer-url', 'client-id', 'refresh-token'].map((name) => written[name]));
  const configuration = { ...written, ...renewed.get(key) };
  const token = validToken(configuration);
  if (token !== undefined) return token;
  const { idToken, refreshToken } = await renewTokens(configuration, user.name, signal);
  renewed.set(key, {
    'id-token': idToken,
    'refresh-token': refreshToken ?? configuration['refresh-token'],
  });
  if (refreshToken !== undefined && userFile !== undefined) {
    await writeBack(userFile, user.name, { 'id-token': idToken, 'refresh-token': refreshToken });
  }
  return idToken;
}

/** The `id-token` as long as it is valid. One whose end cannot be read counts as valid: the server will say so. */
function validToken(configuration: OidcConfiguration): string | undefined {
  const token = configuration['id-token'];
  if (token === undefined || token === '') return undefined;
  const expiryMs = expiryOf(token);
  return expiryMs === undefined || expiryMs - EXPIRY_MARGIN_MS > Date.now() ? token : undefined;
}

/** `exp` of a JSON Web Token (RFC 7519 §4.1.4); its signature is for the API server to check. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Puts tokens into a kubeconfig and leaves the rest of it, comments included, as it is. */
async function writeBack(
  file: string,
  userName: string,
  tokens: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    const target = await realpath(file);
    const document = parseDocument(await readFile(target, 'utf8'));
    const users = document.get('users');
    const index = isSeq(users)
      ? users.items.findIndex((item) => isMap(item) && item.get('name') === userName)
      : -1;
    if (index < 0) return;
    for (const [name, token] of Object.entries(tokens)) {
      document.setIn(['users', index, 'user', 'auth-provider', 'config', name], token);
    }
    const { mode } = await stat(target);
    const replacement = await AtomicFile.create(target);
    try {
      await replacement.write(Buffer.from(document.toString({ lineWidth: 0 })));
      await replacement.handle.chmod(mode & 0o7777);
      await replacement.publish({ overwrite: true, durable: true });
    } finally {
      await replacement.discard();
    }
  } catch (error) {
    throw systemError(error, 'cannot keep the new OIDC refresh token in', file);
  }
}
