/** From the text of a manifest file to the objects in it, as kubectl takes it apart. */
import { isPtarError, type PtarError } from '../../errors.ts';
import { parseJsonStream } from '../../resources/json-text.ts';
import { stringAt, type JsonObject, type JsonValue } from '../../resources/json-value.ts';
import { jsonFromYamlDocument, splitYaml } from '../../resources/yaml-parse.ts';

/** An object, or what is wrong, at a line (from 1) of the file. */
export type FoundObject =
  | { readonly line: number; readonly object: JsonObject; readonly error?: never }
  | { readonly line: number; readonly object?: never; readonly error: string };

/**
 * The objects in `text`: YAML documents, or JSON values one after the other. Lists are taken apart. A bad document is an error; the
 * documents after it are read.
 *
 * @param onDocument called for every document that is not empty, bad ones included
 */
export function* objectsIn(text: string, onDocument: () => void): Generator<FoundObject> {
  for (const { line, value, error } of valuesIn(text)) {
    onDocument();
    if (error !== undefined) yield { line, error };
    else yield* unrolled(value, line);
  }
}

type FoundValue =
  | { readonly line: number; readonly value: JsonValue; readonly error?: never }
  | { readonly line: number; readonly value?: never; readonly error: string };

function* valuesIn(text: string): Generator<FoundValue> {
  if (/^\ufeff?\s*\{/.test(text)) {
    const values = [...caught(parseJsonStream(text.replace(/^\ufeff/, '')))];
    // Braces may also begin YAML in flow style: kubectl tries that next.
    if (values.every(({ error }) => error === undefined)) {
      yield* values;
      return;
    }
    const yaml = [...yamlValues(text)];
    yield* yaml.every(({ error }) => error === undefined) ? yaml : values;
    return;
  }
  yield* yamlValues(text);
}

function* yamlValues(text: string): Generator<FoundValue> {
  for (const document of caught(splitYaml(text))) {
    if (document.error !== undefined) {
      yield document;
      continue;
    }
    try {
      for (const value of jsonFromYamlDocument(document)) {
        if (value !== null) yield { line: document.line, value };
      }
    } catch (error) {
      yield { line: lineOf(error) ?? document.line, error: problem(error) };
    }
  }
}

/** The items of a generator; its error as the last one. */
function* caught<T extends { readonly line: number }>(
  items: Iterable<T>,
): Generator<(T & { readonly error?: never }) | { readonly line: number; readonly error: string }> {
  try {
    for (const item of items) yield item;
  } catch (error) {
    yield { line: lineOf(error) ?? 1, error: problem(error) };
  }
}

function problem(error: unknown): string {
  return (expected(error) satisfies PtarError).message;
}

function expected(error: unknown): PtarError {
  if (isPtarError(error)) return error;
  throw error;
}

/** The line that the readers of `src/resources` name in their errors. */
function lineOf(error: unknown): number | undefined {
  const match = /at line (\d+)/.exec(expected(error).message);
  return match === null ? undefined : Number(match[1]);
}

/** `kind: List` and the typed lists of the API (`DeploymentList`), whose items have no kind of their own. */
function* unrolled(value: JsonValue, line: number): Generator<FoundObject> {
  const kind = stringAt(value, 'kind');
  const apiVersion = stringAt(value, 'apiVersion');
  if (!(value instanceof Map) || kind === undefined || apiVersion === undefined) {
    yield { line, error: 'no Kubernetes object: apiVersion and kind are missing' };
    return;
  }
  const items = value.get('items');
  if (!kind.endsWith('List') || !Array.isArray(items)) {
    yield { line, object: value };
    return;
  }
  for (const item of items) {
    const typed = kind !== 'List' && item instanceof Map && !item.has('kind');
    const head: readonly [string, JsonValue][] = [
      ['apiVersion', apiVersion],
      ['kind', kind.slice(0, -'List'.length)],
    ];
    yield* unrolled(typed ? new Map([...head, ...item]) : item, line);
  }
}
