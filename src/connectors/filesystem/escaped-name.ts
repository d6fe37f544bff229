/**
 * Names that a system cannot hold, written as `%HH` of their UTF-8 bytes, reversibly: different names have different escaped
 * names, and {@link unescapeName} gives the name back. A `%` that would read as an escape is escaped itself.
 *
 * Windows: https://learn.microsoft.com/windows/win32/fileio/naming-a-file. Windows and macOS hold only text, so bytes that are not
 * UTF-8 are escaped there, and both take names that differ in case only for the same ({@link escapeCollision}). Linux holds every
 * name that an archive can have.
 */
import { decodeUtf8, encodeUtf8 } from '../../format/bytes.ts';

/** A `%` is kept unless the two characters after it would make it an escape. */
const LOOKS_ESCAPED = /%(?=[0-9A-Fa-f]{2})/g;
const WINDOWS_CHARACTERS = /[\u0000-\u001f<>:"\\|?*]/g;
/** Bytes that are not UTF-8, as `decodeUtf8` gives them; with `u` a surrogate of a pair does not match. */
const NOT_UTF8 = /[\udc80-\udcff]/gu;
const WINDOWS_RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(\..*)?$/i;

/** `name` as it can be written on `platform`; the same string where nothing is in the way. */
export function escapeName(name: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin' && !name.isWellFormed()) {
    return name.replace(LOOKS_ESCAPED, '%25').replace(NOT_UTF8, percentEncode);
  }
  if (platform !== 'win32') return name;
  let escaped = name.replace(LOOKS_ESCAPED, '%25').replace(WINDOWS_CHARACTERS, percentEncode);
  escaped = escaped.replace(NOT_UTF8, percentEncode);
  // Windows drops dots and spaces at the end of a name.
  escaped = escaped.replace(/[. ]$/, percentEncode);
  if (WINDOWS_RESERVED.test(escaped)) escaped = percentEncode(escaped.charAt(0)) + escaped.slice(1);
  return escaped;
}

/** Inverse of {@link escapeName} on Windows, and of {@link escapeCollision} wherever it changed a name. */
export function unescapeName(escaped: string): string {
  return escaped.replace(/(%[0-9A-Fa-f]{2})+/g, (run) =>
    decodeUtf8(Buffer.from(run.replaceAll('%', ''), 'hex')),
  );
}

/** What `platform` compares when it looks up a name: on macOS and Windows the case is no difference, on macOS nor is composition. */
export function foldName(name: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return name.toUpperCase();
  return platform === 'darwin' ? name.normalize('NFD').toLowerCase() : name;
}

/**
 * A name for `name` that is not among `taken` (folded by {@link foldName}): its characters are escaped from the front until
 * it differs. Undefined when every form is taken.
 */
export function escapeCollision(
  name: string,
  platform: NodeJS.Platform,
  taken: ReadonlySet<string>,
): string | undefined {
  const escaped = escapeName(name, platform);
  if (!taken.has(foldName(escaped, platform))) return escaped;
  const characters = Array.from(name);
  for (let count = 1; count <= characters.length; count++) {
    const front = characters.slice(0, count).map(percentEncode).join('');
    const rest = characters.slice(count).join('');
    const plain = platform !== 'win32' && rest.isWellFormed();
    const tail = plain ? rest.replace(LOOKS_ESCAPED, '%25') : escapeName(rest, platform);
    if (!taken.has(foldName(front + tail, platform))) return front + tail;
  }
  return undefined;
}

function percentEncode(text: string): string {
  return [...encodeUtf8(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
