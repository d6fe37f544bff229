import { rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockArchive } from '../connectors/stores/archive-lock.ts';
import { systemErrorReason } from '../connectors/system-error.ts';
import { CancelledError } from '../errors.ts';
import { ArchiveSeries } from './archive-series.ts';
import { captureSources, type CaptureOptions, type CaptureResult } from './capture.ts';
import { PARITY_SUFFIX } from './parity.ts';
import { retainedMoments, type RetentionPolicy } from './retention.ts';

/** What to capture, and into which series. */
export interface SeriesCaptureOptions extends Omit<CaptureOptions, 'archivePath' | 'overwrite' | 'lock'> {
  /** A path with `{timestamp}` in the name of the file. */
  readonly pattern: string;
  /** Which archives of the series stay; all where not given. */
  readonly retention?: RetentionPolicy;
}

/** What a capture into a series made and removed. */
export interface SeriesCaptureResult extends CaptureResult {
  /** Paths of the archives that are gone, the oldest first. */
  readonly removed: readonly string[];
  /** Those that should be gone and are not. */
  readonly notRemoved: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Captures sources into a new archive of a series, and removes those that the retention no longer keeps. Nothing is removed before the
 * new archive is complete, and the new one is never removed, whatever time the names of others claim. Nobody else captures into the
 * same series meanwhile.
 *
 * @throws ConnectorError CONNECTOR_CONFLICT while somebody else captures into the series; whatever `captureSources` throws
 */
export async function captureIntoSeries(options: SeriesCaptureOptions): Promise<SeriesCaptureResult> {
  const { pattern, retention, signal, ...capture } = options;
  const series = new ArchiveSeries(pattern);
  const lock = await lockArchive(pattern);
  try {
    const archivePath = await unusedPath(series, signal);
    const result = await captureSources({ ...capture, ...(signal && { signal }), archivePath, lock });
    const removal = retention === undefined ? NOTHING : await removeOthers(series, archivePath, retention);
    return { ...result, ...removal };
  } finally {
    await lock.release();
  }
}

const NOTHING = { removed: [], notRemoved: [] } as const;

/** The name of this second; that of the next one where an archive has it already. */
async function unusedPath(series: ArchiveSeries, signal: AbortSignal | undefined): Promise<string> {
  for (;;) {
    const now = new Date();
    const path = series.pathAt(now);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return path;
    try {
      await sleep(1000 - now.getUTCMilliseconds(), undefined, signal && { signal });
    } catch {
      throw new CancelledError();
    }
  }
}

async function removeOthers(
  series: ArchiveSeries,
  newPath: string,
  policy: RetentionPolicy,
): Promise<Pick<SeriesCaptureResult, 'removed' | 'notRemoved'>> {
  // Not cancelled any more: the archive is made, and what is left to do is short.
  const archives = [...(await series.archives())].sort((one, two) => one.madeMs - two.madeMs);
  const retained = retainedMoments(
    archives.map(({ madeMs }) => madeMs),
    policy,
  );
  const removed: string[] = [];
  const notRemoved: { path: string; reason: string }[] = [];
  for (const { path, madeMs } of archives) {
    if (retained.has(madeMs) || path === newPath) continue;
    try {
      await rm(path);
      await rm(`${path}${PARITY_SUFFIX}`, { force: true });
      removed.push(path);
    } catch (error) {
      notRemoved.push({ path, reason: systemErrorReason(error) });
    }
  }
  return { removed, notRemoved };
}
