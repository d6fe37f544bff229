import type { PtarErrorCode } from '../errors.ts';
import type { Exporter, ExportResult } from '../connectors/connector.ts';
import { openExporter, type ExporterOptions } from '../connectors/registry.ts';
import type { SnapshotReader } from '../format/index.ts';
import { selectPaths, walkPathBatches } from './selection.ts';

/** What to put where. */
export interface ExportEntriesOptions {
  /** As `selection.ts` reads them; none means everything, or everything of `namespace`. */
  readonly selections: readonly string[];
  readonly namespace?: string;
  /** Changes nothing; results say what would happen. Default: false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** How many items had which outcome. */
export type OutcomeCounts = Readonly<Record<ExportResult['outcome'], number>>;

/**
 * Writes selected entries through `exporter`, which the caller closes. The same seam serves extracting to a folder and
 * restoring to a cluster; what decides per item before that stands between selection and exporter. Results come many at a time.
 *
 * @throws NotFoundError; UsageError; ConnectorError where the target cannot be used at all; CancelledError
 */
export async function* exportEntries(
  snapshot: SnapshotReader,
  exporter: Exporter,
  options: ExportEntriesOptions,
): AsyncGenerator<readonly ExportResult[]> {
  const { selections, namespace, signal } = options;
  const scope = { ...(namespace !== undefined && { namespace }), ...(signal && { signal }) };
  const paths = await selectPaths(snapshot, selections, scope);
  const entries = walkPathBatches(snapshot, paths);
  yield* exporter.export(snapshot, entries, { dryRun: options.dryRun ?? false, ...(signal && { signal }) });
}

/** Opens the exporter of `target`, so that what is wrong with it shows before anything is selected. */
export function openTarget(target: string, options: ExporterOptions = {}): Promise<Exporter> {
  return openExporter(target, options);
}

/** Counts outcomes as results pass by. */
export class OutcomeCounter {
  readonly #codes = new Set<PtarErrorCode>();
  readonly #counts = { created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0 };

  add(result: ExportResult): void {
    this.#counts[result.outcome] += 1;
    if (result.code !== undefined) this.#codes.add(result.code);
  }

  get counts(): OutcomeCounts {
    return { ...this.#counts };
  }

  /** Codes of the errors by which items failed. */
  get codes(): ReadonlySet<PtarErrorCode> {
    return this.#codes;
  }

  /** True when an item was not put where it should be. */
  get isPartial(): boolean {
    return this.#counts.failed + this.#counts.skipped > 0;
  }
}
