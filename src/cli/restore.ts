import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { exportAndReport } from './export-report.ts';
import type { RunAction } from './invocation.ts';
import {
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';
import { checkStdout, isCluster, restoreRequest } from './restore-request.ts';

interface RestoreFlags extends ArchiveFlags, ClusterAccessFlags {
  readonly to?: string;
  readonly namespace?: string;
  readonly dryRun?: 'server' | 'none';
  readonly allNamespaces?: boolean;
  readonly output: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar restore`: puts objects of a snapshot back into a cluster. */
export function addRestoreCommand(program: Command, run: RunAction): void {
  const command = program
    .command('restore')
    .summary('put objects or files back: into a cluster, a tar or a folder')
    .description(
      prose(`Put what is selected back into TARGET, and nothing else. Objects that are there as they were captured stay untouched. An object
that fails is listed and the others go on; exit code 4 then. With --dry-run=server the cluster itself says what would happen.

The last argument is TARGET, unless --to names it:
  k8s://[CONTEXT][/NAMESPACE]   a cluster
  tar:FILE                      a new tar, compressed where the name ends in .gz or .tgz; tar:- is stdout
  PATH                          a folder; files that exist are kept (see also ptar extract)

WHAT may be part of the first argument, after a colon: prod.ptar:shop/deploy/web.`),
    )
    .argument('<FILE>', 'the archive, or ARCHIVE:PATH')
    .argument(
      '[WHAT...]',
      'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths; none with -n means the whole namespace',
    )
    .option('--to <TARGET>', 'where to');
  addNamespaceOption(command, 'only objects of this namespace')
    .addOption(
      new Option('-A, --all-namespaces', 'all namespaces; without WHAT everything').conflicts('namespace'),
    )
    .addOption(
      new Option('--dry-run <WHERE>', 'ask the cluster what would happen, change nothing')
        .choices(['server', 'none'])
        .preset('server'),
    )
    .option('-q, --quiet', 'no progress');
  addClusterAccessOptions(command);
  addOutputOption(command, ['table', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['See what would happen', 'ptar restore prod.ptar shop/deploy/web --to k8s://prod --dry-run=server'],
    [
      'One Deployment as it was before the last capture',
      'ptar restore prod.ptar shop/deploy/web --snapshot latest~1 --to k8s://prod',
    ],
    ['A captured folder into another place', 'ptar restore etc.ptar:/etc/ssh ./rescue'],
    ['A namespace as a tar for another program', 'ptar restore prod.ptar -n shop tar:- | tar -tv'],
    ['A namespace into another cluster', 'ptar restore prod.ptar -n shop --to k8s://staging'],
  ]);
  command.action((address: string, rest: string[], flags: RestoreFlags) =>
    run(async (invocation) => {
      const { terminal } = invocation;
      const { file, selections, target } = await restoreRequest(address, rest, flags.to);
      checkStdout(target, flags.output, terminal.resultsToPerson);
      if (selections.length === 0 && flags.namespace === undefined && flags.allNamespaces !== true) {
        throw new UsageError(
          'nothing selected; name what to restore, a namespace with -n, or everything with -A',
        );
      }
      const dryRun = flags.dryRun === 'server';
      return exportAndReport(invocation, {
        file,
        flags,
        selections,
        target,
        exporter: {
          kubernetes: {
            signal: invocation.signal,
            ...clusterAccess(flags),
          },
          tar: { writeOut: (bytes) => terminal.result(bytes) },
        },
        dryRun,
        verbs: { done: 'restored', would: 'would restore' },
        listsAll: isCluster(target),
      });
    }),
  );
}
