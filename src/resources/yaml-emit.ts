/**
 * JSON → YAML in kubectl's layout: block style, two spaces a level, `- ` below the first letter of its key. Keys keep their order and
 * numbers their digits; lines are not folded. {@link ../yaml-parse.ts} gives the same JSON back, and so does kubectl.
 */
import { JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json-value.ts';
import { IMPLICIT_KEY_LENGTH_MAX, inlineScalar, literalBlock } from './yaml-scalar.ts';

/** The separator between documents of one stream. */
export const DOCUMENT_SEPARATOR = '---\n';

const KEY_CACHE_SIZE_MAX = 4096;
const KEY_CACHE_LENGTH_MAX = 64;
/** The same few hundred keys make up most of a cluster. Bounded in count and length. */
const keyCache = new Map<string, string>();

/** `value` as one YAML document that ends with a line feed. */
export function yamlFromJson(value: JsonValue): string {
  if (value instanceof Map && value.size > 0) return mapping(value, '', '');
  if (Array.isArray(value) && value.length > 0) return sequence(value, '', '');
  return typeof value === 'string' ? `${inlineScalar(value)}\n` : leaf(value);
}

function keyText(key: string): string {
  const cached = keyCache.get(key);
  if (cached !== undefined) return cached;
  const text = inlineScalar(key);
  if (key.length <= KEY_CACHE_LENGTH_MAX && keyCache.size < KEY_CACHE_SIZE_MAX) {
    // Engines cut strings out of a text without copying: what is kept must not keep the whole text alive.
    keyCache.set(JSON.parse(JSON.stringify(key)) as string, JSON.parse(JSON.stringify(text)) as string);
  }
  return text;
}

/** `firstIndent`: what precedes the first key, nothing where it stands behind `- `. */
function mapping(object: JsonObject, firstIndent: string, indent: string): string {
  let text = '';
  let lead = firstIndent;
  for (const [key, value] of object) {
    const name = keyText(key);
    text += name.length <= IMPLICIT_KEY_LENGTH_MAX ? `${lead}${name}:` : `${lead}? ${name}\n${indent}:`;
    text += field(value, indent);
    lead = indent;
  }
  return text;
}

/** What follows a key's colon. A sequence starts in the column of its key. */
function field(value: JsonValue, indent: string): string {
  if (typeof value === 'string') return ` ${scalar(value, indent)}`;
  if (value instanceof Map) {
    if (value.size === 0) return ' {}\n';
    const inner = `${indent}  `;
    return `\n${mapping(value, inner, inner)}`;
  }
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequence(value, indent, indent)}`;
  return ` ${leaf(value)}`;
}

function sequence(array: JsonArray, firstIndent: string, indent: string): string {
  let text = '';
  let lead = firstIndent;
  for (const item of array) {
    text += `${lead}- ${element(item, indent)}`;
    lead = indent;
  }
  return text;
}

function element(item: JsonValue, indent: string): string {
  if (typeof item === 'string') return scalar(item, indent);
  if (item instanceof Map) return item.size === 0 ? '{}\n' : mapping(item, '', `${indent}  `);
  if (Array.isArray(item)) return item.length === 0 ? '[]\n' : sequence(item, '', `${indent}  `);
  return leaf(item);
}

function scalar(text: string, indent: string): string {
  if (text.includes('\n')) {
    const block = literalBlock(text, `${indent}  `);
    if (block !== undefined) return block;
  }
  return `${inlineScalar(text)}\n`;
}

/** Values without text of their own. Numbers above the doubles carry a tag: kubectl takes them for strings without. */
function leaf(value: Exclude<JsonValue, string>): string {
  if (value instanceof JsonNumber) {
    return Number.isFinite(Number(value.text)) ? `${value.text}\n` : `!!float ${value.text}\n`;
  }
  if (Array.isArray(value)) return '[]\n';
  if (value instanceof Map) return '{}\n';
  return `${String(value)}\n`;
}
