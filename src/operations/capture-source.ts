import { hostname } from 'node:os';
import type { Importer } from '../connectors/connector.ts';
import { openImporter, type ImporterOptions } from '../connectors/registry.ts';
import { throwIfCancelled, UsageError } from '../errors.ts';
import type { ArchiveWriter, Signer, SourceRecord } from '../format/index.ts';
import { CLIENT } from './client.ts';
import { ContentReuse, type PreviousSnapshot } from './incremental.ts';

/** Failed items that a result lists one by one; the others are counted, and all are recorded in the archive. */
export const FAILURES_LISTED_MAX = 100;

/** Key in a snapshot's context: snapshots with the same value were captured together. */
export const CAPTURE_ID_KEY = 'CaptureID';

/** Progress of a capture: with every item, and with every piece of its content. */
export interface CaptureProgress {
  /** The source as it was given. */
  readonly source: string;
  /** What is being read: a kind, a file. */
  readonly what: string;
  /** Items of this source so far. */
  readonly done: number;
  /** Bytes of content that were read so far. */
  readonly size: number;
}

/** How to capture one source. */
export interface SourceCaptureOptions {
  /** Name and tags of the snapshot. */
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Common to all snapshots of one capture, whatever their sources. Default: none. */
  readonly captureId?: string;
  /** Signs the snapshot. */
  readonly signer?: Signer;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CaptureProgress) => void;
  /** A snapshot of the same source in the archive being written: files that are as they were then are not read. */
  readonly previous?: PreviousSnapshot;
}

/** Sources that are open, each with its URI as it was given. */
export type OpenSources = readonly { readonly source: string; readonly importer: Importer }[];

/**
 * Opens `sources` for `use`, at least one, and closes them afterwards.
 * @throws UsageError; NotFoundError NOT_FOUND_SOURCE; ConnectorError; whatever `use` throws
 */
export async function withSources<Result>(
  sources: readonly string[],
  options: ImporterOptions,
  use: (opened: OpenSources) => Promise<Result>,
): Promise<Result> {
  if (sources.length === 0) throw new UsageError('nothing to capture; name at least one source');
  const fromStdin = sources.filter((source) => source.endsWith(':-'));
  if (fromStdin.length > 1) {
    throw new UsageError(`${fromStdin.join(' and ')} both read standard input; name a file for one of them`);
  }
  const opened: { source: string; importer: Importer }[] = [];
  try {
    for (const source of sources) opened.push({ source, importer: await openImporter(source, options) });
    return await use(opened);
  } finally {
    for (const { importer } of opened) await importer.close();
  }
}

/** One item that could not be captured. */
export interface CaptureFailure {
  readonly path: string;
  readonly reason: string;
}

/** What became of one source. */
export interface CapturedSource {
  readonly source: string;
  /** Plakar's importer type: `k8s`, `fs`, … */
  readonly type: string;
  readonly origin: string;
  /** 64 hex digits. */
  readonly snapshotId: string;
  /** Entries, folders included. */
  readonly entries: number;
  /** Bytes of content. */
  readonly size: number;
  /** Files that were not read, because nothing says that they have changed. */
  readonly reused: number;
  readonly failed: number;
  /** The first {@link FAILURES_LISTED_MAX} of them. */
  readonly failures: readonly CaptureFailure[];
}

/**
 * Captures what `importer` yields as a snapshot of `writer`. An item that fails is recorded and counted.
 *
 * @param source its URI as it was given
 * @throws ConnectorError where nothing can be read, or of the archive's sink; CancelledError
 */
export async function captureSource(
  writer: ArchiveWriter,
  importer: Importer,
  source: string,
  options: SourceCaptureOptions,
): Promise<CapturedSource> {
  const { type, origin, root } = importer;
  const { signal, onProgress } = options;
  const snapshot = writer.beginSnapshot({
    importer: { type, origin, directory: root },
    name: options.name ?? '',
    tags: options.tags ?? [],
    context: captureContext(options.captureId),
    ...(options.signer && { signer: options.signer }),
  });
  const failures: CaptureFailure[] = [];
  const progress = { source, what: '', done: 0, size: 0 };
  const { previous } = options;
  const records = importer.records({
    ...(signal && { signal }),
    readsAll: previous === undefined,
    onProgress: ({ what, done }) => {
      progress.what = what;
      progress.done = done;
      onProgress?.(progress);
    },
  });
  const onBytes = (length: number): void => {
    progress.size += length;
    onProgress?.(progress);
  };
  const reuse = previous === undefined ? undefined : new ContentReuse(previous);
  for await (const original of records) {
    throwIfCancelled(signal);
    const record = reuse === undefined ? original : await reuse.revise(original);
    const added = snapshot.add(withCountedContent(record, onBytes));
    // Waiting for each of many small files would cost more than some of them.
    const reason = added instanceof Promise ? await added : added;
    if (reason !== undefined && failures.length < FAILURES_LISTED_MAX) {
      failures.push({ path: record.path, reason });
    }
  }
  snapshot.setSourceContext(importer.context());
  const { id, entries, errors, size } = await snapshot.finish();
  const reused = reuse?.count ?? 0;
  return { source, type, origin, snapshotId: id, entries, size, reused, failed: errors, failures };
}

function withCountedContent(record: SourceRecord, onBytes: (length: number) => void): SourceRecord {
  if ('error' in record || record.content === undefined) return record;
  const { content } = record;
  return { ...record, content: () => countContent(content(), onBytes) };
}

type Content = ReturnType<NonNullable<Exclude<SourceRecord, { readonly error: string }>['content']>>;

/** What is there already stays as it is: the writer takes it without waiting. */
function countContent(content: Content, onBytes: (length: number) => void): Content {
  if (!Array.isArray(content)) return countBytes(content, onBytes);
  const blocks = content as readonly Uint8Array[];
  for (const { length } of blocks) onBytes(length);
  return blocks;
}

async function* countBytes(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onBytes: (length: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of content) {
    onBytes(bytes.length);
    yield bytes;
  }
}

/** Facts under Plakar's names, but for those that say more of a person than of the capture: user, command line, machine id. */
function captureContext(
  captureId: string | undefined,
): readonly { readonly key: string; readonly value: string }[] {
  return [
    { key: 'Hostname', value: hostname() },
    { key: 'OperatingSystem', value: process.platform === 'win32' ? 'windows' : process.platform },
    { key: 'Architecture', value: process.arch === 'x64' ? 'amd64' : process.arch },
    { key: 'Client', value: CLIENT },
    ...(captureId === undefined ? [] : [{ key: CAPTURE_ID_KEY, value: captureId }]),
  ];
}
