import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { createFileSink } from '../../connectors/stores/file-store.ts';
import { UsageError } from '../../errors.ts';
import { htmlReport } from './html-report.ts';
import { junitReport } from './junit-report.ts';
import type { RestoreReport } from './restore-report.ts';

/** Forms of a report's file, by the extension of its name. */
const FORMS: Readonly<Record<string, (report: RestoreReport) => string>> = {
  '.json': (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  '.xml': junitReport,
  '.html': htmlReport,
};

/** Makes sure before a restore that its report can be written. @throws UsageError for a name that says no form, or a folder that is not there */
export async function checkReportPath(path: string): Promise<void> {
  formOf(path);
  try {
    await access(dirname(path), constants.W_OK);
  } catch {
    throw new UsageError(`the report ${path} cannot be written: make its folder, or name another`);
  }
}

/**
 * Writes a report in the form that the name says: `.json`, `.xml` (JUnit) or `.html`. A file that is there is replaced.
 * @throws UsageError; ConnectorError
 */
export async function writeReport(path: string, report: RestoreReport): Promise<void> {
  const text = formOf(path)(report);
  const sink = await createFileSink(path, { overwrite: true });
  try {
    await sink.write(Buffer.from(text));
    await sink.commit();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function formOf(path: string): (report: RestoreReport) => string {
  const form = FORMS[extname(path).toLowerCase()];
  if (form !== undefined) return form;
  throw new UsageError(`${path} says no form of a report; end its name in ${Object.keys(FORMS).join(', ')}`);
}
