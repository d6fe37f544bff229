import type { Command } from 'commander';
import { isPtarError } from '../errors.ts';
import type { Plan } from '../operations/plan/plan.ts';
import type { ApplyEvent } from '../operations/plan/restore-events.ts';
import type { Terminal } from './terminal.ts';

/** The flag of commands that restore into a cluster or take that back. */
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
  await checkReportPath(report);
}

/** A report that is kept while a restore or an undo goes on, and written when it ends. */
interface OpenReport {
  add(event: ApplyEvent): void;
  /** Writes it. @throws ConnectorError */
  finished(): Promise<void>;
  /** Writes what is known of a run that `error` has ended; where that fails, it is said and nothing else. */
  interrupted(error: unknown, terminal: Terminal): Promise<void>;
}

/** Begins the report that `--report` asks for; undefined without it. @param plan where it is known before the run */
export async function openReport(
  path: string | undefined,
  action: 'restore' | 'undo',
  plan: Plan | undefined,
): Promise<OpenReport | undefined> {
  if (path === undefined) return undefined;
  const [{ RunRecord }, { writeReport }] = await Promise.all([
    import('../operations/report/run-record.ts'),
    import('../operations/report/report-file.ts'),
  ]);
  const record = new RunRecord(action, plan);
  return {
    add: (event) => record.add(event),
    finished: async () => {
      const report = record.finished();
      if (report !== undefined) await writeReport(path, report);
    },
    interrupted: async (error, terminal) => {
      const report = await record.interrupted(error);
      if (report === undefined) return;
      try {
        await writeReport(path, report);
        terminal.note(`what was done until then is in ${path}`);
      } catch (failure) {
        if (!isPtarError(failure)) throw failure;
        terminal.warn(`the report could not be written: ${failure.message}`);
      }
    },
  };
}
