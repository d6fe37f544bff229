/** Kubernetes API objects: capture as of one moment, and restore. */
import {
  kubeconfigContextNames,
  openClusterClient,
  type ClusterClientOptions,
} from '../cluster-client/index.ts';
import type { Importer } from '../connector.ts';
import { parseClusterUri } from './cluster-uri.ts';
import { KubernetesImporter } from './importer.ts';
import type { Selection } from './selection.ts';

export type { Selection } from './selection.ts';

/** How to reach the cluster and what to read of it. */
export interface KubernetesImportOptions extends ClusterClientOptions, Selection {}

/**
 * Opens the importer of `k8s://[context][/namespace]`. A namespace in the URI takes the place of `namespaces`; a context in it the
 * place of `context`.
 * @throws UsageError; ConnectorError CONNECTOR_CONFIGURATION and what the exec plugin may cause
 */
export async function openKubernetesImporter(
  uri: string,
  options: KubernetesImportOptions = {},
): Promise<Importer> {
  const { context, namespace } = parseClusterUri(uri, kubeconfigContextNames(options.kubeconfig));
  const client = await openClusterClient({ ...options, ...(context === undefined ? {} : { context }) });
  return new KubernetesImporter(
    client,
    { ...selectionOf(options), ...(namespace === undefined ? {} : { namespaces: [namespace] }) },
    true,
  );
}

function selectionOf(options: KubernetesImportOptions): Selection {
  const { kubeconfig: _1, context: _2, impersonate: _3, timeouts: _4, signal: _5, ...selection } = options;
  return selection;
}
