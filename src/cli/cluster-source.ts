import { type Command, Option } from 'commander';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { appendList } from './options.ts';

/** What people can say of clusters that they capture. */
export interface ClusterSourceFlags extends ClusterAccessFlags {
  readonly namespace?: readonly string[];
  readonly excludeNamespace?: readonly string[];
  readonly kind?: readonly string[];
  readonly excludeKind?: readonly string[];
  readonly selector?: string;
}

/** Adds the options that say what to capture of a cluster, in a group of their own; later options are in the general one. */
export function addClusterSourceOptions(command: Command): Command {
  return addClusterAccessOptions(command.optionsGroup('Options for clusters:'))
    .option('-n, --namespace <NAMES>', 'only these namespaces', appendList)
    .addOption(
      new Option('-A, --all-namespaces', 'all namespaces, and what is in none (the default)').conflicts(
        'namespace',
      ),
    )
    .option('--exclude-namespace <NAMES>', 'all namespaces but these', appendList)
    .option('--kind <KINDS>', 'only these kinds', appendList)
    .option('--exclude-kind <KINDS>', 'all kinds but these', appendList)
    .option('-l, --selector <LABELS>', 'only objects with these labels')
    .optionsGroup('Options:');
}

/** What the flags say, for importers. @throws UsageError */
export function clusterSourceOptions(flags: ClusterSourceFlags, signal: AbortSignal): { kubernetes: object } {
  return {
    kubernetes: {
      signal,
      ...clusterAccess(flags),
      ...(flags.namespace && { namespaces: flags.namespace }),
      ...(flags.excludeNamespace && { excludeNamespaces: flags.excludeNamespace }),
      ...(flags.kind && { kinds: flags.kind }),
      ...(flags.excludeKind && { excludeKinds: flags.excludeKind }),
      ...(flags.selector !== undefined && { labelSelector: flags.selector }),
    },
  };
}
