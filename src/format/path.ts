/**
 * Paths inside a snapshot: absolute, `/`-separated, without empty elements, `.`, `..` or NUL. Source: specification "Paths".
 */
import { FormatError } from '../errors.ts';
import { compareUtf8, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { PATH_LENGTH_MAX } from './limits.ts';

/** Number of `/` in a path, or from `from` on: 1 for `/` and `/a`, 2 for `/a/b`. */
export function slashCount(path: string, from = 0): number {
  let count = 0;
  for (let at = path.indexOf('/', from); at >= 0; at = path.indexOf('/', at + 1)) count++;
  return count;
}

/** The order of the file system tree: fewer slashes first, then by the bytes. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  // What both begin with has as many slashes in both.
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  const difference = slashCount(a, at) - slashCount(b, at);
  if (difference !== 0) return difference;
  if (at === length) return a.length - b.length;
  const unitA = a.charCodeAt(at);
  const unitB = b.charCodeAt(at);
  return unitA < 0xd800 && unitB < 0xd800 ? unitA - unitB : compareUtf8(a, b);
}

/** `/a` of `/a/b`, `/` of `/a` and `/`. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** `b` of `/a/b`, `/` of `/`. */
export function baseName(path: string): string {
  return path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1);
}

/** `/a/b` of `/a` and `b`. */
export function joinPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

/** True for a path that a snapshot may hold. */
export function isCleanPath(path: string): boolean {
  if (path === '/' || isPlainPath(path)) return true;
  if (!path.startsWith('/') || path.includes('\0') || !isStorable(path)) return false;
  if (path.includes('//') || path.endsWith('/')) return false;
  return !path.includes('/.') || !/\/\.\.?(?:\/|$)/.test(path);
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** True for most of the paths that are clean: of ASCII, and with no name that begins with a dot. One look at each character. */
function isPlainPath(path: string): boolean {
  if (path.length * 3 > PATH_LENGTH_MAX) return false;
  let isAfterSlash = false;
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at);
    if (unit === 0 || unit >= 0x80 || (at === 0 && unit !== SLASH)) return false;
    if (isAfterSlash && (unit === SLASH || unit === DOT)) return false;
    isAfterSlash = unit === SLASH;
  }
  return path !== '' && !isAfterSlash;
}

/** True where the bytes of `path` are within the limit and give this very text: two paths must not become one. */
function isStorable(path: string): boolean {
  // A UTF-16 unit takes three bytes at most.
  if (path.length * 3 <= PATH_LENGTH_MAX && path.isWellFormed()) return true;
  if (path.length > PATH_LENGTH_MAX) return false;
  const bytes = encodeUtf8(path);
  return bytes.length <= PATH_LENGTH_MAX && decodeUtf8(bytes) === path;
}

/** @throws FormatError FORMAT_ENCODING where `path` is not one that a snapshot may hold */
export function checkPath(path: string): void {
  if (!isCleanPath(path)) {
    throw new FormatError(
      'FORMAT_ENCODING',
      `not a path inside a snapshot: ${JSON.stringify(path.slice(0, 200))}`,
      {
        section: 'Paths',
      },
    );
  }
}

/** A path as a person types it, made clean: `a/b/` and `/a//b` are `/a/b`; `.` and `..` are resolved within the root. */
export function cleanPath(typed: string): string {
  const elements: string[] = [];
  for (const element of typed.split('/')) {
    if (element === '..') elements.pop();
    else if (element !== '' && element !== '.') elements.push(element);
  }
  return `/${elements.join('/')}`;
}
