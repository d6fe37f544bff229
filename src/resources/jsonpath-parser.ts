/**
 * JSONPath templates as kubectl takes them: text, and in braces paths, filters, quoted text and `range`. What kubectl refuses is refused
 * here, in its words.
 *
 * Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/, and the behaviour of k8s.io/client-go/util/jsonpath.
 */
import { UsageError } from '../errors.ts';
import { unquote } from './jsonpath-quote.ts';

/** Longest template (characters). */
const LENGTH_MAX = 64 << 10;
/** How deep filters may stand in filters. */
const DEPTH_MAX = 32;

/** One bound of a slice; undefined where it was left out. */
type Bound = number | undefined;

/** A step of a path, or something else that stands in braces. */
export type JsonPathNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'list'; readonly nodes: readonly JsonPathNode[] }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'identifier'; readonly name: string }
  /** `isIndex`: one element, the end follows from the start. */
  | {
      readonly type: 'slice';
      readonly start: Bound;
      readonly end: Bound;
      readonly step: Bound;
      readonly isIndex: boolean;
    }
  | {
      readonly type: 'filter';
      readonly left: JsonPathNode;
      readonly operator: string;
      readonly right: JsonPathNode;
    }
  /** The text of a number, as JSON has it. */
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'union'; readonly paths: readonly JsonPathNode[] }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' };

/**
 * The parts of a template, in order: text, and a `list` for each pair of braces.
 * @throws UsageError
 */
export function parseJsonPath(template: string): readonly JsonPathNode[] {
  if (template.length > LENGTH_MAX) {
    throw new UsageError(`a JSONPath template of more than ${LENGTH_MAX} characters`);
  }
  return new Parser(template, 0).template();
}

/**
 * The one path that `text` is: `{.a.b}`, and as `kubectl wait` takes it `.a.b` and `a.b`.
 * @throws UsageError
 */
export function parseRelaxedJsonPath(text: string): readonly JsonPathNode[] {
  const trimmed = text.trim();
  if (trimmed.includes('{')) return parseJsonPath(trimmed);
  return parseJsonPath(/^[.[@$]/.test(trimmed) ? `{${trimmed}}` : `{.${trimmed}}`);
}

const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const KEY = /^'([^']*)'$/;
const COMPARISON = /^([^!<>=]+)([!<>=]+)(.+?)$/;
const EMPTY: JsonPathNode = { type: 'list', nodes: [] };

class Parser {
  readonly #text: string;
  readonly #depth: number;
  #position = 0;

  constructor(text: string, depth: number) {
    if (depth > DEPTH_MAX) throw syntaxError('nested too deep', text);
    this.#text = text;
    this.#depth = depth;
  }

  template(): readonly JsonPathNode[] {
    const parts: JsonPathNode[] = [];
    for (;;) {
      const brace = this.#text.indexOf('{', this.#position);
      const text = this.#text.slice(this.#position, brace < 0 ? undefined : brace);
      if (text !== '') parts.push({ type: 'text', text });
      if (brace < 0) return parts;
      this.#position = brace + 1;
      parts.push(this.#action());
    }
  }

  #action(): JsonPathNode {
    const nodes: JsonPathNode[] = [];
    for (;;) {
      const rest = this.#text.slice(this.#position, this.#position + 3);
      if (rest.startsWith('}')) {
        this.#position += 1;
        return { type: 'list', nodes };
      }
      if (rest === '[?(') nodes.push(this.#filter());
      else if (rest.startsWith('..')) nodes.push(...this.#recursive(nodes.at(-1)));
      else this.#step(nodes);
    }
  }

  #step(nodes: JsonPathNode[]): void {
    const first = this.#peek();
    if (first === '' || isLineEnd(first)) throw this.#error('unclosed action');
    if (/[+\-\p{Nd}]/u.test(first)) {
      nodes.push(this.#number());
      return;
    }
    if (isWord(first)) {
      nodes.push(this.#identifier());
      return;
    }
    this.#position += first.length;
    if (first === '[') nodes.push(...this.#array());
    else if (first === '"' || first === "'") nodes.push(this.#quoted(first));
    else if (first === '.') nodes.push(this.#field());
    // The current object and the root are where a path begins anyway.
    else if (!' @$'.includes(first)) {
      throw this.#error(`unrecognized character in action: ${JSON.stringify(first)}`);
    }
  }

  #recursive(last: JsonPathNode | undefined): readonly JsonPathNode[] {
    if (last?.type === 'recursive') throw this.#error('invalid multiple recursive descent');
    this.#position += 2;
    const recursive: JsonPathNode = { type: 'recursive' };
    return isWord(this.#peek()) ? [recursive, this.#field()] : [recursive];
  }

  #field(): JsonPathNode {
    const start = this.#position;
    for (let next = this.#peek(); next !== '' && !isTerminator(next); next = this.#peek()) {
      this.#position += next.length;
      if (next === '\\') this.#position += this.#peek().length;
    }
    const name = this.#text.slice(start, this.#position);
    return name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') };
  }

  #identifier(): JsonPathNode {
    const start = this.#position;
    for (let next = this.#peek(); next !== '' && !isTerminator(next); next = this.#peek()) {
      this.#position += next.length;
    }
    const name = this.#text.slice(start, this.#position);
    if (name === 'true' || name === 'false') return { type: 'boolean', value: name === 'true' };
    return { type: 'identifier', name };
  }

  #number(): JsonPathNode {
    const [text = ''] = /^[+-]?[\p{Nd}.]*/u.exec(this.#text.slice(this.#position)) ?? [];
    this.#position += text.length;
    const [, sign = '', whole = '', fraction] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
    if (whole === '' && (fraction ?? '') === '') throw this.#error(`cannot parse number ${text}`);
    const digits = whole.replace(/^0+(?=\d)/, '') || '0';
    return {
      type: 'number',
      text: `${sign === '-' ? '-' : ''}${digits}${fraction === undefined ? '' : `.${fraction === '' ? '0' : fraction}`}`,
    };
  }

  #quoted(quote: string): JsonPathNode {
    const start = this.#position - 1;
    for (;;) {
      const next = this.#peek();
      if (next === '' || next === '\n') throw this.#error('unterminated quoted string');
      this.#position += next.length;
      if (next === quote && this.#text[this.#position - 2] !== '\\') break;
    }
    const text = this.#text.slice(start, this.#position);
    const unquoted = unquote(text);
    if (unquoted === undefined) throw this.#error(`unquote string ${text} error invalid syntax`);
    return { type: 'text', text: unquoted };
  }

  #array(): readonly JsonPathNode[] {
    const [found, text = ''] = /^([^\]\n]*)\]/.exec(this.#text.slice(this.#position)) ?? [];
    if (found === undefined) throw this.#error('unterminated array');
    this.#position += found.length;
    const parts = text.split(',');
    if (parts.length > 1) {
      return [
        { type: 'union', paths: parts.map((part) => this.#inner(`[${part.replace(/^ +| +$/g, '')}]`)) },
      ];
    }
    const key = KEY.exec(text)?.[1];
    if (key !== undefined) {
      const inner = this.#inner(`.${key}`);
      return inner.type === 'list' ? inner.nodes : [inner];
    }
    const slice = SLICE.exec(text === '*' ? ':' : text);
    if (slice === null) throw this.#error(`invalid array index ${text}`);
    const [start, end, step] = [slice[1], slice[2]?.slice(1), slice[3]?.slice(1)].map((bound) =>
      this.#bound(bound),
    );
    return [{ type: 'slice', start, end, step, isIndex: slice[2] === undefined }];
  }

  #bound(text: string | undefined): Bound {
    if (text === undefined || text === '') return undefined;
    if (text === '-' || !Number.isSafeInteger(Number(text))) {
      throw this.#error(`array index ${text} is not a number`);
    }
    return Number(text);
  }

  /** Ends at the first closing parenthesis that is in no quotes. */
  #filter(): JsonPathNode {
    this.#position += 3;
    const start = this.#position;
    let quote: string | undefined;
    let isClosed = true;
    for (;;) {
      const next = this.#peek();
      if (next === '' || next === '\n') throw this.#error('unterminated filter');
      this.#position += next.length;
      if (next === ')' && isClosed) break;
      if (next !== '"' && next !== "'") continue;
      if (quote === undefined) {
        quote = next;
        isClosed = false;
      } else if (next === quote && this.#text[this.#position - 2] !== '\\') isClosed = true;
    }
    const text = this.#text.slice(start, this.#position - 1);
    if (this.#peek() !== ']') throw this.#error('unclosed array expect ]');
    this.#position += 1;
    const [, left, operator, right] = COMPARISON.exec(text) ?? [];
    if (left === undefined || operator === undefined || right === undefined) {
      return { type: 'filter', left: this.#inner(text), operator: 'exists', right: EMPTY };
    }
    return { type: 'filter', left: this.#inner(left), operator, right: this.#inner(right) };
  }

  #inner(text: string): JsonPathNode {
    const [first = EMPTY] = new Parser(`{${text}}`, this.#depth + 1).template();
    return first;
  }

  /** The character at the position, an empty string at the end. */
  #peek(): string {
    const code = this.#text.codePointAt(this.#position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #error(problem: string): UsageError {
    return syntaxError(problem, this.#text);
  }
}

function syntaxError(problem: string, text: string): UsageError {
  return new UsageError(`JSONPath ${text.slice(0, 200)}: ${problem}`);
}

function isLineEnd(character: string): boolean {
  return character === '\r' || character === '\n';
}

function isWord(character: string): boolean {
  return /[_\p{L}\p{Nd}]/u.test(character);
}

function isTerminator(character: string): boolean {
  return ' \t\r\n.,[]$@{}'.includes(character);
}
