import { InvalidArgumentError, type Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { CaptureOptions } from '../operations/capture.ts';
import type { RetentionPolicy } from '../operations/retention.ts';
import type { ReportedCapture } from './capture-report.ts';

/** Most archives that a rule may keep; one a day for a century. */
const KEEP_MAX = 36_525;

/** Standard output, and the URIs of what can be captured and restored to. */
const NO_FILE = /^(?:-$|(?:tar|k8s|manifests):)/;

/** How many archives of a series stay, and where the new one goes. */
export interface RetentionFlags {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly keep?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
}

/** Adds `--keep`, `--keep-daily`, `--keep-weekly` and `--keep-monthly`. */
export function addRetentionOptions(command: Command): Command {
  return command
    .option('--keep <N>', 'with {timestamp}: keep the newest N archives, remove older ones', parseCount)
    .option(
      '--keep-daily <N>',
      'keep the newest of each of the latest N days (UTC) that have one',
      parseCount,
    )
    .option('--keep-weekly <N>', 'as --keep-daily, by weeks from Monday', parseCount)
    .option('--keep-monthly <N>', 'as --keep-daily, by months', parseCount);
}

function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= KEEP_MAX) return count;
  throw new InvalidArgumentError(`give a whole number from 1 to ${KEEP_MAX}.`);
}

/** Captures into the file, or the series of files, that the flags name. @throws UsageError for what is no file, and for `--keep` without a series */
export async function captureAsNamed(
  flags: RetentionFlags,
): Promise<
  (options: Omit<CaptureOptions, 'archivePath' | 'overwrite' | 'lock'>) => Promise<ReportedCapture>
> {
  const { output, overwrite = false } = flags;
  if (NO_FILE.test(output)) {
    throw new UsageError(
      `-o ${output} is no file, and an archive is one; make it, then restore it to ${output === '-' ? 'tar:-' : output}`,
    );
  }
  const retention = policyOf(flags);
  const { ArchiveSeries, TIMESTAMP_PLACEHOLDER } = await import('../operations/archive-series.ts');
  if (ArchiveSeries.isPattern(output)) {
    if (overwrite) {
      throw new UsageError(`--overwrite has nothing to replace: ${output} is a new file each time`);
    }
    const { captureIntoSeries } = await import('../operations/capture-series.ts');
    return (options) => captureIntoSeries({ ...options, pattern: output, ...(retention && { retention }) });
  }
  if (retention !== undefined) {
    throw new UsageError(
      `--keep needs a series of archives: write ${TIMESTAMP_PLACEHOLDER} into the name of FILE`,
    );
  }
  const { captureSources } = await import('../operations/capture.ts');
  return (options) => captureSources({ ...options, archivePath: output, overwrite });
}

function policyOf({ keep, keepDaily, keepWeekly, keepMonthly }: RetentionFlags): RetentionPolicy | undefined {
  if ((keep ?? keepDaily ?? keepWeekly ?? keepMonthly) === undefined) return undefined;
  return {
    ...(keep !== undefined && { last: keep }),
    ...(keepDaily !== undefined && { daily: keepDaily }),
    ...(keepWeekly !== undefined && { weekly: keepWeekly }),
    ...(keepMonthly !== undefined && { monthly: keepMonthly }),
  };
}
