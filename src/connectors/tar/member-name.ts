/**
 * Between names of members and paths in an archive: `./a/b`, `a/b/` and `/a/b` are `/a/b`, as `tar` extracts them into one folder.
 */
import { isCleanPath } from '../../format/path.ts';

/** The path that a member's name means; undefined where it leads out of the tar or cannot be kept. */
export function pathOfMember(name: string): string | undefined {
  if (name === '') return undefined;
  const elements = name.split('/').filter((element) => element !== '' && element !== '.');
  const path = `/${elements.join('/')}`;
  return isCleanPath(path) ? path : undefined;
}

/** A path for an error record about a member that has none: dots of `..` as `%2E`, NULs as `%00`. */
export function errorPathOfMember(name: string): string {
  const elements = name.split('/').filter((element) => element !== '' && element !== '.');
  const path = `/${elements.map((element) => (element === '..' ? '%2E%2E' : element)).join('/')}`;
  const clean = path.replaceAll('\0', '%00');
  return isCleanPath(clean) ? clean : '/';
}

/** The name of the member for `path`: relative, a folder's with `/` at the end. */
export function memberName(path: string, isFolder: boolean): string {
  if (path === '/') return './';
  return isFolder ? `${path.slice(1)}/` : path.slice(1);
}
