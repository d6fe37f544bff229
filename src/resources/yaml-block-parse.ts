/**
 * A fast reader for the YAML that `yaml-emit.ts` and mostly also kubectl write: block collections, plain scalars on one line that
 * cannot be doubted, quoted scalars on one line, literal blocks. It takes nothing else, and what it takes it reads as any YAML reader
 * does; for everything else it gives up and the complete reader of `yaml-compose.ts` takes over. So it has no errors of its own.
 */
import { JSON_DEPTH_MAX } from './json-text.ts';
import { JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json-value.ts';
import { isPlainString, isPrintable } from './yaml-scalar.ts';

const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const DASH = 0x2d;
const COLON = 0x3a;
const BAR = 0x7c;

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/** Words and empty collections that mean the same everywhere. Functions, because collections must not be shared. */
const LEAVES = new Map<string, () => JsonValue>([
  ['true', () => true],
  ['false', () => false],
  ['null', () => null],
  ['{}', () => new Map()],
  ['[]', () => []],
]);

/** A key and the offset behind its colon. */
interface Key {
  readonly key: string;
  readonly end: number;
}

class BlockReader {
  readonly text: string;
  /** Always at the beginning of a line between the methods, except where one says otherwise. */
  offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonValue | undefined {
    if (this.text.startsWith('---\n')) this.offset = 4;
    const start = this.offset;
    const value = this.isEntry(start) ? this.sequence(0, start) : this.mapping(0, start);
    return this.offset === this.text.length ? value : undefined;
  }

  /** Spaces at the beginning of the current line. */
  indentation(): number {
    let end = this.offset;
    while (this.text.charCodeAt(end) === SPACE) end++;
    return end - this.offset;
  }

  isEntry(offset: number): boolean {
    return this.text.charCodeAt(offset) === DASH && this.text.charCodeAt(offset + 1) === SPACE;
  }

  /** A mapping whose keys stand in column `indent`; the first key at `start`. */
  mapping(indent: number, start: number): JsonObject | undefined {
    if (++this.#depth > JSON_DEPTH_MAX) return undefined;
    const object: JsonObject = new Map();
    let at = start;
    for (;;) {
      const key = this.key(at);
      if (key === undefined || object.has(key.key)) return undefined;
      const value = this.field(indent, key.end);
      if (value === undefined) return undefined;
      object.set(key.key, value);
      if (this.offset >= this.text.length || this.indentation() !== indent) break;
      at = this.offset + indent;
      if (this.isEntry(at)) break;
    }
    this.#depth--;
    return object;
  }

  /** A sequence whose dashes stand in column `indent`; the first dash at `start`. */
  sequence(indent: number, start: number): JsonArray | undefined {
    if (++this.#depth > JSON_DEPTH_MAX) return undefined;
    const array: JsonArray = [];
    let at = start;
    for (;;) {
      const item = this.element(indent, at + 2);
      if (item === undefined) return undefined;
      array.push(item);
      if (this.offset >= this.text.length || this.indentation() !== indent) break;
      at = this.offset + indent;
      if (!this.isEntry(at)) break;
    }
    this.#depth--;
    return array;
  }

  /** What follows `key:`. `indent`: the column of the key. */
  field(indent: number, offset: number): JsonValue | undefined {
    const { text } = this;
    if (text.charCodeAt(offset) === SPACE) return this.scalar(indent, offset + 1);
    this.offset = offset + 1;
    const inner = this.indentation();
    const start = this.offset + inner;
    if (this.isEntry(start)) return inner >= indent ? this.sequence(inner, start) : undefined;
    return inner > indent ? this.mapping(inner, start) : undefined;
  }

  /** What follows `- `. `indent`: the column of the dash. */
  element(indent: number, offset: number): JsonValue | undefined {
    if (this.isEntry(offset)) return this.sequence(indent + 2, offset);
    const code = this.text.charCodeAt(offset);
    if (code !== BAR && this.key(offset) !== undefined) return this.mapping(indent + 2, offset);
    return this.scalar(indent, offset);
  }

  /** The key at `offset`; undefined where none stands there. */
  key(offset: number): Key | undefined {
    const { text } = this;
    const code = text.charCodeAt(offset);
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      const end = this.quoteEnd(offset, code);
      if (end === undefined || !this.endsKey(end)) return undefined;
      const key = this.unquoted(offset, end, code);
      return key === undefined ? undefined : { key, end: end + 1 };
    }
    for (let end = offset; ; end++) {
      const next = text.charCodeAt(end);
      if (next === LF || Number.isNaN(next)) return undefined;
      if (next !== COLON || !this.endsKey(end)) continue;
      const key = text.slice(offset, end);
      return isPlainString(key) ? { key, end: end + 1 } : undefined;
    }
  }

  /** True where the colon of a key stands at `offset`. */
  endsKey(offset: number): boolean {
    const after = this.text.charCodeAt(offset + 1);
    return this.text.charCodeAt(offset) === COLON && (after === SPACE || after === LF);
  }

  /** Offset behind the closing quote, on the same line. */
  quoteEnd(offset: number, quote: number): number | undefined {
    const { text } = this;
    for (let end = offset + 1; ; end++) {
      const code = text.charCodeAt(end);
      if (code === LF || Number.isNaN(code)) return undefined;
      if (code === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(end + 1) !== SINGLE_QUOTE) return end + 1;
        end++;
      } else if (code === 0x5c && quote === DOUBLE_QUOTE) end++;
    }
  }

  /** The string between quotes; undefined for escapes that JSON does not have. */
  unquoted(offset: number, end: number, quote: number): string | undefined {
    if (quote === SINGLE_QUOTE) return this.text.slice(offset + 1, end - 1).replaceAll("''", "'");
    try {
      return JSON.parse(this.text.slice(offset, end)) as string;
    } catch {
      return undefined;
    }
  }

  /** A scalar or an empty collection up to the end of its line, or a literal block. `indent`: the column of what holds it. */
  scalar(indent: number, offset: number): JsonValue | undefined {
    const { text } = this;
    const code = text.charCodeAt(offset);
    if (code === BAR) return this.literal(indent, offset);
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      const end = this.quoteEnd(offset, code);
      if (end === undefined || text.charCodeAt(end) !== LF) return undefined;
      this.offset = end + 1;
      return this.unquoted(offset, end, code);
    }
    const end = text.indexOf('\n', offset);
    if (end < 0) return undefined;
    const plain = text.slice(offset, end);
    this.offset = end + 1;
    const leaf = LEAVES.get(plain);
    if (leaf !== undefined) return leaf();
    if (isPlainString(plain)) return plain;
    return NUMBER.test(plain) && Number.isFinite(Number(plain)) ? new JsonNumber(plain) : undefined;
  }

  literal(indent: number, offset: number): string | undefined {
    const { text } = this;
    const headerEnd = text.indexOf('\n', offset);
    const header = /^\|(2?)([-+]?)$/.exec(text.slice(offset, headerEnd < 0 ? text.length : headerEnd));
    if (headerEnd < 0 || header === null) return undefined;
    this.offset = headerEnd + 1;
    const column = header[1] === '2' ? indent + 2 : this.indentation();
    const first = text.charCodeAt(this.offset + column);
    if (column <= indent || (header[1] === '' && (first === LF || first === TAB))) return undefined;
    const margin = ' '.repeat(column);
    let content = '';
    while (this.offset < text.length) {
      const end = text.indexOf('\n', this.offset);
      if (end === this.offset) content += '\n';
      else {
        const last = text.charCodeAt(end - 1);
        if (last === SPACE || last === TAB) return undefined;
        if (!text.startsWith(margin, this.offset)) break;
        content += text.slice(this.offset + column, end + 1);
      }
      this.offset = end + 1;
    }
    if (header[2] === '+') return content;
    let end = content.length;
    while (content.charCodeAt(end - 1) === LF) end--;
    return content.slice(0, header[2] === '-' || end === 0 ? end : end + 1);
  }
}

/** The value of a single document, or undefined where it holds anything that this reader does not take. */
export function parseBlockYaml(text: string): JsonValue | undefined {
  if (!text.endsWith('\n') || text.includes('\r') || !isPrintable(text)) return undefined;
  return new BlockReader(text).document();
}
