import { isPtarError, UsageError } from '../errors.ts';
import {
  isDirectory,
  isRegular,
  isSymlink,
  type SnapshotEntry,
  type SnapshotReader,
} from '../format/index.ts';
import { maskManifest } from './masked-secret.ts';
import { ObjectCatalogue } from './object-catalogue.ts';

/** Longest manifest that is looked into for Secrets (bytes). A Secret holds at most 1 MiB of data. */
const MANIFEST_SIZE_MAX = 8 << 20;

/** Options of {@link readEntry}. */
export interface ReadEntryOptions {
  /** The bytes as they are stored, Secrets included. Default: false. */
  readonly showSecrets?: boolean;
}

/** The content of an entry, for people. */
export interface EntryContent {
  /** True: values of a Secret are hidden in `content`, which then is not what is stored. */
  readonly masked: boolean;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * The content of a file exactly as stored, unless it is a manifest with Secrets: their values are hidden.
 *
 * @throws UsageError for folders, links and the like, and where a Secret cannot be hidden because its manifest cannot be
 * parsed; IntegrityError; FormatError
 */
export async function readEntry(
  snapshot: SnapshotReader,
  entry: SnapshotEntry,
  options: ReadEntryOptions = {},
): Promise<EntryContent> {
  if (!isRegular(entry.info.mode)) throw notFile(entry);
  const isSecret = isSecretPath(snapshot, entry);
  const isManifest = isSecret || /\.(ya?ml|json)$/i.test(entry.path);
  if (options.showSecrets === true || !isManifest || (!isSecret && entry.info.size > MANIFEST_SIZE_MAX)) {
    return { masked: false, content: snapshot.content(entry) };
  }
  const bytes = await snapshot.bytes(entry, MANIFEST_SIZE_MAX);
  if (!isSecret && !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('Secret')) {
    return { masked: false, content: [bytes] };
  }
  const masked = tryMask(bytes);
  if (masked !== undefined) return { masked: true, content: [Buffer.from(masked)] };
  if (!isSecret) return { masked: false, content: [bytes] };
  throw new UsageError(
    `${entry.path} should hold a Secret but cannot be read as one, so nothing can be hidden; see --show-secrets`,
  );
}

/** Undefined where there is nothing to hide, or nothing that can be parsed. */
function tryMask(bytes: Uint8Array): string | undefined {
  try {
    return maskManifest(bytes);
  } catch (error) {
    if (isPtarError(error)) return undefined;
    throw error;
  }
}

function isSecretPath(snapshot: SnapshotReader, entry: SnapshotEntry): boolean {
  const object = new ObjectCatalogue(snapshot).objectAt(entry.path);
  return object?.kind === 'Secret' && object.group === '';
}

function notFile(entry: SnapshotEntry): UsageError {
  if (isDirectory(entry.info.mode)) return new UsageError(`${entry.path} is a folder; list it with ptar ls`);
  if (isSymlink(entry.info.mode)) {
    return new UsageError(
      `${entry.path} is a symbolic link to ${entry.symlinkTarget ?? ''}; name the file itself`,
    );
  }
  return new UsageError(`${entry.path} is a device, pipe or socket and has no content`);
}
