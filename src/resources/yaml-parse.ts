/** YAML text → {@link JsonValue}s, as kubectl understands it. */
import { ConnectorError } from '../errors.ts';
import type { JsonValue } from './json-value.ts';
import { parseBlockYaml } from './yaml-block-parse.ts';
import { composeYaml } from './yaml-compose.ts';

/** One document of a stream: its text without separators, and the line (from 1) where that begins. */
export interface YamlDocument {
  readonly text: string;
  readonly line: number;
}

/**
 * Splits a stream as kubectl does: at every line that begins with `---`. So a damaged document does not take the others with it.
 * @throws ConnectorError CONNECTOR_INPUT where something else than a comment stands behind a `---`
 */
export function* splitYaml(stream: string): Generator<YamlDocument> {
  const text = stream.startsWith('\ufeff') ? stream.slice(1) : stream;
  let start = 0;
  let line = 1;
  for (const separator of text.matchAll(/(?<![^\n])---([^\n]*)\n?/g)) {
    if (separator.index > start) {
      const document = text.slice(start, separator.index);
      yield { text: document, line };
      line += countLines(document);
    }
    if (!/^\s*(?:#|$)/.test(separator[1] ?? '')) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        `not valid YAML: only a comment may follow "---" on its line, at line ${line}, column 4`,
      );
    }
    line++;
    start = separator.index + separator[0].length;
  }
  if (start < text.length) yield { text: text.slice(start), line };
}

function countLines(text: string): number {
  let lines = 0;
  for (let offset = text.indexOf('\n'); offset >= 0; offset = text.indexOf('\n', offset + 1)) lines++;
  return lines;
}

/**
 * The values of one document of {@link splitYaml}: none where it holds only comments, usually one.
 * @throws ConnectorError CONNECTOR_INPUT with line and column, never with content
 */
export function jsonFromYamlDocument(document: YamlDocument): JsonValue[] {
  const value = parseBlockYaml(document.text);
  return value === undefined ? composeYaml(document.text, document.line) : [value];
}

/**
 * The values of all documents in `text`; documents without content are left out.
 * @throws ConnectorError CONNECTOR_INPUT with line and column of the first problem, never with content
 */
export function jsonFromYaml(text: string): JsonValue[] {
  const values: JsonValue[] = [];
  for (const document of splitYaml(text)) values.push(...jsonFromYamlDocument(document));
  return values;
}
