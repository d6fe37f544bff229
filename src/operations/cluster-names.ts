/** Names that a person can give where a cluster is meant. */
import {
  kubeconfigContextNames,
  openClusterClient,
  type ClusterClientOptions,
} from '../connectors/cluster-client/index.ts';
import { parseClusterUri } from '../connectors/kubernetes/cluster-uri.ts';

/** Names of the contexts of the kubeconfig. @throws ConnectorError CONNECTOR_CONFIGURATION, CONNECTOR_PERMISSION */
export function contextNames(kubeconfig?: string): readonly string[] {
  return kubeconfigContextNames(kubeconfig);
}

/**
 * Names of the namespaces of the cluster that `uri` (`k8s://[CONTEXT]`) means.
 * @throws UsageError; ConnectorError; CancelledError
 */
export async function namespaceNames(uri: string, options: ClusterClientOptions): Promise<readonly string[]> {
  const { context = options.context } = parseClusterUri(uri, contextNames(options.kubeconfig));
  const client = await openClusterClient({ ...options, ...(context !== undefined && { context }) });
  try {
    const { signal } = options;
    const list = await client.json({
      path: '/api/v1/namespaces?limit=1000',
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      ...(signal && { signal }),
    });
    const { items = [] } = list as { items?: readonly { metadata?: { name?: string } }[] };
    return items.flatMap(({ metadata }) => metadata?.name ?? []);
  } finally {
    await client.close();
  }
}
