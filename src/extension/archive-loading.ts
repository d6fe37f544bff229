/** Opens archives; loaded when the first one is, because it brings the format with it. */
import { openArchiveFile, type OpenArchiveFileOptions } from '../operations/open-archive.ts';
import { OpenArchive } from './open-archive.ts';

/**
 * Opens the archive at `location`, a path or URL.
 * @throws NotFoundError NOT_FOUND_ARCHIVE; FormatError; IntegrityError; KeyError; ConnectorError; CancelledError
 */
export async function loadArchive(location: string, options: OpenArchiveFileOptions): Promise<OpenArchive> {
  return OpenArchive.of(location, await openArchiveFile(location, options));
}
