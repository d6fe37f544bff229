/**
 * File modes as the format stores them: the bits of Go's `io/fs.FileMode` (u32), which are not those of POSIX `st_mode`.
 *
 * | bit | meaning | | bit | meaning |
 * |---|---|---|---|---|
 * | 31 | directory | | 23 | setuid |
 * | 27 | symbolic link | | 22 | setgid |
 * | 26 | device | | 21 | character device (with 26) |
 * | 25 | named pipe | | 20 | sticky |
 * | 24 | socket | | 19 | irregular |
 * | 0–8 | rwxrwxrwx | | | |
 *
 * Source: https://pkg.go.dev/io/fs#FileMode, specification "Entry".
 */
export const MODE_DIRECTORY = 0x8000_0000;
export const MODE_SYMLINK = 0x0800_0000;
export const MODE_DEVICE = 0x0400_0000;
export const MODE_NAMED_PIPE = 0x0200_0000;
export const MODE_SOCKET = 0x0100_0000;
export const MODE_SETUID = 0x0080_0000;
export const MODE_SETGID = 0x0040_0000;
export const MODE_CHARACTER_DEVICE = 0x0020_0000;
export const MODE_STICKY = 0x0010_0000;
export const MODE_IRREGULAR = 0x0008_0000;
const MODE_TYPE =
  MODE_DIRECTORY |
  MODE_SYMLINK |
  MODE_DEVICE |
  MODE_NAMED_PIPE |
  MODE_SOCKET |
  MODE_CHARACTER_DEVICE |
  MODE_IRREGULAR;

/** True for an ordinary file. */
export function isRegular(mode: number): boolean {
  return (mode & MODE_TYPE) === 0;
}
/** True for a directory. */
export function isDirectory(mode: number): boolean {
  return (mode & MODE_DIRECTORY) !== 0;
}
/** True for a symbolic link. */
export function isSymlink(mode: number): boolean {
  return (mode & MODE_SYMLINK) !== 0;
}

const POSIX_TYPES: readonly (readonly [posix: number, mode: number])[] = [
  [0o040000, MODE_DIRECTORY],
  [0o120000, MODE_SYMLINK],
  [0o060000, MODE_DEVICE],
  [0o020000, MODE_DEVICE | MODE_CHARACTER_DEVICE],
  [0o010000, MODE_NAMED_PIPE],
  [0o140000, MODE_SOCKET],
];
const POSIX_SPECIAL: readonly (readonly [posix: number, mode: number])[] = [
  [0o4000, MODE_SETUID],
  [0o2000, MODE_SETGID],
  [0o1000, MODE_STICKY],
];

/** Mode of the format from POSIX `st_mode` (as in `fs.Stats.mode`). */
export function fileModeFromPosix(posixMode: number): number {
  let mode = posixMode & 0o777;
  for (const [posix, bit] of POSIX_TYPES) if ((posixMode & 0o170000) === posix) mode |= bit;
  for (const [posix, bit] of POSIX_SPECIAL) if ((posixMode & posix) !== 0) mode |= bit;
  return mode >>> 0;
}

/** Permission bits for `chmod` (0–0o7777): rwx, setuid, setgid, sticky. */
export function posixPermissions(mode: number): number {
  let posix = mode & 0o777;
  for (const [bit, flag] of POSIX_SPECIAL) if ((mode & flag) !== 0) posix |= bit;
  return posix;
}

const LETTERS = 'dalTLDpSugct?';
/** As Go prints it: `drwxr-xr-x`, `-rw-r--r--`, `Lrwxrwxrwx`, `urwxr-xr-x` for setuid. */
export function formatFileMode(mode: number): string {
  if (mode !== lastMode.mode) lastMode = { mode, text: modeText(mode) };
  return lastMode.text;
}

/** What was asked for last: many files of a list have one mode. */
let lastMode = { mode: Number.NaN, text: '' };

function modeText(mode: number): string {
  let text = '';
  for (let index = 0; index < LETTERS.length; index++) {
    if ((mode & (1 << (31 - index))) !== 0) text += LETTERS[index] ?? '';
  }
  text ||= '-';
  for (let index = 0; index < 9; index++) {
    text += (mode & (1 << (8 - index))) !== 0 ? 'rwxrwxrwx'.charAt(index) : '-';
  }
  return text;
}
