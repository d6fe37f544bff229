/**
 * Between paths of the operating system and paths inside an archive, which are absolute, `/`-separated UTF-8.
 */
import { isCleanPath } from '../../format/path.ts';

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

/** All folders above `path`, from `/` on, without `path` itself. */
export function ancestorsOf(path: string): readonly string[] {
  const elements = path.split('/').filter((element) => element !== '');
  return elements.map((_, index) => `/${elements.slice(0, index).join('/')}`);
}

/** The elements of a path in an archive, or undefined where it is none and so must not reach a file system. */
export function archivePathElements(path: string): readonly string[] | undefined {
  if (path === '/') return [];
  return isCleanPath(path) ? path.slice(1).split('/') : undefined;
}
