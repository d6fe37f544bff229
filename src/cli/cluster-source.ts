import type { Command } from 'commander';
import type { KubernetesImportOptions } from '../connectors/kubernetes/index.ts';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { addAllNamespacesOption, appendList } from './options.ts';

/** What people can say of clusters that they capture. */
export interface ClusterSourceFlags extends ClusterAccessFlags {
  readonly namespace?: readonly string[];
  readonly excludeNamespace?: readonly string[];
  readonly kind?: readonly string[];
  readonly excludeKind?: readonly string[];
  readonly heartbeats?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Adds the options that say what to capture of a cluster, in a group of their own; later options are in the general one. */
export function addClusterSourceOptions(command: Command): Command {
  addClusterAccessOptions(command.optionsGroup('Options for clusters:')).option(
    '-n, --namespace <NAMES>',
    'only these namespaces',
    appendList,
  );
  return addAllNamespacesOption(command, 'all namespaces, and what is in none (the default)')
    .option('--exclude-namespace <NAMES>', 'all namespaces but these', appendList)
    .option('--kind <KINDS>', 'only these kinds', appendList)
    .option('--exclude-kind <KINDS>', 'all kinds but these', appendList)
    .option('--heartbeats', 'also Leases and the like, which are written all the time')
    .option('-l, --selector <LABELS>', 'only objects with these labels')
    .option('--field-selector <FIELDS>', 'only objects with these fields, of kinds that know them')
    .option(
      '--include <GLOBS>',
      'only objects whose paths in the archive match, as **/ConfigMap/**',
      appendList,
    )
    .option('--exclude <GLOBS>', 'all objects but those whose paths match', appendList)
    .optionsGroup('Options:');
}

/** What the flags say, for importers. @throws UsageError */
export function clusterSourceOptions(
  flags: ClusterSourceFlags,
  signal: AbortSignal,
): { readonly kubernetes: KubernetesImportOptions } {
  return {
    kubernetes: {
      signal,
      ...clusterAccess(flags),
      ...(flags.namespace && { namespaces: flags.namespace }),
      ...(flags.excludeNamespace && { excludeNamespaces: flags.excludeNamespace }),
      ...(flags.kind && { kinds: flags.kind }),
      ...(flags.excludeKind && { excludeKinds: flags.excludeKind }),
      ...(flags.heartbeats === true && { heartbeats: true }),
      ...(flags.selector !== undefined && { labelSelector: flags.selector }),
      ...(flags.fieldSelector !== undefined && { fieldSelector: flags.fieldSelector }),
      ...(flags.include && { include: flags.include }),
      ...(flags.exclude && { exclude: flags.exclude }),
    },
  };
}
