/**
 * Text from an archive on a person's terminal. Names are hostile input: escape sequences could rewrite the screen, and
 * direction overrides could show one name as another.
 */

const PLAIN = /^[\x20-\x7e]*$/;
// Controls (C0, DEL, C1), line and paragraph separators, direction marks and overrides, the byte order mark, lone surrogates.
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

/** True where `text` is printable ASCII, as most texts are: it prints as it is, a column for each character. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** `text` with everything that does not simply print replaced by `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.charCodeAt(0);
    // A byte of a name that is no UTF-8, as `decodeUtf8` has it.
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

// Ideographs, kana, hangul, full-width forms and pictographs take two columns in a terminal.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d]/gu;

/** Columns that printable text takes in a terminal. */
export function columnsOf(text: string): number {
  if (isPlain(text)) return text.length;
  const visible = text.replace(ZERO_WIDTH, '');
  return Array.from(visible).length + (visible.match(WIDE)?.length ?? 0);
}
