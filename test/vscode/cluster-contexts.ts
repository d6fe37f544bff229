/** One kubeconfig with a context for each way in which a cluster can be reached, or not. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestCluster } from '../cluster/harness.ts';

/** What each context is for. */
export const CONTEXTS = {
  admin: 'admin',
  /** The administrator again, under a name that the settings protect. */
  protected: 'prod-admin',
  /** May read and write ConfigMaps of one namespace, and nothing else. */
  limited: 'limited',
  /** Its token was good once. */
  expired: 'expired',
  /** Nothing listens there. */
  gone: 'gone',
} as const;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: object }[];
  readonly users: readonly { readonly user: object }[];
}

/** Writes the kubeconfig, with `namespace` for those who may not see everything. @returns its path */
export async function writeContexts(cluster: TestCluster, namespace: string): Promise<string> {
  const { admin, limited, expired, gone } = CONTEXTS;
  const read = async (kubeconfig: string): Promise<Kubeconfig> => {
    const view = ['config', 'view', '--raw', '--flatten', '--output=json'];
    return JSON.parse(await cluster.kubectl([`--kubeconfig=${kubeconfig}`, ...view])) as Kubeconfig;
  };
  const whole = await read(cluster.kubeconfig);
  const restricted = await read(await cluster.kubeconfigFor(`${namespace}-limited`));
  const here = { ...whole.clusters[0]?.cluster };
  const context = (name: string, server: string, user: string): object => ({
    name,
    context: { cluster: server, user, ...(user === limited && { namespace }) },
  });
  const file = path.join(cluster.directory, `${namespace}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'here', cluster: here },
      // The port of tcpmux, on which nothing listens.
      { name: gone, cluster: { server: 'https://127.0.0.1:1' } },
    ],
    users: [
      { name: admin, user: whole.users[0]?.user },
      { name: limited, user: restricted.users[0]?.user },
      { name: expired, user: { token: await deadToken(cluster, namespace) } },
    ],
    contexts: [
      context(gone, gone, admin),
      context(admin, 'here', admin),
      context(CONTEXTS.protected, 'here', admin),
      context(limited, 'here', limited),
      context(expired, 'here', expired),
    ],
    'current-context': gone,
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Of a ServiceAccount that is no longer there. */
async function deadToken(cluster: TestCluster, namespace: string): Promise<string> {
  const account = ['--namespace', namespace, 'serviceaccount', 'leaver'];
  await cluster.kubectl(['create', ...account]);
  const token = await cluster.kubectl(['--namespace', namespace, 'create', 'token', 'leaver']);
  await cluster.kubectl(['delete', ...account]);
  return token.trim();
}
