import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { applyAndReport } from './apply.ts';
import { addClusterAccessOptions, clusterAccess } from './cluster-access.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { exportAndReport } from './export-report.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import { addArchiveOptions, addExamples, addOutputOption, prose } from './options.ts';
import { plannedRestore, type PlanningFlags } from './plan.ts';
import { addPlanOptions, addPlanSelectionOptions } from './plan-options.ts';
import { printPlannedResults } from './plan-report.ts';
import { addReportOption, checkReport, type ReportFlags } from './report-option.ts';
import { checkStdout, isCluster, restoreRequest, type RestoreRequest } from './restore-request.ts';

interface RestoreFlags extends PlanningFlags, ReportFlags {
  readonly to?: string;
  readonly dryRun?: 'server' | 'none';
  readonly yes?: boolean;
}

/** `ptar restore`: puts objects of a snapshot back into a cluster. */
export function addRestoreCommand(program: Command, run: RunAction): void {
  const command = program
    .command('restore')
    .summary('put objects or files back: into a cluster, a tar or a folder')
    .description(
      prose(`Put what is selected back into TARGET, and nothing else. Objects that are there as they were captured stay untouched. An object
that fails is listed and the others go on; exit code 4 then. With --dry-run=server the cluster itself says what would happen.

A restore into a cluster is a plan first (see ptar plan); a person is asked before it is carried out. What it changes is saved before:
ptar undo brings it back. Objects that would be deleted (--prune, --existing recreate) need --yes where nobody can be asked.

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
  addPlanSelectionOptions(command)
    .addOption(
      new Option('--dry-run <WHERE>', 'ask the cluster what would happen, change nothing')
        .choices(['server', 'none'])
        .preset('server'),
    )
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'no progress');
  addClusterAccessOptions(addReportOption(addPlanOptions(command)));
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
      const { terminal, signal } = invocation;
      const request = await restoreRequest(address, rest, flags.to);
      if (isCluster(request.target)) {
        await checkReport(flags);
        return restoreToCluster(invocation, request, flags);
      }
      if ((flags.map ?? flags.report) !== undefined) {
        throw new UsageError('--map and --report are for restores into a cluster; leave them out');
      }
      const { file, selections, target } = request;
      checkStdout(target, flags.output, terminal.resultsToPerson);
      if (selections.length === 0 && flags.namespace === undefined && flags.allNamespaces !== true) {
        throw new UsageError(
          'nothing selected; name what to restore, a namespace with -n, or everything with -A',
        );
      }
      return exportAndReport(invocation, {
        file,
        flags,
        selections,
        target,
        exporter: {
          kubernetes: { signal, ...clusterAccess(flags) },
          tar: { writeOut: (bytes) => terminal.result(bytes) },
        },
        dryRun: flags.dryRun === 'server',
        verbs: { done: 'restored', would: 'would restore' },
        listsAll: false,
      });
    }),
  );
}

/** Plans, asks and applies. */
function restoreToCluster(
  invocation: Invocation,
  { file, selections, target }: RestoreRequest,
  flags: RestoreFlags,
): Promise<ExitCode> {
  return withSnapshot(invocation, file, flags, async (snapshot, archive) => {
    const plan = await plannedRestore(invocation, { archive, snapshot, selections, target, flags });
    if (flags.dryRun !== 'server') return applyAndReport(invocation, archive, plan, flags);
    await printPlannedResults(invocation.terminal, plan, flags.output);
    const { isObstructed } = await import('../operations/plan/plan.ts');
    return plan.items.some(isObstructed) ? EXIT.partial : EXIT.done;
  });
}
