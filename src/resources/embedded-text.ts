/** Objects that other objects hold as text: what kubectl apply remembers, configuration files in ConfigMaps. */
import { isPtarError } from '../errors.ts';
import { parseJson } from './json-text.ts';
import type { JsonValue } from './json-value.ts';
import { jsonFromYaml } from './yaml-parse.ts';

/** Longest text that is looked into (characters); etcd takes no larger object. */
const LENGTH_MAX = 2 << 20;

/** The object or array that `text` holds as JSON or as one YAML document; undefined for any other text. */
export function embeddedValue(text: string): JsonValue | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  try {
    if (/^\s*[[{]/.test(text)) return containerOf(parseJson(text));
    // A line of prose may well be YAML.
    if (!/^[^\s#:]+:(?:\s|$)|^- /m.test(text) || !text.includes('\n')) return undefined;
    const [value, ...others] = jsonFromYaml(text);
    return value === undefined || others.length > 0 ? undefined : containerOf(value);
  } catch (error) {
    if (isPtarError(error)) return undefined;
    throw error;
  }
}

function containerOf(value: JsonValue): JsonValue | undefined {
  return value instanceof Map || Array.isArray(value) ? value : undefined;
}
