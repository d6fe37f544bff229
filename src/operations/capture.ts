import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Importer } from '../connectors/connector.ts';
import { openImporter, type ImporterOptions } from '../connectors/registry.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { throwIfCancelled, UsageError } from '../errors.ts';
import { createArchive, type ArchiveWriter, type CreateOptions } from '../format/archive-writer.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { CLIENT } from './client.ts';

/** Failed items that a result lists one by one; the others are counted, and all are recorded in the archive. */
export const FAILURES_LISTED_MAX = 100;

/** Progress of a capture, once for every item. */
export interface CaptureProgress {
  /** The source as it was given. */
  readonly source: string;
  /** What is being read: a kind, a file. */
  readonly what: string;
  /** Items of this source so far. */
  readonly done: number;
}

/** What to capture, and where to. */
export interface CaptureOptions {
  /** URIs as `registry.ts` knows them, at least one; each becomes a snapshot, in this order. */
  readonly sources: readonly string[];
  /** File of the new archive. */
  readonly archivePath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
  /** Asked once sources and target are known to be usable, before anything is written. */
  readonly encryption: () => Promise<CreateOptions['encryption']>;
  readonly hashing?: CreateOptions['hashing'];
  readonly compression?: CreateOptions['compression'];
  /** Name and tags of every snapshot. */
  readonly name?: string;
  readonly tags?: readonly string[];
  /** What an importer may need: kubeconfig, namespaces, kinds. */
  readonly importer?: ImporterOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CaptureProgress) => void;
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
  readonly failed: number;
  /** The first {@link FAILURES_LISTED_MAX} of them. */
  readonly failures: readonly CaptureFailure[];
}

/** What a capture made. */
export interface CaptureResult {
  readonly archivePath: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly encrypted: boolean;
  readonly sources: readonly CapturedSource[];
}

/**
 * Captures sources into a new archive, a snapshot each. Items that fail are recorded and reported; anything else that goes wrong
 * leaves no new file behind and an archive that was there as it was.
 *
 * @throws UsageError; NotFoundError NOT_FOUND_SOURCE; ConnectorError; KeyError; CancelledError
 */
export async function captureSources(options: CaptureOptions): Promise<CaptureResult> {
  if (options.sources.length === 0) throw new UsageError('nothing to capture; name at least one source');
  const sink = await createFileSink(options.archivePath, { overwrite: options.overwrite ?? false });
  const importers: Importer[] = [];
  try {
    const excludePaths = [resolve(options.archivePath), sink.temporaryPath];
    for (const source of options.sources) {
      importers.push(await openImporter(source, { ...options.importer, excludePaths }));
    }
    const encryption = await options.encryption();
    throwIfCancelled(options.signal);
    const writer = await createArchive(sink, {
      primitives: nodePrimitives,
      encryption,
      ...(options.hashing && { hashing: options.hashing }),
      ...(options.compression && { compression: options.compression }),
    });
    const sources: CapturedSource[] = [];
    for (const [index, importer] of importers.entries()) {
      sources.push(await captureSource(writer, importer, options.sources[index] ?? '', options));
    }
    throwIfCancelled(options.signal);
    const { size } = await writer.close();
    return { archivePath: options.archivePath, size, encrypted: encryption !== 'plaintext', sources };
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    for (const importer of importers) await importer.close();
  }
}

async function captureSource(
  writer: ArchiveWriter,
  importer: Importer,
  source: string,
  options: CaptureOptions,
): Promise<CapturedSource> {
  const { type, origin, root } = importer;
  const { signal, onProgress } = options;
  const snapshot = writer.beginSnapshot({
    importer: { type, origin, directory: root },
    name: options.name ?? '',
    tags: options.tags ?? [],
    context: captureContext(),
  });
  const failures: CaptureFailure[] = [];
  const records = importer.records({
    ...(signal && { signal }),
    ...(onProgress && { onProgress: ({ what, done }) => onProgress({ source, what, done }) }),
  });
  for await (const record of records) {
    throwIfCancelled(signal);
    const reason = await snapshot.add(record);
    if (reason !== undefined && failures.length < FAILURES_LISTED_MAX) {
      failures.push({ path: record.path, reason });
    }
  }
  snapshot.setSourceContext(importer.context());
  const { id, entries, errors, size } = await snapshot.finish();
  return { source, type, origin, snapshotId: id, entries, size, failed: errors, failures };
}

/** Facts under Plakar's names, but for those that say more of a person than of the capture: user, command line, machine id. */
function captureContext(): readonly { readonly key: string; readonly value: string }[] {
  return [
    { key: 'Hostname', value: hostname() },
    { key: 'OperatingSystem', value: process.platform === 'win32' ? 'windows' : process.platform },
    { key: 'Architecture', value: process.arch === 'x64' ? 'amd64' : process.arch },
    { key: 'Client', value: CLIENT },
  ];
}
