import type { Command } from 'commander';
import { appendList } from './options.ts';

/** What people can say of clusters that they capture. */
export interface ClusterSourceFlags {
  readonly kubeconfig?: string;
  readonly namespace?: readonly string[];
  readonly excludeNamespace?: readonly string[];
  readonly kind?: readonly string[];
  readonly excludeKind?: readonly string[];
  readonly selector?: string;
}

/** Adds the options that say what to capture of a cluster, in a group of their own; later options are in the general one. */
export function addClusterSourceOptions(command: Command): Command {
  return command
    .optionsGroup('Options for clusters:')
    .option('--kubeconfig <FILE>', 'as kubectl has it; default: KUBECONFIG, then ~/.kube/config')
    .option('-n, --namespace <NAMES>', 'only these namespaces', appendList)
    .option('--exclude-namespace <NAMES>', 'all namespaces but these', appendList)
    .option('--kind <KINDS>', 'only these kinds', appendList)
    .option('--exclude-kind <KINDS>', 'all kinds but these', appendList)
    .option('-l, --selector <LABELS>', 'only objects with these labels')
    .optionsGroup('Options:');
}

/** What the flags say, for importers. */
export function clusterSourceOptions(flags: ClusterSourceFlags, signal: AbortSignal): { kubernetes: object } {
  return {
    kubernetes: {
      signal,
      ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
      ...(flags.namespace && { namespaces: flags.namespace }),
      ...(flags.excludeNamespace && { excludeNamespaces: flags.excludeNamespace }),
      ...(flags.kind && { kinds: flags.kind }),
      ...(flags.excludeKind && { excludeKinds: flags.excludeKind }),
      ...(flags.selector !== undefined && { labelSelector: flags.selector }),
    },
  };
}
