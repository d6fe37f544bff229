import { openByteSource } from '../connectors/stores/byte-source.ts';
import { openArchive, type ArchiveReader } from '../format/index.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** Where a passphrase comes from: asked at most once, only when it is needed; undefined where there is none. */
export type PassphraseProvider = () => Promise<Uint8Array | undefined>;

/** Options of {@link openArchiveFile}. */
export interface OpenArchiveFileOptions {
  readonly passphrase?: PassphraseProvider;
  /** The archive key, where it is known from an earlier opening: then nothing is derived. */
  readonly key?: Uint8Array;
  readonly signal?: AbortSignal;
  /** See `OpenOptions.willRead`. */
  readonly willRead?: 'entries' | 'everything';
}

/**
 * Opens the archive at `path`, which may be an http or https URL, for reading. The caller closes it.
 *
 * @throws NotFoundError NOT_FOUND_ARCHIVE; FormatError; IntegrityError; KeyError; ConnectorError; CancelledError
 */
export async function openArchiveFile(
  path: string,
  options: OpenArchiveFileOptions = {},
): Promise<ArchiveReader> {
  const source = await openByteSource(path, options);
  return openArchive(source, { primitives: nodePrimitives, ...options });
}
