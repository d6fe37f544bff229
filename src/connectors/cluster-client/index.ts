/** The one door to a cluster's API server for all connectors that need it. */
export {
  openClusterClient,
  ClusterClient,
  type ApiRequest,
  type ApiResponse,
  type ClusterClientOptions,
} from './cluster-client.ts';
export {
  collectionPath,
  discoverResources,
  preferredResources,
  type ApiResource,
  type Discovery,
  type DiscoveryFailure,
  type GroupVersion,
} from './discovery.ts';
export { pause } from './pause.ts';
export { formatMissingRule, formatRequestedRule } from './requested-rule.ts';
export { refusalOf, type Refusal } from './refusal.ts';
export { kubeconfigContextNames, type Impersonation } from './kubeconfig.ts';
export { type RequestTimeouts } from './dispatcher.ts';
