/**
 * Quoted text as Go writes it, in single or double quotes.
 *
 * Source: https://go.dev/ref/spec#String_literals
 */

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const ESCAPE = /^\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/;

/** What stands in the quotes; undefined where it is not written as Go has it. */
export function unquote(text: string): string | undefined {
  const quote = text.charAt(0);
  const inner = text.slice(1, -1);
  if (text.length < 2 || !text.endsWith(quote)) return undefined;
  if (!inner.includes('\\') && !inner.includes(quote)) return inner;
  const bytes: number[] = [];
  let rest = inner;
  while (rest !== '') {
    if (rest.startsWith(quote)) return undefined;
    if (!rest.startsWith('\\')) {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      bytes.push(...new TextEncoder().encode(character));
      rest = rest.slice(character.length);
      continue;
    }
    const [whole, simple, hex, octal, short, long] = ESCAPE.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    rest = rest.slice(whole.length);
    if (simple === "'" || simple === '"') {
      if (simple !== quote) return undefined;
      bytes.push(simple.charCodeAt(0));
    } else if (simple !== undefined) bytes.push(SIMPLE[simple] ?? 0);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) {
      const byte = Number.parseInt(octal, 8);
      if (byte > 255) return undefined;
      bytes.push(byte);
    } else {
      const code = Number.parseInt(short ?? long ?? '', 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      bytes.push(...new TextEncoder().encode(String.fromCodePoint(code)));
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
