import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';
import type { Plan } from '../operations/plan/plan.ts';
import type { ObjectTransform, PlanSelection } from '../operations/plan/restore-events.ts';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { EXIT } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { mappingOf } from './map-option.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addArchiveOptions,
  addExamples,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';
import {
  addPlanOptions,
  addPlanSelectionOptions,
  planOptions,
  planSelection,
  type PlanFlags,
} from './plan-options.ts';
import { formatCounts, nameOf, printPlan } from './plan-report.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount } from '../operations/quantities.ts';
import { isCluster, restoreRequest } from './restore-request.ts';

/** What `ptar plan` and `ptar restore` share. */
export interface PlanningFlags extends ArchiveFlags, ClusterAccessFlags, PlanFlags {
  readonly output: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar plan`: what a restore would do, object by object. */
export function addPlanCommand(program: Command, run: RunAction): void {
  const command = program
    .command('plan')
    .summary('what a restore would do to every object, without doing it')
    .description(
      prose(`Say for every selected object what a restore into TARGET would do, and how that is known: proven by a dry run of the
cluster itself, derived where the object needs something that the restore makes (its namespace, its definition), or unprovable, with the
webhook that takes no dry runs. Nothing is changed.

With -o yaml the plan is a file that ptar apply carries out later, if nothing has changed by then. It holds no values of Secrets.

Exit code 0: everything can be restored; 4: something stands in the way of some objects.`),
    )
    .argument('<FILE>', 'the archive, or ARCHIVE:PATH')
    .argument(
      '[WHAT...]',
      'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths, and last TARGET, unless --to names it',
    )
    .option('--to <TARGET>', 'k8s://[CONTEXT][/NAMESPACE]');
  addPlanSelectionOptions(command).option('-q, --quiet', 'no progress');
  addClusterAccessOptions(addPlanOptions(command));
  addOutputOption(command, ['table', 'wide', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['What would a restore of a namespace do?', 'ptar plan prod.ptar -n shop k8s://prod'],
    ['One Deployment with all that it names', 'ptar plan prod.ptar:shop/deploy/web k8s:// --with-references'],
    ['Look at it now, do it later', 'ptar plan prod.ptar -n shop k8s://prod -o yaml > shop.plan.yaml'],
    ['… and then', 'ptar apply shop.plan.yaml'],
  ]);
  command.action((address: string, rest: string[], flags: PlanningFlags & { readonly to?: string }) =>
    run(async (invocation) => {
      const { file, selections, target } = await restoreRequest(address, rest, flags.to);
      if (!isCluster(target)) {
        throw new UsageError(`${target} is no cluster; name k8s://[CONTEXT][/NAMESPACE]`);
      }
      return withSnapshot(invocation, file, flags, async (snapshot, archive) => {
        const plan = await plannedRestore(invocation, { archive, snapshot, selections, target, flags });
        await printPlan(invocation.terminal, plan, flags.output);
        const { countVerdicts, isObstructed } = await import('../operations/plan/plan.ts');
        if (flags.output === 'table' || flags.output === 'wide') {
          invocation.terminal.note(
            `plan for ${plan.target.server}: ${formatCounts(countVerdicts(plan.items))}`,
          );
        }
        return plan.items.some(isObstructed) ? EXIT.partial : EXIT.done;
      });
    }),
  );
}

/** Makes a plan and shows how far it is. @throws UsageError where nothing is selected; whatever `makePlan` throws */
export async function plannedRestore(
  { terminal, signal }: Invocation,
  {
    archive,
    snapshot,
    selections,
    target,
    flags,
  }: {
    readonly archive: ArchiveReader;
    readonly snapshot: SnapshotReader;
    readonly selections: readonly string[];
    readonly target: string;
    readonly flags: PlanningFlags;
  },
): Promise<Plan> {
  const selection = await planSelection(selections, flags);
  const { makePlan } = await import('../operations/plan/make-plan.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  try {
    const access = clusterAccess(flags);
    const options = planOptions(flags);
    const transform = await transformOf(snapshot, selection, flags, signal);
    const request = { archive, snapshot, selection, target, access, options, signal };
    for await (const event of makePlan({ ...request, ...(transform && { transform }) })) {
      if (event.event === 'planned') return event.plan;
      progress.update(() =>
        event.event === 'reading'
          ? [`reading ${formatCount(event.done, 'object')}`]
          : [`planning ${event.done} of ${formatCount(event.total, 'object')}`, nameOf(event.item)],
      );
    }
  } finally {
    progress.clear();
  }
  throw new Error('a plan ended without a result');
}

/** What `--map` makes of the selected objects; undefined without it. @throws UsageError; whatever reading the selection throws */
async function transformOf(
  snapshot: SnapshotReader,
  selection: PlanSelection,
  flags: PlanningFlags,
  signal: AbortSignal,
): Promise<ObjectTransform | undefined> {
  const mapping = await mappingOf(flags);
  if (mapping === undefined) return undefined;
  const { mappingTransformOf } = await import('../operations/transfer/mapping-transform.ts');
  return mappingTransformOf(snapshot, selection, mapping, signal);
}
