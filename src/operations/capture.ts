import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { ImporterOptions } from '../connectors/registry.ts';
import { lockArchive, type ArchiveLock } from '../connectors/stores/archive-lock.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import {
  captureSource,
  withSources,
  type CapturedSource,
  type SourceCaptureOptions,
} from './capture-source.ts';
import { writeArchive, type WriteOptions } from './written-archive.ts';

/** What to capture, and where to. */
export interface CaptureOptions extends Omit<SourceCaptureOptions, 'previous'>, Omit<WriteOptions, 'signal'> {
  /** URIs as `registry.ts` knows them, at least one; each becomes a snapshot, in this order. */
  readonly sources: readonly string[];
  /** File of the new archive. */
  readonly archivePath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
  /** A lock that is held already and stays held; otherwise the archive is locked meanwhile. */
  readonly lock?: ArchiveLock;
  /** What an importer may need: kubeconfig, namespaces, kinds. */
  readonly importer?: ImporterOptions;
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
 * leaves no new file behind and an archive that was there as it was. Nobody else captures into the same file meanwhile.
 *
 * @throws UsageError; NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_CONFLICT where somebody else does, and others; KeyError; CancelledError
 */
export async function captureSources(options: CaptureOptions): Promise<CaptureResult> {
  const { archivePath } = options;
  const sink = await createFileSink(archivePath, { overwrite: options.overwrite ?? false });
  let ownLock: ArchiveLock | undefined;
  try {
    const lock = options.lock ?? (ownLock = await lockArchive(archivePath));
    const excludePaths = [
      ...(options.importer?.excludePaths ?? []),
      resolve(archivePath),
      sink.temporaryPath,
      lock.path,
    ];
    return await withSources(options.sources, { ...options.importer, excludePaths }, async (opened) => {
      const { result, ...facts } = await writeArchive(sink, options, async (writer) => {
        const sources: CapturedSource[] = [];
        const together = { ...options, captureId: randomUUID() };
        for (const { importer, source } of opened) {
          sources.push(await captureSource(writer, importer, source, together));
        }
        return sources;
      });
      return { archivePath, ...facts, sources: result };
    });
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    await ownLock?.release();
  }
}
