import type { Command } from 'commander';
import type { Plan } from '../operations/plan/plan.ts';
import type { ApplyReportOptions } from './apply-report.ts';

/** The flag of commands that restore into a cluster. */
export interface ReportFlags {
  readonly report?: string;
}

/** Adds `--report`. */
export function addReportOption(command: Command): Command {
  return command.option(
    '--report <FILE>',
    'what became of each object, as the name says: .json, .xml (JUnit) or .html',
  );
}

/** Makes sure that the report can be written, before anything else is. @throws UsageError */
export async function checkReport({ report }: ReportFlags): Promise<void> {
  if (report === undefined) return;
  const { checkReportPath } = await import('../operations/report/report-file.ts');
  checkReportPath(report);
}

/** Writes the report of `plan` when it has been applied. */
export function reportWriter(path: string, plan: Plan): NonNullable<ApplyReportOptions['finished']> {
  return async (results, summary) => {
    const [{ restoreReport }, { writeReport }] = await Promise.all([
      import('../operations/report/restore-report.ts'),
      import('../operations/report/report-file.ts'),
    ]);
    await writeReport(path, restoreReport(plan, results, summary));
  };
}
