/** What an answer says about the file behind a URL: its size, its version, the part that is being sent. RFC 9110 §8.8, §14.4. */

/** One header of an answer; undefined where it is absent. */
export type HeaderLookup = (name: string) => string | undefined;

/** Which bytes an answer holds. `end` is exclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Reads `Content-Range: bytes 0-99/1234`; undefined where it is something else, or the size is not told. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [start, last, size] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isSound = start <= last && last < size && Number.isSafeInteger(size);
  return isSound ? { start, end: last + 1, size } : undefined;
}

/** The size in `Content-Range` of an empty or shorter file (`bytes` `*` `/0`), which a 416 carries. */
export function parseUnsatisfiedRange(header: string | undefined): number | undefined {
  const match = /^bytes \*\/(\d{1,16})$/i.exec(header?.trim() ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** What tells one version of a file from another. */
export interface FileVersion {
  readonly size: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** The version that an answer with these headers is of. */
export function versionOf(header: HeaderLookup, size: number): FileVersion {
  return { size, etag: header('etag'), lastModified: header('last-modified') };
}

/** False where the size or what tells the versions apart differs: the ETag, also a weak one, else the modification time. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  if (a.size !== b.size) return false;
  if (a.etag !== undefined && b.etag !== undefined) return a.etag === b.etag;
  return a.lastModified === undefined || b.lastModified === undefined || a.lastModified === b.lastModified;
}

/** The value of `If-Range`, for which only a strong ETag serves (RFC 9110 §13.1.5). */
export function ifRange({ etag }: FileVersion): string | undefined {
  return etag?.startsWith('"') === true ? etag : undefined;
}
