/**
 * JSON text ⇄ {@link JsonValue}, losing nothing: numbers stay as written, keys in order. Strict RFC 8259; a key that occurs twice is
 * an error, because readers disagree on which one counts (§4).
 */
import { ConnectorError } from '../errors.ts';
import { JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json-value.ts';

/** Nesting of arrays and objects that is still read. API objects stay below 100. */
export const JSON_DEPTH_MAX = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Line and column, both from 1, of an offset in `text`. */
function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next >= 0 && next < offset; next = text.indexOf('\n', start)) {
    line++;
    start = next + 1;
  }
  return { line, column: offset - start + 1 };
}

class JsonScanner {
  readonly text: string;
  offset: number;
  #depth = 0;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  fail(problem: string, offset = this.offset): never {
    const { line, column } = positionAt(this.text, offset);
    throw new ConnectorError(
      'CONNECTOR_INPUT',
      `not valid JSON: ${problem} at line ${line}, column ${column}`,
    );
  }

  /** Skips white space; the code of the next character, NaN at the end. */
  peek(): number {
    const { text } = this;
    let { offset } = this;
    let code = text.charCodeAt(offset);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++offset);
    this.offset = offset;
    return code;
  }

  value(): JsonValue {
    const code = this.peek();
    switch (code) {
      case QUOTE:
        return this.string();
      case 0x7b:
        return this.object();
      case 0x5b:
        return this.array();
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      default:
        if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number();
        return this.fail(Number.isNaN(code) ? 'it ends where a value should begin' : 'no value begins');
    }
  }

  word<T extends boolean | null>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.offset)) this.fail('no value begins');
    this.offset += word.length;
    return value;
  }

  enter(): void {
    if (++this.#depth > JSON_DEPTH_MAX) this.fail(`nested deeper than ${JSON_DEPTH_MAX}`);
    this.offset++;
  }

  object(): JsonObject {
    this.enter();
    const object: JsonObject = new Map();
    let code = this.peek();
    if (code !== 0x7d) {
      for (;;) {
        if (code !== QUOTE) this.fail('a key in double quotes is missing');
        const start = this.offset;
        const key = this.string();
        if (object.has(key)) this.fail('a key occurs twice in one object', start);
        if (this.peek() !== COLON) this.fail('":" is missing');
        this.offset++;
        object.set(key, this.value());
        code = this.peek();
        if (code === 0x7d) break;
        if (code !== COMMA) this.fail('"," or "}" is missing');
        this.offset++;
        code = this.peek();
      }
    }
    this.offset++;
    this.#depth--;
    return object;
  }

  array(): JsonArray {
    this.enter();
    const array: JsonArray = [];
    if (this.peek() !== 0x5d) {
      for (;;) {
        array.push(this.value());
        const code = this.peek();
        if (code === 0x5d) break;
        if (code !== COMMA) this.fail('"," or "]" is missing');
        this.offset++;
      }
    }
    this.offset++;
    this.#depth--;
    return array;
  }

  digits(offset: number): number {
    const start = offset;
    let code = this.text.charCodeAt(offset);
    while (code >= 0x30 && code <= 0x39) code = this.text.charCodeAt(++offset);
    if (offset === start) this.fail('a number lacks digits', offset);
    return offset;
  }

  number(): JsonNumber {
    const { text } = this;
    const start = this.offset;
    let offset = text.charCodeAt(start) === 0x2d ? start + 1 : start;
    offset = text.charCodeAt(offset) === 0x30 ? offset + 1 : this.digits(offset);
    if (text.charCodeAt(offset) === 0x2e) offset = this.digits(offset + 1);
    let code = text.charCodeAt(offset);
    if (code === 0x65 || code === 0x45) {
      code = text.charCodeAt(++offset);
      offset = this.digits(code === 0x2b || code === 0x2d ? offset + 1 : offset);
    }
    this.offset = offset;
    return new JsonNumber(text.slice(start, offset));
  }

  string(): string {
    const { text } = this;
    const start = this.offset + 1;
    let offset = start;
    for (;;) {
      const code = text.charCodeAt(offset);
      if (code === QUOTE) break;
      if (code === BACKSLASH) return this.escapedString(start, offset);
      if (!(code >= 0x20)) {
        this.fail(offset >= text.length ? 'a string does not end' : 'a raw control character', offset);
      }
      offset++;
    }
    this.offset = offset + 1;
    return text.slice(start, offset);
  }

  escapedString(start: number, firstEscape: number): string {
    const { text } = this;
    let result = text.slice(start, firstEscape);
    let offset = firstEscape;
    for (;;) {
      const code = text.charCodeAt(offset);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        const letter = text.charAt(offset + 1);
        if (letter === 'u') {
          const hex = text.slice(offset + 2, offset + 6);
          if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.fail('a bad \\u escape', offset);
          result += String.fromCharCode(parseInt(hex, 16));
          offset += 6;
        } else {
          result += ESCAPES[letter] ?? this.fail('an unknown escape', offset);
          offset += 2;
        }
        continue;
      }
      const runStart = offset;
      let next = code;
      while (next >= 0x20 && next !== QUOTE && next !== BACKSLASH) next = text.charCodeAt(++offset);
      if (!(next >= 0x20)) {
        this.fail(offset >= text.length ? 'a string does not end' : 'a raw control character', offset);
      }
      result += text.slice(runStart, offset);
    }
    this.offset = offset + 1;
    return result;
  }
}

/**
 * The value that `text` holds. Its strings may share memory with `text`: keeping one may keep all of it.
 * @throws ConnectorError CONNECTOR_INPUT with line and column, never with content
 */
export function parseJson(text: string): JsonValue {
  const scanner = new JsonScanner(text, 0);
  const value = scanner.value();
  if (!Number.isNaN(scanner.peek())) scanner.fail('something follows the value');
  return value;
}

/**
 * As {@link parseJson}, from UTF-8.
 * @throws ConnectorError CONNECTOR_INPUT also where the bytes are not UTF-8
 */
export function parseJsonBytes(bytes: Uint8Array): JsonValue {
  return parseJson(decodeUtf8(bytes));
}

/**
 * Text from UTF-8 bytes; a byte order mark is kept.
 * @throws ConnectorError CONNECTOR_INPUT where the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ConnectorError('CONNECTOR_INPUT', 'the content is not UTF-8 text', { cause });
  }
}

/**
 * Values that follow each other with nothing but white space between (`{…}{…}`), as kubectl reads a stream of JSON. Each with the
 * line (from 1) where it begins.
 * @throws ConnectorError CONNECTOR_INPUT
 */
export function* parseJsonStream(
  text: string,
): Generator<{ readonly value: JsonValue; readonly line: number }> {
  const scanner = new JsonScanner(text, 0);
  let line = 1;
  let counted = 0;
  while (!Number.isNaN(scanner.peek())) {
    line += positionAt(text.slice(counted, scanner.offset), scanner.offset - counted).line - 1;
    counted = scanner.offset;
    yield { value: scanner.value(), line };
  }
}

/** JSON text of `value`: compact, or a line per element with `indent` spaces a level. Lone surrogates become `\ud800` escapes. */
export function stringifyJson(value: JsonValue, indent = 0): string {
  return writeJson(value, indent === 0 ? undefined : ' '.repeat(indent), '\n');
}

function writeJson(value: JsonValue, step: string | undefined, newline: string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  const inner = newline + (step ?? '');
  const separator = step === undefined ? ':' : ': ';
  let body = '';
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    for (const item of value) {
      body += (body && ',') + (step === undefined ? '' : inner) + writeJson(item, step, inner);
    }
    return `[${body}${step === undefined ? '' : newline}]`;
  }
  if (value.size === 0) return '{}';
  for (const [key, field] of value) {
    body += (body && ',') + (step === undefined ? '' : inner) + JSON.stringify(key) + separator;
    body += writeJson(field, step, inner);
  }
  return `{${body}${step === undefined ? '' : newline}}`;
}
