import { realpath } from 'node:fs/promises';
import { confirmArchiveIdentity, readArchiveIdentity } from '../connectors/stores/archive-identity.ts';
import { lockArchive } from '../connectors/stores/archive-lock.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { KeyError, NotFoundError, throwIfCancelled } from '../errors.ts';
import { continueArchive, type ArchiveReader, type ArchiveWriter } from '../format/index.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { openArchiveFile, type PassphraseProvider } from './open-archive.ts';

/** Options of {@link rewriteArchive}. */
export interface RewriteOptions {
  readonly passphrase?: PassphraseProvider;
  /** Refuses an archive that is not encrypted: somebody may have put it in the place of one that is. Default: false. */
  readonly expectsEncryption?: boolean;
  readonly signal?: AbortSignal;
}

/** An archive that is being written anew. */
export interface ArchiveRewrite {
  /** As it was. */
  readonly archive: ArchiveReader;
  /** The archive and what stands beside it meanwhile: a capture of the same folder leaves them out. */
  readonly paths: readonly string[];
  /** Copies what the archive holds, once; further snapshots go to the writer, which is closed at the end. */
  begin(): Promise<ArchiveWriter>;
}

/** What a rewrite made. */
export interface RewriteResult<Result> {
  readonly result: Result;
  /** Bytes of the archive. */
  readonly size: number;
  readonly encrypted: boolean;
}

/**
 * Adds to an archive that is there already, under its key and configuration. It is written anew beside itself – what it holds goes along
 * as it is stored – and replaced at the very end, unless somebody else has replaced it meanwhile. Until then, and when anything goes
 * wrong, it stays as it was.
 *
 * @throws NotFoundError NOT_FOUND_ARCHIVE; KeyError; IntegrityError, FormatError where the archive is damaged; ConnectorError
 * CONNECTOR_CONFLICT where somebody else writes it or has written it, and others; CancelledError; whatever `add` throws
 */
export async function rewriteArchive<Result>(
  archivePath: string,
  options: RewriteOptions,
  add: (rewrite: ArchiveRewrite) => Promise<Result>,
): Promise<RewriteResult<Result>> {
  const path = await existingPath(archivePath);
  const lock = await lockArchive(path);
  try {
    const identity = await readArchiveIdentity(path);
    const archive = await openArchiveFile(path, options);
    try {
      if (options.expectsEncryption === true && !archive.encrypted) throw notEncrypted(archivePath);
      const confirm = (): Promise<void> => confirmArchiveIdentity(path, identity);
      const sink = await createFileSink(path, { overwrite: true, keepAttributes: true, confirm });
      try {
        let writer: Promise<ArchiveWriter> | undefined;
        const begin = (): Promise<ArchiveWriter> =>
          (writer ??= continueArchive(archive, sink, {
            primitives: nodePrimitives,
            ...(options.signal && { signal: options.signal }),
          }));
        const result = await add({ archive, paths: [path, sink.temporaryPath, lock.path], begin });
        throwIfCancelled(options.signal);
        const finished = await begin();
        // Windows replaces no file that is open.
        await archive.close();
        const { size } = await finished.close();
        return { result, size, encrypted: archive.encrypted };
      } catch (error) {
        await sink.abort();
        throw error;
      }
    } finally {
      await archive.close();
    }
  } finally {
    await lock.release();
  }
}

function notEncrypted(path: string): KeyError {
  return new KeyError(
    'KEY_UNUSED',
    `${path} is not encrypted, but a passphrase was given: if it is the archive that you mean, give none`,
  );
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
