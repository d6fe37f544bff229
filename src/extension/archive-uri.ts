/**
 * The addresses of what archives hold, as the editor sees them: `ptar://ARCHIVE/SNAPSHOT/PATH`. ARCHIVE is a name of 16 hex digits for
 * where the archive lies, because authorities are compared without case; SNAPSHOT is an id or the beginning of one.
 */
import { createHash } from 'node:crypto';
import { cleanPath } from '../format/path.ts';

/** Scheme of everything inside archives. */
export const ARCHIVE_SCHEME = 'ptar';
/** Scheme of objects without what clusters add, for comparing; the rest of the address is the same. */
export const CLEANED_SCHEME = 'ptar-cleaned';

const KEY_LENGTH = 16;
/** Digits of a snapshot's id in an address; enough for thousands of snapshots, short enough for people. */
const SNAPSHOT_DIGITS = 12;

/** What an address leads to. */
export interface ArchiveAddress {
  /** Of {@link archiveKeyOf}. */
  readonly archiveKey: string;
  /** At least the beginning of a snapshot's id; empty for the archive itself. */
  readonly snapshotId: string;
  /** Absolute and clean; `/` for the whole snapshot. */
  readonly path: string;
}

/** Parts of a URI as editors have them; `path` is decoded. */
export interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/** The name of the archive at `location`, a path or URL, in addresses. */
export function archiveKeyOf(location: string): string {
  return createHash('sha256').update(location).digest('hex').slice(0, KEY_LENGTH);
}

/** The address as a URI. */
export function uriPartsOf(address: ArchiveAddress, scheme = ARCHIVE_SCHEME): UriParts {
  const { archiveKey, snapshotId, path } = address;
  const head = snapshotId === '' ? '' : `/${snapshotId.slice(0, SNAPSHOT_DIGITS)}`;
  return { scheme, authority: archiveKey, path: path === '/' ? head || '/' : `${head}${path}` };
}

/** Equal for addresses of the same thing, however many digits of the snapshot's id they have. */
export function addressKey(address: ArchiveAddress): string {
  const { authority, path } = uriPartsOf(address);
  return `${authority}${path}`;
}

/** Inverse of {@link uriPartsOf}; undefined for what is no address of ours. */
export function addressOf({ scheme, authority, path }: UriParts): ArchiveAddress | undefined {
  if (scheme !== ARCHIVE_SCHEME && scheme !== CLEANED_SCHEME) return undefined;
  if (!/^[0-9a-f]{16}$/.test(authority)) return undefined;
  const [, snapshotId = '', ...rest] = path.split('/');
  if (!/^[0-9a-f]{0,64}$/.test(snapshotId)) return undefined;
  return { archiveKey: authority, snapshotId, path: cleanPath(rest.join('/')) };
}
