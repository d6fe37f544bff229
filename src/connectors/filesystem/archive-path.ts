/**
 * Between paths of the operating system and paths inside an archive, which are absolute, `/`-separated UTF-8.
 */

/**
 * Path inside the archive of an absolute path of `platform`: the same on POSIX systems; on Windows `C:\data\x` becomes
 * `/C:/data/x` and `\\server\share\x` becomes `/server/share/x`, as Plakar has it.
 */
export function archivePathOf(systemPath: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return withoutTrailingSlash(systemPath);
  const slashes = systemPath.replaceAll('\\', '/').replace(/^\/\/[?.]\//, '');
  return withoutTrailingSlash(`/${slashes.replace(/^\/+/, '')}`);
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** `child` below `parent`, both inside the archive. */
export function joinArchivePath(parent: string, child: string): string {
  return parent === '/' ? `/${child}` : `${parent}/${child}`;
}

/** All folders above `path`, from `/` on, without `path` itself. */
export function ancestorsOf(path: string): readonly string[] {
  const elements = path.split('/').filter((element) => element !== '');
  return elements.map((_, index) => `/${elements.slice(0, index).join('/')}`);
}

/** A file name as the system gave it, byte by byte: its text where it is UTF-8, otherwise a readable stand-in. */
export interface DecodedName {
  readonly text: string;
  /** False: `text` has `\xHH` in place of the bytes that are no UTF-8, and such a name cannot be kept. */
  readonly exact: boolean;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a file name as read with `encoding: 'buffer'`. */
export function decodeName(bytes: Uint8Array): DecodedName {
  try {
    return { text: STRICT_UTF8.decode(bytes), exact: true };
  } catch {
    let text = '';
    for (const byte of bytes) {
      text +=
        byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
    }
    return { text, exact: false };
  }
}

/**
 * The elements of a path in an archive, checked: absolute, no empty, `.` or `..` element, no NUL. Undefined when it is not
 * such a path and so must not reach a file system.
 */
export function archivePathElements(path: string): readonly string[] | undefined {
  if (path === '/') return [];
  if (!path.startsWith('/') || path.includes('\0')) return undefined;
  const elements = path.slice(1).split('/');
  return elements.some((element) => element === '' || element === '.' || element === '..')
    ? undefined
    : elements;
}
