import { isPtarError } from '../../errors.ts';
import type { ClusterClient } from '../cluster-client/index.ts';

/** Facts about the cluster itself; undefined where they may not be read. */
export interface ClusterFacts {
  /** `v1.36.3`. */
  readonly serverVersion: string | undefined;
  /** uid of the Namespace kube-system, which stays the same as long as the cluster does. */
  readonly clusterUid: string | undefined;
}

/** Reads them. @throws CancelledError */
export async function readClusterFacts(client: ClusterClient, signal: AbortSignal): Promise<ClusterFacts> {
  const [version, namespace] = await Promise.all(
    ['/version', '/api/v1/namespaces/kube-system'].map(async (path) => {
      try {
        return await client.json({ path, signal });
      } catch (error) {
        if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
        return undefined;
      }
    }),
  );
  return {
    serverVersion: (version as { gitVersion?: string } | undefined)?.gitVersion,
    clusterUid: (namespace as { metadata?: { uid?: string } } | undefined)?.metadata?.uid,
  };
}

/** False when the API server says that there is no such Namespace. @throws CancelledError */
export async function namespaceMayExist(
  client: ClusterClient,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.text({ path: `/api/v1/namespaces/${encodeURIComponent(name)}`, signal });
    return true;
  } catch (error) {
    if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
    return !('status' in error && error.status === 404);
  }
}
