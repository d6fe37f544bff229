/**
 * How one string is written as a YAML scalar so that kubectl (YAML 1.1) and readers of YAML 1.2 get exactly this string back. The
 * style is kubectl's: plain where nothing is doubtful, double quotes where a plain one would mean something else, single quotes where
 * it would be bad syntax, a literal block for several lines.
 *
 * Source: YAML 1.1 §4.1.1, §5.1, §9; YAML 1.2.2 §5.1, §7.3, §10.3; go-yaml v2 for kubectl's exceptions.
 */
import { isAmbiguous } from './yaml-resolution.ts';

/** Keys up to this length are written as `key:`; YAML allows 1024 characters before the colon, quotes and escapes included. */
export const IMPLICIT_KEY_LENGTH_MAX = 800;

/**
 * Characters that must be escaped: control characters, what is not printable in YAML 1.1, line breaks other than LF (NEL, LS, PS), the
 * byte order mark, surrogates that stand alone.
 */
const UNPRINTABLE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** True when `text` holds only characters that YAML 1.1 and 1.2 allow as they are, line feeds and tabs included. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

const FORBIDDEN_FIRST = new Set(Array.from('#,[]{}&*!|>\'"%@`', (letter) => letter.charCodeAt(0)));
const SPACE = 0x20;

/** What a string may be written as on one line. `quotable`: single quotes are enough; `escaped`: it needs double quotes. */
type LineForm = 'plain' | 'quotable' | 'escaped';

/** Looks at the syntax only. Line feeds and tabs make a text `escaped`. */
function lineForm(text: string): LineForm {
  const { length } = text;
  const first = text.charCodeAt(0);
  let plain =
    !FORBIDDEN_FIRST.has(first) &&
    first !== SPACE &&
    text.charCodeAt(length - 1) !== SPACE &&
    !(
      (first === 0x2d || first === 0x3f || first === 0x3a) &&
      (length === 1 || text.charCodeAt(1) === SPACE)
    ) &&
    !text.startsWith('---') &&
    !text.startsWith('...');
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < SPACE) return 'escaped';
    if (code > 0x7e) {
      return UNPRINTABLE.test(text) || text.includes('\t') || text.includes('\n')
        ? 'escaped'
        : plainFrom(text, plain);
    }
    if (code === 0x3a) plain &&= index + 1 < length && text.charCodeAt(index + 1) !== SPACE;
    else if (code === 0x23) plain &&= index > 0 && text.charCodeAt(index - 1) !== SPACE;
  }
  return plain ? 'plain' : 'quotable';
}

function plainFrom(text: string, plain: boolean): LineForm {
  return plain && !/:(?: |$)| #/.test(text) ? 'plain' : 'quotable';
}

/** True when `text`, unquoted on one line in block context, is this string for every reader. */
export function isPlainString(text: string): boolean {
  return !isAmbiguous(text) && lineForm(text) === 'plain';
}

// What JSON.stringify leaves as it is and YAML forbids or folds.

const UNESCAPED = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** In double quotes. Every escape is one that JSON has too, so the text is also a JSON string. */
export function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    UNESCAPED,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** On one line, in the first style that gives the same string: plain, single quotes, double quotes. */
export function inlineScalar(text: string): string {
  if (isAmbiguous(text)) return doubleQuoted(text);
  const form = lineForm(text);
  if (form === 'plain') return text;
  return form === 'quotable' ? `'${text.replaceAll("'", "''")}'` : doubleQuoted(text);
}

/**
 * As a literal block after `key: ` or `- `, each line behind `indent`; undefined where a literal block would not keep the string or
 * would hide something: unprintable characters, spaces or tabs at the end of a line.
 *
 * Lines that begin with a space, a tab or nothing need the indentation indicator: the caller indents by 2.
 */
export function literalBlock(text: string, indent: string): string | undefined {
  if (!isPrintable(text) || /[ \t](?:\n|$)/.test(text)) return undefined;
  const first = text.charAt(0);
  const indicator = first === ' ' || first === '\t' || first === '\n' ? '2' : '';
  const chomping = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.replace(/^(?=.)/gm, indent);
  return `|${indicator}${chomping}\n${body}${chomping === '-' ? '\n' : ''}`;
}
