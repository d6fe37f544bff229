/**
 * Media type of content from its first bytes, named as the reference names it. Only the types that clusters are full of are told
 * apart; anything else is `application/octet-stream`. Nothing depends on it but the summary's counts and the id of the object.
 */
import { encodeUtf8 } from './bytes.ts';

/** Bytes that are looked at. */
const DETECT_LENGTH = 3072;
/** Content type of entries that are not regular files. */
export const NOT_REGULAR = 'application/x-not-regular-file';
const BINARY = 'application/octet-stream';
const TEXT = 'text/plain; charset=utf-8';
/** No byte says how the text is encoded. */
const EMPTY = 'text/plain';

const SIGNATURES: readonly (readonly [signature: Uint8Array, type: string])[] = [
  [encodeUtf8('%PDF-'), 'application/pdf'],
  [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'image/png'],
  [Uint8Array.of(0xff, 0xd8, 0xff), 'image/jpeg'],
  [Uint8Array.of(0x1f, 0x8b), 'application/gzip'],
  [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), 'application/zstd'],
];

const INTERPRETERS: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^#!\s*\/usr\/(?:local\/)?bin\/(?:env (?:-S )?)?python/, 'text/x-python'],
  [/^#!\s*\/usr\/bin\/(?:env (?:-S )?)?perl(?:\s|$)/, 'text/x-perl'],
  [
    /^#!\s*(?:\/bin\/(?:sh|bash|csh|dash|ksh|tcsh|zsh)|\/usr\/bin\/env (?:-S )?(?:bash|csh|dash|ksh|tcsh|zsh))(?:\s|$)/,
    'text/x-shellscript',
  ],
];

/** Media type of content that begins with `head` (its first chunk). `classes`: {@link classesOf} or what gives the same. */
export function contentTypeOf(head: Uint8Array, classes: (bytes: Uint8Array) => number = classesOf): string {
  if (head.length === 0) return EMPTY;
  const bytes = head.subarray(0, DETECT_LENGTH);
  for (const [signature, type] of SIGNATURES) {
    if (bytes[0] === signature[0] && signature.every((byte, index) => bytes[index] === byte)) return type;
  }
  const text = textOf(bytes, classes(bytes));
  if (text === undefined) return BINARY;
  for (const [pattern, type] of INTERPRETERS) if (pattern.test(text)) return type;
  if (head.length < DETECT_LENGTH && /^\s*[[{]/.test(text) && isJson(text)) return 'application/json';
  return TEXT;
}

/** What a byte may be, as bits. */
const PLAIN = 0;
const CONTROL = 1;
const HIGH = 2;

/** Controls are the "binary data bytes" of https://mimesniff.spec.whatwg.org/#binary-data-byte. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return HIGH;
  return byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte) ? CONTROL : PLAIN;
});
const SPACE = 0x20;
/** `#`, `[` and `{`: what begins so is looked at as text. */
const BEGINNINGS: readonly number[] = [0x23, 0x5b, 0x7b];

/** The classes of the bytes that occur in `bytes`. */
export function classesOf(bytes: Uint8Array): number {
  let classes = PLAIN;
  for (const byte of bytes) classes |= CLASSES[byte] ?? 0;
  return classes;
}

/** The text of `bytes` as far as it can matter; undefined where it is none: empty for ASCII that begins like nothing we know. */
function textOf(bytes: Uint8Array, classes: number): string | undefined {
  const { length } = bytes;
  if ((classes & CONTROL) !== 0) return undefined;
  let first = 0;
  while (first < length && (bytes[first] ?? 0) <= SPACE) first++;
  const isPlain = classes === PLAIN && !BEGINNINGS.includes(bytes[first] ?? 0);
  return isPlain ? '' : utf8Prefix(bytes);
}

/** The text of `bytes`, whose last character may be cut. */
function utf8Prefix(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, {
      stream: bytes.length === DETECT_LENGTH,
    });
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
