/**
 * The contract of every connector. An importer turns an outside system into records; an exporter puts entries of a snapshot
 * back. Neither knows archives, the CLI or the extension.
 */
import type { PtarErrorCode } from '../errors.ts';
import type { SourceRecord } from '../format/source-record.ts';
import type { SnapshotReader, SnapshotEntry } from '../format/snapshot-reader.ts';

/** Facts about the source that the snapshot's header keeps as ordered key–value pairs. */
export type SourceContext = readonly (readonly [key: string, value: string])[];

/** Progress of an import in items; `total` where it is known. */
export interface ImportProgress {
  /** What is being read, for a person: a kind, a folder. */
  readonly what: string;
  readonly done: number;
  readonly total?: number;
}

/** Options common to all importers. */
export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Every content will be asked for, before the next record: it may be read together with what it belongs to. Default: false. */
  readonly readsAll?: boolean;
}

/** Reads one source, once. */
export interface Importer {
  /** Plakar's importer type: `k8s`, `fs`, … Kept in the header; tells which layer a snapshot holds. */
  readonly type: string;
  /** Where from, for people: host name, cluster server. No credentials. */
  readonly origin: string;
  /** Path inside the archive below which the records lie. */
  readonly root: string;
  /**
   * Yields records in any order; a failed item is a record with `error`, never a throw.
   * @throws ConnectorError when nothing at all can be read; CancelledError
   */
  records(options: ImportOptions): AsyncIterable<SourceRecord>;
  /** What became known while reading (resourceVersion, server version, …). Complete after `records` has ended. */
  context(): SourceContext;
  close(): Promise<void>;
}

/** What happened to one exported item. `failed` and `skipped` say why in `reason`. */
export interface ExportResult {
  /** Path in the snapshot. */
  readonly path: string;
  /** How a person names it: `deployment.apps/web`, or the target path. */
  readonly name: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed';
  readonly reason?: string;
  /** Of the error by which it failed, where it was one of ptar's: a damaged archive is not the target's fault. */
  readonly code?: PtarErrorCode;
}

/** Options common to all exporters. */
export interface ExportOptions {
  readonly signal?: AbortSignal;
  /** Changes nothing; says what would happen. */
  readonly dryRun: boolean;
}

/** Writes entries of a snapshot to one target. */
export interface Exporter {
  /** For people: folder, cluster and context. No credentials. */
  readonly target: string;
  /**
   * Exports `entries` (directories included) in an order of the exporter's choice. A failed item is a result; the export goes on.
   * @param entries as `SnapshotReader.walkBatches` gives them, many at a time
   * @returns results, many at a time
   * @throws ConnectorError when the target cannot be used at all; CancelledError
   */
  export(
    snapshot: SnapshotReader,
    entries: AsyncIterable<readonly SnapshotEntry[]>,
    options: ExportOptions,
  ): AsyncIterable<readonly ExportResult[]>;
  close(): Promise<void>;
}
