import { randomUUID } from 'node:crypto';
import type { ImporterOptions } from '../connectors/registry.ts';
import { rewriteArchive } from './archive-rewrite.ts';
import {
  captureSource,
  withSources,
  type CapturedSource,
  type SourceCaptureOptions,
} from './capture-source.ts';
import type { CaptureResult } from './capture.ts';
import { previousSnapshot } from './incremental.ts';
import type { PassphraseProvider } from './open-archive.ts';

/** What to add, and to which archive. */
export interface AddOptions extends Omit<SourceCaptureOptions, 'previous'> {
  /** URIs as `registry.ts` knows them, at least one; each becomes a snapshot, in this order. */
  readonly sources: readonly string[];
  /** File of an archive that is there. */
  readonly archivePath: string;
  readonly passphrase?: PassphraseProvider;
  /** Refuses an archive that is not encrypted. Default: false. */
  readonly expectsEncryption?: boolean;
  /** Reads all files, also those that seem unchanged since the last snapshot of the same source. Default: false. */
  readonly full?: boolean;
  /** What an importer may need: kubeconfig, namespaces, kinds. */
  readonly importer?: ImporterOptions;
}

/**
 * Captures sources into an archive that is there already, under its key and configuration; see {@link rewriteArchive}.
 *
 * @throws NotFoundError NOT_FOUND_ARCHIVE, NOT_FOUND_SOURCE; KeyError; IntegrityError, FormatError where the archive is damaged;
 * ConnectorError CONNECTOR_CONFLICT where somebody else writes it or has written it, and others; UsageError; CancelledError
 */
export async function addSnapshots(options: AddOptions): Promise<CaptureResult> {
  const { archivePath, passphrase, expectsEncryption = false, signal } = options;
  const opening = { expectsEncryption, ...(passphrase && { passphrase }), ...(signal && { signal }) };
  const { result, ...facts } = await rewriteArchive(archivePath, opening, (rewrite) => {
    const excludePaths = [...(options.importer?.excludePaths ?? []), ...rewrite.paths];
    return withSources(options.sources, { ...options.importer, excludePaths }, async (opened) => {
      const writer = await rewrite.begin();
      const sources: CapturedSource[] = [];
      const together = { ...options, captureId: randomUUID() };
      for (const { importer, source } of opened) {
        const previous =
          options.full === true ? undefined : await previousSnapshot(rewrite.archive, importer);
        sources.push(
          await captureSource(writer, importer, source, { ...together, ...(previous && { previous }) }),
        );
      }
      return sources;
    });
  });
  return { archivePath, ...facts, sources: result };
}
