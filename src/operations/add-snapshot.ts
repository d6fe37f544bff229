import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { ImporterOptions } from '../connectors/registry.ts';
import { confirmArchiveIdentity, readArchiveIdentity } from '../connectors/stores/archive-identity.ts';
import { lockArchive } from '../connectors/stores/archive-lock.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { NotFoundError, throwIfCancelled } from '../errors.ts';
import { continueArchive, type ArchiveReader } from '../format/index.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import {
  captureSource,
  withSources,
  type CapturedSource,
  type SourceCaptureOptions,
} from './capture-source.ts';
import type { CaptureResult } from './capture.ts';
import { previousSnapshot } from './incremental.ts';
import { openArchiveFile, type PassphraseProvider } from './open-archive.ts';

/** What to add, and to which archive. */
export interface AddOptions extends Omit<SourceCaptureOptions, 'previous'> {
  /** URIs as `registry.ts` knows them, at least one; each becomes a snapshot, in this order. */
  readonly sources: readonly string[];
  /** File of an archive that is there. */
  readonly archivePath: string;
  readonly passphrase?: PassphraseProvider;
  /** Reads all files, also those that seem unchanged since the last snapshot of the same source. Default: false. */
  readonly full?: boolean;
  /** What an importer may need: kubeconfig, namespaces, kinds. */
  readonly importer?: ImporterOptions;
}

/**
 * Captures sources into an archive that is there already, under its key and configuration. The archive is written anew beside itself
 * – what it holds goes along as it is stored – and replaced at the very end, unless somebody else has replaced it meanwhile. Until
 * then, and when anything goes wrong, it stays as it was.
 *
 * @throws NotFoundError NOT_FOUND_ARCHIVE, NOT_FOUND_SOURCE; KeyError; IntegrityError, FormatError where the archive is damaged;
 * ConnectorError CONNECTOR_CONFLICT where somebody else writes it or has written it, and others; UsageError; CancelledError
 */
export async function addSnapshots(options: AddOptions): Promise<CaptureResult> {
  const path = await existingPath(options.archivePath);
  const lock = await lockArchive(path);
  try {
    const identity = await readArchiveIdentity(path);
    const { passphrase, signal } = options;
    const archive = await openArchiveFile(path, {
      ...(passphrase && { passphrase }),
      ...(signal && { signal }),
    });
    try {
      return await rewrite(archive, path, { identity, lockPath: lock.path }, options);
    } finally {
      await archive.close();
    }
  } finally {
    await lock.release();
  }
}

/** The file itself where `path` is a symbolic link: that is what is locked and replaced. */
async function existingPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new NotFoundError('NOT_FOUND_ARCHIVE', `no archive at ${path}; make one with ptar create`, {
      cause,
    });
  }
}

async function rewrite(
  archive: ArchiveReader,
  path: string,
  { identity, lockPath }: { readonly identity: string; readonly lockPath: string },
  options: AddOptions,
): Promise<CaptureResult> {
  const { signal } = options;
  const confirm = (): Promise<void> => confirmArchiveIdentity(path, identity);
  const sink = await createFileSink(path, { overwrite: true, keepAttributes: true, confirm });
  const excludePaths = [...(options.importer?.excludePaths ?? []), path, sink.temporaryPath, lockPath];
  try {
    return await withSources(options.sources, { ...options.importer, excludePaths }, async (opened) => {
      const writer = await continueArchive(archive, sink, {
        primitives: nodePrimitives,
        ...(signal && { signal }),
      });
      const sources: CapturedSource[] = [];
      const together = { ...options, captureId: randomUUID() };
      for (const { importer, source } of opened) {
        const previous = options.full === true ? undefined : await previousSnapshot(archive, importer);
        sources.push(
          await captureSource(writer, importer, source, { ...together, ...(previous && { previous }) }),
        );
      }
      throwIfCancelled(signal);
      // Windows replaces no file that is open.
      await archive.close();
      const { size } = await writer.close();
      return { archivePath: options.archivePath, size, encrypted: archive.encrypted, sources };
    });
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
