import { openByteSource } from '../connectors/stores/byte-source.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { UsageError } from '../errors.ts';
import { salvageArchive } from '../format/salvage.ts';
import type { SalvageReport } from '../format/salvage-report.ts';
import type { ByteSource } from '../format/ports.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { subkeyFinder } from '../platform/node/subkey-scan.ts';
import type { PassphraseProvider } from './open-archive.ts';

/** Options of {@link salvageArchiveFile}. */
export interface SalvageFileOptions {
  readonly passphrase?: PassphraseProvider;
  /** The archive key, where it is known already. */
  readonly key?: Uint8Array;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** In bytes of the damaged file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Saves what can be saved of the archive at `path` (a path or URL) into a new archive at `output`, which has the same passphrase.
 * @throws IntegrityError INTEGRITY_MISSING where nothing can be saved; NotFoundError; KeyError; UsageError; ConnectorError; CancelledError
 */
export async function salvageArchiveFile(
  path: string,
  output: string,
  options: SalvageFileOptions = {},
): Promise<SalvageReport> {
  if (output === path) {
    throw new UsageError('the damaged archive is kept; name another file for what is saved');
  }
  const { overwrite = false, ...rest } = options;
  const sink = await createFileSink(output, { overwrite });
  let source: ByteSource;
  try {
    source = await openByteSource(path, rest);
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return salvageArchive(source, sink, { ...rest, primitives: nodePrimitives, subkeyFinder });
}
