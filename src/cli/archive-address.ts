/**
 * `ARCHIVE:PATH`: an archive and what is in it, in one argument. The archive ends at the first `.ptar:`, or else at the first colon
 * that is none of a Windows drive (`C:\prod.ptar`) or of a URL's beginning (`https://host:8443/prod.ptar`).
 */

import { lstat } from 'node:fs/promises';

/** What one argument names. */
export interface ArchiveAddress {
  /** Path or URL. */
  readonly archive: string;
  /** What is selected in it, as typed; undefined where nothing is named. */
  readonly path: string | undefined;
}

const BEGINNING = /^(?:[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]+:\/\/[^/]*)/;

/** Takes `address` apart. Whoever has files with colons in their names asks first whether there is one of this whole name. */
export function parseArchiveAddress(address: string): ArchiveAddress {
  const beginning = BEGINNING.exec(address)?.[0].length ?? 0;
  const extension = /\.ptar:/i.exec(address.slice(beginning));
  const colon =
    extension === null ? address.indexOf(':', beginning) : beginning + extension.index + '.ptar'.length;
  if (colon < 0) return { archive: address, path: undefined };
  const path = address.slice(colon + 1);
  return { archive: address.slice(0, colon), path: path === '' ? undefined : path };
}

/**
 * The archive of a command line, and all that is selected in it: the path in `address`, then `what`. Where there is a file of the whole
 * name `address`, that is the archive.
 */
export async function resolveArchiveAddress(
  address: string,
  what: readonly string[],
): Promise<{ readonly archive: string; readonly selections: readonly string[] }> {
  const isFile = await lstat(address).then(
    () => true,
    () => false,
  );
  const { archive, path } = isFile ? { archive: address, path: undefined } : parseArchiveAddress(address);
  return { archive, selections: path === undefined ? what : [path, ...what] };
}
