import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { ConnectorError } from '../../errors.ts';

/** Whom to act as (`--as`, `--as-group`): the `Impersonate-*` headers of the API server. */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** One context of a kubeconfig with all that it names, read at one time: call again to read rotated files. */
export interface KubeconfigContext {
  /** Holds only this context's cluster and user, so that client-node's authenticators act for them. */
  readonly kubeConfig: KubeConfig;
  readonly contextName: string;
  /** Namespace of the context, where it names one. */
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  readonly user: User | undefined;
  /** The file that the user is from; undefined inside a Pod. */
  readonly userFile: string | undefined;
  /** False when the kubeconfig says `disable-compression`. */
  readonly compression: boolean;
  /** The user's `as`, `as-groups`, `as-uid` and `as-user-extra`. */
  readonly impersonation: Impersonation | undefined;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const KUBECONFIG_SIZE_MAX = 16 * 1024 * 1024;

/** What client-node's model leaves out, read from the same file. */
interface Omissions {
  readonly uncompressedClusters: ReadonlySet<string>;
  readonly impersonations: ReadonlyMap<string, Impersonation>;
}

interface LoadedFiles extends Omissions {
  readonly kubeConfig: KubeConfig;
  readonly userFiles: ReadonlyMap<string, string>;
  readonly origin: string;
}

/**
 * Reads a context as kubectl does: from `kubeconfig` (one path, or several separated as in `KUBECONFIG`), else from the files
 * of `KUBECONFIG` (missing ones are passed over, the first to name something wins), else from `~/.kube/config`, else from the
 * Pod's service account.
 * Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 * @param options.context the current context where not given
 * @throws ConnectorError CONNECTOR_CONFIGURATION
 */
export function readKubeconfigContext(
  options: { kubeconfig?: string; context?: string } = {},
): KubeconfigContext {
  const { kubeConfig, origin, userFiles, uncompressedClusters, impersonations } = loadFiles(
    options.kubeconfig,
  );
  const contextName = options.context ?? currentContextOf(kubeConfig);
  if (contextName === '') {
    throw configurationError(`${origin} has no current context: name one, or run kubectl config use-context`);
  }
  const context = kubeConfig.getContextObject(contextName);
  if (!context) {
    const known = kubeConfig.contexts.map((known) => known.name).join(', ');
    throw configurationError(
      `no context "${contextName}" in ${origin}: ${known === '' ? 'it has none' : `it has ${known}`}`,
    );
  }
  const cluster = kubeConfig.getCluster(context.cluster);
  if (!cluster) {
    throw configurationError(
      `context "${contextName}" names cluster "${context.cluster}", which ${origin} lacks`,
    );
  }
  const user = context.user === '' ? null : kubeConfig.getUser(context.user);
  if (!user && (context.user as string | undefined)) {
    throw configurationError(
      `context "${contextName}" names user "${context.user}", which ${origin} lacks or cannot read`,
    );
  }
  kubeConfig.loadFromOptions({
    clusters: [cluster],
    users: user ? [user] : [],
    contexts: [context],
    currentContext: contextName,
  });
  return {
    kubeConfig,
    contextName,
    namespace: context.namespace,
    cluster,
    user: user ?? undefined,
    userFile: user ? userFiles.get(user.name) : undefined,
    compression: !uncompressedClusters.has(cluster.name),
    impersonation: user ? impersonations.get(user.name) : undefined,
  };
}

/** Names of the contexts that {@link readKubeconfigContext} can find; empty inside a Pod or where nothing is configured. */
export function kubeconfigContextNames(kubeconfig?: string): string[] {
  const paths = configuredPaths(kubeconfig);
  return paths.length === 0 ? [] : mergeFiles(paths).kubeConfig.contexts.map((context) => context.name);
}

function loadFiles(kubeconfig: string | undefined): LoadedFiles {
  const paths = configuredPaths(kubeconfig);
  if (paths.length > 0) return mergeFiles(paths);
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromCluster();
    return {
      kubeConfig,
      origin: "the Pod's service account",
      userFiles: new Map(),
      uncompressedClusters: new Set(),
      impersonations: new Map(),
    };
  }
  throw configurationError('no kubeconfig: set KUBECONFIG, put one at ~/.kube/config, or name a file');
}

function configuredPaths(kubeconfig: string | undefined): string[] {
  if (kubeconfig !== undefined && existsSync(kubeconfig)) return [kubeconfig];
  const listed = kubeconfig ?? process.env['KUBECONFIG'] ?? '';
  if (listed !== '') {
    const paths = listed.split(path.delimiter).filter((file) => file !== '');
    const present = paths.filter((file) => existsSync(file));
    if (present.length === 0) throw configurationError(`no kubeconfig at ${paths.join(', ')}`);
    return present;
  }
  const home = path.join(homedir(), '.kube', 'config');
  return existsSync(home) ? [home] : [];
}

function mergeFiles(paths: readonly string[]): LoadedFiles {
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, User>();
  const contexts = new Map<string, KubeConfig['contexts'][number]>();
  const userFiles = new Map<string, string>();
  const uncompressedClusters = new Set<string>();
  const impersonations = new Map<string, Impersonation>();
  let currentContext = '';
  for (const file of paths) {
    const { kubeConfig, omissions } = readFile(file);
    currentContext ||= currentContextOf(kubeConfig);
    for (const cluster of kubeConfig.clusters) {
      if (clusters.has(cluster.name)) continue;
      clusters.set(cluster.name, cluster);
      if (omissions.uncompressedClusters.has(cluster.name)) uncompressedClusters.add(cluster.name);
    }
    for (const user of kubeConfig.users) {
      if (users.has(user.name)) continue;
      users.set(user.name, user);
      userFiles.set(user.name, file);
      const impersonation = omissions.impersonations.get(user.name);
      if (impersonation) impersonations.set(user.name, impersonation);
    }
    for (const context of kubeConfig.contexts) {
      if (!contexts.has(context.name)) contexts.set(context.name, context);
    }
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [...clusters.values()],
    users: [...users.values()],
    contexts: [...contexts.values()],
    currentContext,
  });
  return { kubeConfig, origin: paths.join(path.delimiter), userFiles, uncompressedClusters, impersonations };
}

function readFile(file: string): { kubeConfig: KubeConfig; omissions: Omissions } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConnectorError(
      'CONNECTOR_PERMISSION',
      `cannot read kubeconfig ${file}: check its permissions`,
      { cause: error },
    );
  }
  if (text.length > KUBECONFIG_SIZE_MAX) {
    throw configurationError(`kubeconfig ${file} is larger than ${KUBECONFIG_SIZE_MAX} bytes`);
  }
  try {
    const raw = absoluteUserPaths(parse(text) as unknown, path.dirname(file));
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(JSON.stringify(raw), { onInvalidEntry: 'filter' });
    kubeConfig.makePathsAbsolute(path.dirname(file));
    return { kubeConfig, omissions: readOmissions(raw) };
  } catch {
    // The cause is left out: parsers quote the text around a fault, and that may be a token.
    throw configurationError(
      `${file} is not a kubeconfig: check that it is YAML with clusters, users and contexts`,
    );
  }
}

/** client-node reads `tokenFile` relative to the working directory; kubectl reads it, and the commands and files of plugins, relative to the file. */
function absoluteUserPaths(raw: unknown, folder: string): unknown {
  for (const entry of entries(raw, 'users')) {
    const user = entry['user'];
    if (!isMap(user)) continue;
    for (const key of ['token-file', 'tokenFile']) {
      const tokenFile = user[key];
      if (typeof tokenFile !== 'string') continue;
      delete user['tokenFile'];
      user['token-file'] = path.resolve(folder, tokenFile);
    }
    const exec = user['exec'];
    if (isMap(exec) && typeof exec['command'] === 'string' && /[/\\]/.test(exec['command'])) {
      exec['command'] = path.resolve(folder, exec['command']);
    }
    const provider = user['auth-provider'];
    const oidc = isMap(provider) ? provider['config'] : undefined;
    const authority = isMap(oidc) ? oidc['idp-certificate-authority'] : undefined;
    if (isMap(oidc) && typeof authority === 'string' && authority !== '') {
      oidc['idp-certificate-authority'] = path.resolve(folder, authority);
    }
  }
  return raw;
}

function readOmissions(raw: unknown): Omissions {
  const uncompressedClusters = new Set<string>();
  for (const entry of entries(raw, 'clusters')) {
    if (isMap(entry['cluster']) && entry['cluster']['disable-compression'] === true) {
      uncompressedClusters.add(String(entry['name']));
    }
  }
  const impersonations = new Map<string, Impersonation>();
  for (const entry of entries(raw, 'users')) {
    const user = entry['user'];
    if (!isMap(user) || typeof user['as'] !== 'string' || user['as'] === '') continue;
    const extra = user['as-user-extra'];
    impersonations.set(String(entry['name']), {
      user: user['as'],
      groups: strings(user['as-groups']),
      ...(typeof user['as-uid'] === 'string' ? { uid: user['as-uid'] } : {}),
      ...(isMap(extra)
        ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, strings(values)])) }
        : {}),
    });
  }
  return { uncompressedClusters, impersonations };
}

function entries(raw: unknown, key: string): Record<string, unknown>[] {
  const list = isMap(raw) ? raw[key] : undefined;
  return Array.isArray(list) ? list.filter(isMap) : [];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** client-node's type leaves out that a kubeconfig may name none. */
function currentContextOf(kubeConfig: { currentContext?: string }): string {
  return kubeConfig.currentContext ?? '';
}

function configurationError(message: string): ConnectorError {
  return new ConnectorError('CONNECTOR_CONFIGURATION', message);
}
