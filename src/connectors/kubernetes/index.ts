/** Kubernetes API objects: capture as of one moment, and restore. */
import {
  kubeconfigContextNames,
  openClusterClient,
  type ClusterClientOptions,
} from '../cluster-client/index.ts';
import type { Exporter, Importer } from '../connector.ts';
import { parseClusterUri } from './cluster-uri.ts';
import { KubernetesExporter } from './exporter.ts';
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

const SELECTION_KEYS = [
  'namespaces',
  'excludeNamespaces',
  'kinds',
  'excludeKinds',
  'labelSelector',
  'fieldSelector',
  'include',
  'exclude',
] as const satisfies readonly (keyof Selection)[];

function selectionOf(options: KubernetesImportOptions): Selection {
  return Object.fromEntries(
    SELECTION_KEYS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
}

/** How to reach the cluster that objects are put back into. */
export type KubernetesExportOptions = ClusterClientOptions;

/**
 * Opens the exporter to `k8s://[context][/namespace]`; with a namespace only objects of that namespace are restored.
 * @throws UsageError; ConnectorError CONNECTOR_CONFIGURATION and what the exec plugin may cause
 */
export async function openKubernetesExporter(
  uri: string,
  options: KubernetesExportOptions = {},
): Promise<Exporter> {
  const { context, namespace } = parseClusterUri(uri, kubeconfigContextNames(options.kubeconfig));
  const client = await openClusterClient({ ...options, ...(context === undefined ? {} : { context }) });
  return new KubernetesExporter(client, namespace);
}
