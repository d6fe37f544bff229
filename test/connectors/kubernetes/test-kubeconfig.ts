/** Kubeconfigs of a test cluster with credentials that its harness does not issue. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestCluster } from '../../cluster/harness.ts';

/** Writes one into the cluster's directory. `clusterFields` replaces the trusted authority. @returns its path */
export async function writeTestKubeconfig(
  { directory, server }: Pick<TestCluster, 'directory' | 'server'>,
  user: Record<string, unknown>,
  clusterFields: Record<string, unknown> = { 'certificate-authority': path.join(directory, 'pki', 'ca.crt') },
): Promise<string> {
  const file = path.join(await mkdtemp(path.join(directory, 'kubeconfig-')), 'config');
  const config = {
    clusters: [{ name: 'c', cluster: { server, ...clusterFields } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
