import { readFile } from 'node:fs/promises';
import { type Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ArchiveReader } from '../format/index.ts';
import type { Plan } from '../operations/plan/plan.ts';
import { reportApply } from './apply-report.ts';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { confirm } from './confirmation.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addOutputOption, addPassphraseOptions, type OutputFormat, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { formatCounts, nameOf, printWarnings } from './plan-report.ts';
import { ProgressLine } from './progress-line.ts';
import { addReportOption, checkReport, type ReportFlags } from './report-option.ts';
import { formatCount } from '../operations/quantities.ts';

/** What every application of a plan understands. */
export interface ApplyFlags extends PassphraseFlags, ClusterAccessFlags, ReportFlags {
  readonly output: OutputFormat;
  readonly quiet?: boolean;
  readonly yes?: boolean;
}

/** `ptar apply`: carries out a saved plan. */
export function addApplyCommand(program: Command, run: RunAction): void {
  const command = program
    .command('apply')
    .summary('carry out a saved plan, if nothing has changed since')
    .description(
      prose(`Carry out a plan that ptar plan -o yaml has saved. The plan is made again first: where the cluster or the archive would give
another one by now, nothing is changed, what is different is listed, and the exit code is 7.

What is about to change is saved before the first write: ptar undo brings it back.`),
    )
    .argument('<PLAN>', 'the file')
    .option('--archive <FILE>', 'the archive, where it is not where the plan says')
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'no progress');
  addReportOption(command);
  addClusterAccessOptions(command);
  addOutputOption(command, ['table', 'json', 'yaml', 'name']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['Look at it now, do it later', 'ptar plan prod.ptar -n shop k8s://prod -o yaml > shop.plan.yaml'],
    ['… and then', 'ptar apply shop.plan.yaml'],
  ]);
  command.action((file: string, flags: ApplyFlags & { readonly archive?: string }) =>
    run(async (invocation) => {
      await checkReport(flags);
      const plan = await readPlan(file);
      return withArchive(invocation, flags.archive ?? plan.source.archive, flags, async (archive) => {
        if (await reportDrift(invocation, archive, plan, flags)) return EXIT.conflict;
        return applyAndReport(invocation, archive, plan, flags);
      });
    }),
  );
}

async function readPlan(file: string): Promise<Plan> {
  const { decodePlan, PLAN_SIZE_MAX } = await import('../operations/plan/plan-file.ts');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`cannot read the plan ${file}; check the path`);
  }
  if (text.length > PLAN_SIZE_MAX) throw new UsageError(`${file} is too long for a plan`);
  return decodePlan(text);
}

/** Makes the plan again and lists what is different. @returns true where anything is */
async function reportDrift(
  { terminal, signal }: Invocation,
  archive: ArchiveReader,
  plan: Plan,
  flags: ApplyFlags,
): Promise<boolean> {
  const { findDrift } = await import('../operations/plan/drift.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  let drifted = 0;
  try {
    for await (const event of findDrift({ archive, plan, access: clusterAccess(flags), signal })) {
      if (event.event === 'verdict') {
        progress.update(() => [`comparing ${event.done} of ${formatCount(event.total, 'object')}`]);
      } else if (event.event === 'drift') {
        progress.clear();
        drifted = event.drift.length;
        for (const { item, reason } of event.drift) terminal.warn(`${nameOf(item)} drifted: ${reason}`);
      }
    }
  } finally {
    progress.clear();
  }
  if (drifted === 0) return false;
  terminal.error(
    `${formatCount(drifted, 'object')} drifted since the plan was made; nothing was changed, plan again`,
  );
  return true;
}

/** Asks, applies a plan and says what becomes of it. */
export async function applyAndReport(
  invocation: Invocation,
  archive: ArchiveReader,
  plan: Plan,
  flags: ApplyFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { countVerdicts } = await import('../operations/plan/plan.ts');
  const counts = countVerdicts(plan.items);
  const { server, context } = plan.target;
  terminal.note(`plan for ${server}: ${formatCounts(counts)}`);
  printWarnings(terminal, plan);
  if (counts.create + counts.update + counts.recreate + counts.delete > 0) {
    await confirm(terminal, signal, {
      question: counts.delete > 0 ? `${formatCount(counts.delete, 'object')} will be deleted.` : 'Go on?',
      ...(counts.delete > 0 && { typedName: context }),
      isGiven: flags.yes ?? false,
      isDestructive: counts.delete + counts.recreate > 0,
    });
  }
  const { applyPlan } = await import('../operations/plan/apply-plan.ts');
  const events = applyPlan({ archive, plan, access: clusterAccess(flags), signal });
  const target = `${server} (context ${context})`;
  return reportApply(invocation, events, {
    ...flags,
    action: 'restore',
    target,
    plan,
  });
}
