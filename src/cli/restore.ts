import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
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

interface RestoreFlags extends ArchiveFlags {
  readonly to: string;
  readonly namespace?: string;
  readonly dryRun?: 'server' | 'none';
  readonly kubeconfig?: string;
  readonly output: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar restore`: puts objects of a snapshot back into a cluster. */
export function addRestoreCommand(program: Command, run: RunAction): void {
  const command = program
    .command('restore')
    .summary('put objects back into a cluster')
    .description(
      prose(`Put what is selected back into TARGET, and nothing else. Objects that are there as they were captured stay untouched. An object
that fails is listed and the others go on; exit code 4 then. With --dry-run=server the cluster itself says what would happen.`),
    )
    .argument('<FILE>', 'the archive')
    .argument(
      '[WHAT...]',
      'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths; none with -n means the whole namespace',
    )
    .requiredOption('--to <TARGET>', 'k8s://[CONTEXT][/NAMESPACE]');
  addNamespaceOption(command, 'only objects of this namespace')
    .addOption(
      new Option('--dry-run <WHERE>', 'ask the cluster what would happen, change nothing')
        .choices(['server', 'none'])
        .preset('server'),
    )
    .option('--kubeconfig <FILE>', 'as kubectl has it; default: KUBECONFIG, then ~/.kube/config')
    .option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['See what would happen', 'ptar restore prod.ptar shop/deploy/web --to k8s://prod --dry-run=server'],
    [
      'One Deployment as it was before the last capture',
      'ptar restore prod.ptar shop/deploy/web --snapshot latest~1 --to k8s://prod',
    ],
    ['A namespace into another cluster', 'ptar restore prod.ptar -n shop --to k8s://staging'],
  ]);
  command.action((file: string, what: string[], flags: RestoreFlags) =>
    run((invocation) => {
      if (what.length === 0 && flags.namespace === undefined) {
        throw new UsageError('nothing selected; name what to restore, or a namespace with -n');
      }
      const dryRun = flags.dryRun === 'server';
      return exportAndReport(invocation, {
        file,
        flags,
        selections: what,
        target: flags.to,
        exporter: {
          kubernetes: {
            signal: invocation.signal,
            ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
          },
        },
        dryRun,
        verbs: { done: 'restored', would: 'would restore' },
        listsAll: true,
      });
    }),
  );
}
