import { RestoreTarget } from '../connectors/kubernetes/restore-target.ts';
import type { ClusterClientOptions } from '../connectors/cluster-client/index.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { cleanedYaml } from './cleaned-manifest.ts';

/** The target of a context, whatever characters its name has. */
export function clusterUriOf(context: string): string {
  return `k8s://${encodeURIComponent(context)}`;
}

/**
 * An object of a cluster as it is now, cleaned; undefined where there is none, or where the cluster does not know its kind.
 * @throws ConnectorError; CancelledError
 */
export async function liveManifest(
  context: string,
  access: ClusterClientOptions,
  { group, version, kind, namespace, name }: ResourceIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const target = await RestoreTarget.open(clusterUriOf(context), access, signal);
  try {
    const resource = target.kinds.find(group, version, kind) ?? target.kinds.preferred(group, kind);
    const object = resource && (await target.objects.get(resource, namespace, name));
    return object && cleanedYaml(object);
  } finally {
    await target.close();
  }
}
