import type { Command } from 'commander';
import type { ClusterClientOptions } from '../connectors/cluster-client/cluster-client.ts';
import { UsageError } from '../errors.ts';
import { appendItem } from './options.ts';

/** kubectl's options that say which cluster is meant, and as whom. */
export interface ClusterAccessFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/** Adds `--kubeconfig`, `--context`, `--as` and `--as-group`. */
export function addClusterAccessOptions(command: Command): Command {
  return command
    .option('--kubeconfig <FILE>', 'as kubectl has it; default: KUBECONFIG, then ~/.kube/config')
    .option('--context <CONTEXT>', 'the context where k8s:// names none; default: the current one')
    .option('--as <USER>', 'act as this user, or as system:serviceaccount:NAMESPACE:NAME')
    .option('--as-group <GROUP>', 'act as a member of this group; may be given again', appendItem);
}

/**
 * What the flags say, for connectors.
 * @throws UsageError
 */
export function clusterAccess(
  flags: ClusterAccessFlags,
): Pick<ClusterClientOptions, 'kubeconfig' | 'context' | 'impersonate'> {
  const { kubeconfig, context, as: user, asGroup: groups } = flags;
  if (user === undefined && groups !== undefined) {
    throw new UsageError('--as-group needs --as: a group without a user cannot be acted as');
  }
  if (context === '' || user === '') {
    throw new UsageError(`an empty ${context === '' ? '--context' : '--as'}; name one or leave it out`);
  }
  return {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(user !== undefined && { impersonate: { user, ...(groups && { groups }) } }),
  };
}
