import { createFileSink } from '../connectors/stores/file-store.ts';
import { throwIfCancelled, UsageError } from '../errors.ts';
import { continueArchive, copyBlobs, obstacleToSharing, type ArchiveReader } from '../format/index.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** What to join, and into what. */
export interface JoinOptions {
  /** At least two, open, of one RepositoryID and key. */
  readonly archives: readonly ArchiveReader[];
  /** File of the new archive. */
  readonly targetPath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** Bytes read of the archive at `index`. */
  readonly onProgress?: (index: number, done: number, total: number) => void;
}

/** What joining made. */
export interface JoinResult {
  readonly archivePath: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly blobs: number;
  readonly snapshots: number;
}

/**
 * Makes one archive of several that were continued from one: all their snapshots under the same key, every blob once, copied as it is
 * stored. Signatures stay valid.
 *
 * @throws UsageError where the archives have no key or configuration in common; IntegrityError, FormatError where one is damaged;
 * ConnectorError; CancelledError
 */
export async function joinArchives(options: JoinOptions): Promise<JoinResult> {
  const { archives, targetPath, signal, onProgress } = options;
  const [first, ...others] = archives;
  if (first === undefined || others.length === 0) {
    throw new UsageError('nothing to join; name at least two archives');
  }
  for (const other of others) {
    const obstacle = obstacleToSharing(other, first);
    if (obstacle === undefined) continue;
    throw new UsageError(`${first.name} and ${other.name} cannot be joined: ${obstacle}; use ptar copy`);
  }
  const copyOptions = (
    index: number,
  ): { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } => ({
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (done, total) => onProgress(index, done, total) }),
  });
  const sink = await createFileSink(targetPath, { overwrite: options.overwrite ?? false });
  try {
    const writer = await continueArchive(first, sink, { primitives: nodePrimitives, ...copyOptions(0) });
    for (const [index, other] of others.entries()) await copyBlobs(other, writer, copyOptions(index + 1));
    throwIfCancelled(signal);
    const { size, blobs } = await writer.close();
    const ids = archives.flatMap((archive) =>
      archive.snapshotIds().map((id) => Buffer.from(id).toString('hex')),
    );
    return { archivePath: targetPath, size, blobs, snapshots: new Set(ids).size };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
