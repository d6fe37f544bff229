/** JSONPath for one object at a time, as `kubectl get -o jsonpath` evaluates it for an object, or for a list that holds it. */
import { UsageError } from '../errors.ts';
import { evaluateJsonPath } from './jsonpath.ts';
import { parseRelaxedJsonPath, type JsonPathNode } from './jsonpath-parser.ts';
import { jsonFrom, type JsonObject, type JsonValue } from './json-value.ts';

/**
 * The values that paths give for an object: `{.spec.replicas}`, `.spec.replicas`, `{.items[?(@.spec.replicas>1)].metadata.name}`. One that
 * begins with `.items` sees a list of this object alone.
 * @throws UsageError where `text` is no path, or holds text or a range, which give something for every object
 */
export function objectPath(text: string): (object: JsonObject) => readonly JsonValue[] {
  const paths = parseRelaxedJsonPath(text);
  const isPath = (node: JsonPathNode): boolean =>
    node.type === 'list' &&
    node.nodes.length > 0 &&
    node.nodes.every(({ type }) => type !== 'text' && type !== 'identifier');
  if (text.trim() === '' || paths.length === 0 || !paths.every(isPath)) {
    throw new UsageError(
      `JSONPath ${text}: a search takes paths, such as {.spec.replicas}, without text and range`,
    );
  }
  const isOfList = paths.some(
    (node) => node.type === 'list' && node.nodes[0]?.type === 'field' && node.nodes[0].name === 'items',
  );
  return (object) => {
    const value = isOfList ? listOf(object) : object;
    return evaluateJsonPath(paths, value).flat();
  };
}

function listOf(object: JsonObject): JsonObject {
  const list = jsonFrom({ apiVersion: 'v1', kind: 'List' });
  return (list as JsonObject).set('items', [object]);
}
