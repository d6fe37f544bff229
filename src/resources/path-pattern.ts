/**
 * Places in objects, written as the API reference writes them: `spec.volumes[].secret.secretName`. `[]` is every element of a list; a
 * key with dots stands in brackets: `metadata.annotations[kubernetes.io/ingress.class]`.
 */
import { valueAt, type JsonPath, type JsonValue } from './json-value.ts';

/** Every element of a list. */
const EACH = Symbol('every element');

/** A pattern, taken apart once. */
export type PathPattern = readonly (string | typeof EACH)[];

const STEP = /\[\]|\[([^\]]+)\]|[^.[\]]+/g;

/** Takes `text` apart; see the head of this file. The empty text is the object itself. */
export function parsePathPattern(text: string): PathPattern {
  return [...text.matchAll(STEP)].map(([step, key]) => (step === '[]' ? EACH : (key ?? step)));
}

/** The paths in `value` that fit `pattern` and at which there is something. */
export function* matchPaths(value: JsonValue, pattern: PathPattern): Generator<JsonPath> {
  yield* matchFrom(value, pattern, 0, []);
}

function* matchFrom(
  value: JsonValue,
  pattern: PathPattern,
  depth: number,
  path: JsonPath,
): Generator<JsonPath> {
  const step = pattern[depth];
  if (step === undefined) yield path;
  else if (step !== EACH) {
    const next = valueAt(value, step);
    if (next !== undefined) yield* matchFrom(next, pattern, depth + 1, [...path, step]);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* matchFrom(item, pattern, depth + 1, [...path, index]);
    }
  }
}

/** A path as people write it: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
