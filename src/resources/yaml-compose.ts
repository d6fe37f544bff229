/**
 * The complete reader for YAML that people and tools write. The `yaml` package reads the syntax; what scalars mean, keys, merges and
 * aliases follow kubectl (sigs.k8s.io/yaml over go-yaml v2), with two exceptions: a key that occurs twice is an error where kubectl
 * takes the last one, and numbers keep their digits.
 */
import { Composer, LineCounter, Parser, isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { ErrorCode, Node, Scalar, YAMLMap } from 'yaml';
import { ConnectorError } from '../errors.ts';
import { JSON_DEPTH_MAX } from './json-text.ts';
import { JsonNumber, cloneJson, type JsonObject, type JsonValue } from './json-value.ts';
import { UNREPRESENTABLE, keyFromPlain, resolvePlain, type PlainValue } from './yaml-resolution.ts';

/** Values that all aliases of a document may add together: more is a decompression bomb. */
export const ALIAS_VALUES_MAX = 100_000;
/** Length of a document (UTF-16 units) that the complete reader takes: it needs about 30 times that in memory. */
export const YAML_LENGTH_MAX = 16 * 1024 * 1024;

const NULL_TAG = 'tag:yaml.org,2002:null';
const TAGS: Readonly<Record<string, (value: PlainValue, text: string) => JsonValue | undefined>> = {
  '!': (_, text) => text,
  'tag:yaml.org,2002:str': (_, text) => text,
  'tag:yaml.org,2002:bool': (value) => (typeof value === 'boolean' ? value : undefined),
  'tag:yaml.org,2002:int': (value) =>
    value instanceof JsonNumber && /^-?[0-9]+$/.test(value.text) ? value : undefined,
  'tag:yaml.org,2002:float': (value, text) => {
    if (value instanceof JsonNumber) return value;
    return JSON_NUMBER.test(text) ? new JsonNumber(text) : undefined;
  },
  [NULL_TAG]: (value) => (value === null ? null : undefined),
};
const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const COLLECTION_TAGS = new Set(['!', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);

/** Own words for the package's errors, because its messages quote the text. */
const PROBLEMS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias with a tag or anchor',
  BAD_ALIAS: 'a bad alias or anchor',
  BAD_COLLECTION_TYPE: 'a tag for another type of collection',
  BAD_DIRECTIVE: 'a bad % directive',
  BAD_DQ_ESCAPE: 'an unknown escape in double quotes',
  BAD_INDENT: 'bad indentation',
  BAD_PROP_ORDER: 'a tag or anchor in the wrong place',
  BAD_SCALAR_START: 'a value that begins with @ or ` needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a nested mapping on one line',
  BLOCK_IN_FLOW: 'block style inside brackets',
  DUPLICATE_KEY: 'a key occurs twice',
  IMPOSSIBLE: 'unreadable syntax',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a quote or bracket is not closed, or a comma, colon, space or indentation is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a colon is missing',
  MULTIPLE_ANCHORS: 'two anchors for one value',
  MULTIPLE_DOCS: 'a second document',
  MULTIPLE_TAGS: 'two tags for one value',
  NON_STRING_KEY: 'a key that is not a scalar',
  RESOURCE_EXHAUSTION: 'nested too deep',
  TAB_AS_INDENT: 'a tab where spaces must indent',
  TAG_RESOLVE_FAILED: 'an unknown tag',
  UNEXPECTED_TOKEN: 'something unexpected, perhaps wrong indentation',
};

class NodeReader {
  readonly #fail: (problem: string, offset: number) => never;
  readonly #anchors = new Map<string, JsonValue | undefined>();
  #aliasValues = 0;
  #depth = 0;

  constructor(fail: (problem: string, offset: number) => never) {
    this.#fail = fail;
  }

  fail(problem: string, node: Node): never {
    return this.#fail(problem, node.range?.[0] ?? 0);
  }

  value(node: Node): JsonValue {
    if (isAlias(node)) return this.alias(node.source, node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const value = this.#unanchored(node);
    if (anchor !== undefined) this.#anchors.set(anchor, value);
    return value;
  }

  #unanchored(node: Node): JsonValue {
    if (isScalar(node)) return this.scalar(node);
    if (++this.#depth > JSON_DEPTH_MAX) this.fail(`nested deeper than ${JSON_DEPTH_MAX}`, node);
    if (node.tag !== undefined && !COLLECTION_TAGS.has(node.tag)) {
      this.fail(PROBLEMS.TAG_RESOLVE_FAILED, node);
    }
    let value: JsonValue;
    if (isMap(node)) value = this.mapping(node);
    else if (isSeq(node)) value = node.items.map((item) => this.value(item as Node));
    else this.fail(PROBLEMS.IMPOSSIBLE, node);
    this.#depth--;
    return value;
  }

  alias(name: string, node: Node): JsonValue {
    if (!this.#anchors.has(name)) this.fail('an alias without its anchor', node);
    const value = this.#anchors.get(name);
    if (value === undefined) this.fail('an alias inside the value that it stands for', node);
    this.#aliasValues += countValues(value);
    if (this.#aliasValues > ALIAS_VALUES_MAX) {
      this.fail(`aliases add more than ${ALIAS_VALUES_MAX} values`, node);
    }
    if (this.#depth + depthOf(value) > JSON_DEPTH_MAX) {
      this.fail(`nested deeper than ${JSON_DEPTH_MAX}`, node);
    }
    return cloneJson(value);
  }

  scalar(node: Scalar): JsonValue {
    const text = String(node.value);
    if (node.tag === undefined && node.type !== 'PLAIN') return text;
    const plain = resolvePlain(text);
    if (node.tag !== undefined) {
      const tagged = TAGS[node.tag];
      if (tagged === undefined) this.fail(PROBLEMS.TAG_RESOLVE_FAILED, node);
      const value = tagged(plain, text);
      if (value === undefined) this.fail('a value that its tag does not allow', node);
      return value;
    }
    if (plain === UNREPRESENTABLE) this.fail('infinity or not-a-number, which JSON cannot hold', node);
    return plain;
  }

  mapping(node: YAMLMap): JsonObject {
    const object: JsonObject = new Map();
    const written = new Set<string>();
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const valueNode = pair.value as Node | null;
      if (keyNode !== null && isMergeKey(keyNode)) {
        if (valueNode === null) this.fail('a merge (<<) of nothing', keyNode);
        this.merge(object, valueNode);
        continue;
      }
      const key = keyNode === null ? undefined : this.key(keyNode);
      if (key === undefined) this.fail('a key that is null, infinity or a collection', keyNode ?? node);
      if (written.has(key)) this.fail('a key occurs twice in one mapping', keyNode ?? node);
      written.add(key);
      object.set(key, valueNode === null ? null : this.value(valueNode));
    }
    return object;
  }

  key(node: Node): string | undefined {
    if (isScalar(node) && node.tag === undefined && node.type === 'PLAIN') {
      if (node.anchor !== undefined) this.value(node);
      return keyFromPlain(String(node.value));
    }
    const value = this.value(node);
    if (value instanceof JsonNumber) return keyFromPlain(value.text);
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
  }

  /** Merges in the order of the text, as kubectl: a merged field replaces an earlier one and gives way to a later one. */
  merge(object: JsonObject, node: Node): void {
    const value = this.value(node);
    const sources = Array.isArray(value) ? value.toReversed() : [value];
    for (const source of sources) {
      if (!(source instanceof Map)) this.fail('a merge (<<) of something else than mappings', node);
      for (const [key, field] of source) object.set(key, field);
    }
  }
}

function isMergeKey(node: Node): boolean {
  if (!isScalar(node) || node.value !== '<<') return false;
  return node.tag === undefined ? node.type === 'PLAIN' : node.tag === 'tag:yaml.org,2002:merge';
}

function countValues(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countValues(item), 1);
  if (!(value instanceof Map)) return 1;
  let sum = 1;
  for (const field of value.values()) sum += countValues(field);
  return sum;
}

function depthOf(value: JsonValue): number {
  if (value === null || typeof value !== 'object' || value instanceof JsonNumber) return 0;
  let deepest = 0;
  for (const item of value.values()) deepest = Math.max(deepest, depthOf(item));
  return deepest + 1;
}

/**
 * The values of the documents in `text`; documents without content (only comments) are left out.
 * @param line the line (from 1) at which `text` begins in its file, for errors
 * @throws ConnectorError CONNECTOR_INPUT with line and column, never with content
 */
export function composeYaml(text: string, line = 1): JsonValue[] {
  if (text.length > YAML_LENGTH_MAX) {
    throw new ConnectorError(
      'CONNECTOR_INPUT',
      `the YAML document at line ${line} is longer than ${YAML_LENGTH_MAX / 1024 / 1024} Mi characters: split it with "---" lines`,
    );
  }
  const lines = new LineCounter();
  const fail = (problem: string, offset: number): never => {
    const position = lines.linePos(offset);
    const at = `line ${line + position.line - 1}, column ${position.col}`;
    throw new ConnectorError('CONNECTOR_INPUT', `not valid YAML: ${problem} at ${at}`);
  };
  const composer = new Composer({
    schema: 'failsafe',
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const values: JsonValue[] = [];
  for (const document of composer.compose(new Parser(lines.addNewLine).parse(text), true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined) fail(PROBLEMS[error.code], error.pos[0]);
    const content = document.contents;
    if (content === null || (isScalar(content) && content.type === 'PLAIN' && content.value === '')) continue;
    values.push(new NodeReader(fail).value(content));
  }
  return values;
}
