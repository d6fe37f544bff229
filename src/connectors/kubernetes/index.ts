/** Kubernetes API objects: capture as of one moment, and restore. */
import {
  kubeconfigContextNames,
  openClusterClient,
  type ClusterClientOptions,
} from '../cluster-client/index.ts';
import { UsageError } from '../../errors.ts';
import type { Exporter, Importer } from '../connector.ts';
import { parseClusterUri, type ClusterUri } from './cluster-uri.ts';
import { KubernetesExporter } from './exporter.ts';
import { KubernetesImporter } from './importer.ts';
import type { Selection } from './selection.ts';

export type { Selection } from './selection.ts';

/** How to reach the cluster and what to read of it. */
export interface KubernetesImportOptions extends ClusterClientOptions, Selection {}

/**
 * Opens the importer of `k8s://[context][/namespace]`. What the URI does not name is as `context` and `namespaces` say.
 * @throws UsageError where the URI and the options name different ones; ConnectorError CONNECTOR_CONFIGURATION and what the exec plugin may cause
 */
export async function openKubernetesImporter(
  uri: string,
  options: KubernetesImportOptions = {},
): Promise<Importer> {
  const { context, namespace } = placeOf(uri, options);
  if (namespace !== undefined && options.namespaces?.some((name) => name !== namespace) === true) {
    throw new UsageError(
      `${uri} names another namespace than ${options.namespaces.join(', ')}; leave one of the two out`,
    );
  }
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
  'heartbeats',
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
  const { context, namespace } = placeOf(uri, options);
  const client = await openClusterClient({ ...options, ...(context === undefined ? {} : { context }) });
  return new KubernetesExporter(client, namespace);
}

/** @throws UsageError where the URI names another context than the options: one of the two would be passed over */
function placeOf(uri: string, options: ClusterClientOptions): ClusterUri {
  const place = parseClusterUri(uri, kubeconfigContextNames(options.kubeconfig));
  if (options.context === undefined || place.context === undefined || place.context === options.context) {
    return place;
  }
  throw new UsageError(`${uri} names another context than ${options.context}; leave one of the two out`);
}
