/**
 * Objects for eyes that may see everything but the Secrets. Every value of a Secret gives way to a name that is made of it: equal
 * values have equal names, so that it still shows which Secrets share a value and which have changed, but no value can be had from
 * its name. Keys, types and everything else stay, and a redacted Secret is still one that Kubernetes takes.
 *
 * Values are looked for wherever Kubernetes and its tools put them: `data` and `stringData` of Secrets (also those of service account
 * tokens, registries and Helm), annotations and labels that repeat them, Secrets inside other objects and inside text, and Helm
 * releases kept in ConfigMaps. What people write elsewhere – environment variables, arguments, ConfigMaps of their own – stays.
 */
import { parseJson, stringifyJson } from './json-text.ts';
import { objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { DOCUMENT_SEPARATOR, yamlFromJson } from './yaml-emit.ts';
import { jsonFromYaml } from './yaml-parse.ts';

/** Makes a name of a value: at most 63 letters, digits and `-`, the same for equal values. */
export type ValueName = (value: Uint8Array) => string;

/** Annotations that repeat a whole object, some of them packed. */
const REPEATING_ANNOTATIONS = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'kopf.zalando.org/last-handled-configuration',
  'objectset.rio.cattle.io/applied',
  'banzaicloud.com/last-applied',
]);
/** Keys of Secrets whose value Kubernetes wants to be JSON. */
const JSON_KEYS = new Set(['.dockerconfigjson', '.dockercfg']);
/** Shorter values (characters) are not looked for in other text: `true` and `admin` would be found everywhere. */
const REPEATED_LENGTH_MIN = 8;
/** Text that may hold a Secret as YAML, or as JSON, also inside JSON strings. */
const SECRET_IN_TEXT = /\bkind[\\"']*\s*:\s*[\\"']*Secret\b/;
const JSON_START = /^\s*[[{]/;

/** `object` itself where there is nothing to hide, else a copy with names for values. */
export function redactSecrets(object: JsonObject, nameOf: ValueName): JsonObject {
  const redacted = redactValue(object, nameOf);
  return redacted instanceof Map ? redacted : object;
}

function redactValue(value: JsonValue, nameOf: ValueName): JsonValue {
  if (typeof value === 'string') return redactText(value, nameOf);
  if (Array.isArray(value)) return replaced(value, nameOf);
  if (!(value instanceof Map)) return value;
  // By kind alone: a copy inside another object may leave its version out, and no harm is done to other groups' Secrets.
  if (stringAt(value, 'kind') === 'Secret') return redactSecret(value, nameOf);
  return isHelmRelease(value) ? redactHelmRelease(value, nameOf) : replacedFields(value, nameOf);
}

function replaced(array: readonly JsonValue[], nameOf: ValueName): JsonValue {
  const items = array.map((item) => redactValue(item, nameOf));
  return items.every((item, index) => item === array[index]) ? (array as JsonValue[]) : items;
}

function replacedFields(object: JsonObject, nameOf: ValueName): JsonObject {
  let copy: JsonObject | undefined;
  for (const [key, value] of object) {
    const redacted = redactValue(value, nameOf);
    if (redacted !== value) copy = (copy ?? new Map(object)).set(key, redacted);
  }
  return copy ?? object;
}

/** Manifests inside text: what kubectl apply remembers, add-ons in ConfigMaps. What cannot be read is hidden as a whole. */
function redactText(text: string, nameOf: ValueName): string {
  const mayHoldSecret = SECRET_IN_TEXT.test(text);
  const isJson = JSON_START.test(text);
  if (!mayHoldSecret && !isJson) return text;
  try {
    return isJson ? redactJson(text, nameOf) : redactYaml(text, nameOf);
  } catch {
    return mayHoldSecret ? nameOf(utf8(text)) : text;
  }
}

function redactJson(text: string, nameOf: ValueName): string {
  const value = parseJson(text);
  const redacted = redactValue(value, nameOf);
  return redacted === value ? text : stringifyJson(redacted);
}

function redactYaml(text: string, nameOf: ValueName): string {
  const documents = jsonFromYaml(text).map((document) => {
    // A document that is only text would be looked into again and again.
    return typeof document === 'string' ? nameOf(utf8(document)) : redactValue(document, nameOf);
  });
  return documents.map((document) => yamlFromJson(document)).join(DOCUMENT_SEPARATOR);
}

function redactSecret(secret: JsonObject, nameOf: ValueName): JsonObject {
  const values = secretValues(secret);
  const redacted: JsonObject = new Map();
  for (const [key, value] of secret) {
    if (key === 'data') redacted.set(key, redactFields(value, nameOf, { base64: true }));
    else if (key === 'stringData') redacted.set(key, redactFields(value, nameOf, { base64: false }));
    else if (key === 'metadata' && value instanceof Map) {
      redacted.set(key, redactMetadata(value, values, nameOf));
    } else redacted.set(key, redactValue(value, nameOf));
  }
  return redacted;
}

function redactFields(fields: JsonValue, nameOf: ValueName, { base64 }: { base64: boolean }): JsonValue {
  if (fields === null) return null;
  if (!(fields instanceof Map)) return nameOf(utf8(stringifyJson(fields)));
  const redacted: JsonObject = new Map();
  for (const [key, value] of fields) {
    if (value === null) {
      redacted.set(key, null);
      continue;
    }
    const text = typeof value === 'string' ? value : stringifyJson(value);
    const name = nameOf((base64 ? bytesOfBase64(text) : undefined) ?? utf8(text));
    const shown = JSON_KEYS.has(key) ? `{"redacted":"${name}"}` : name;
    redacted.set(key, base64 ? btoa(shown) : shown);
  }
  return redacted;
}

/** Labels and annotations of a Secret, which tools use to repeat what it holds. */
function redactMetadata(metadata: JsonObject, values: readonly string[], nameOf: ValueName): JsonObject {
  const redacted = new Map(metadata);
  for (const field of ['labels', 'annotations']) {
    const pairs = objectAt(metadata, field);
    if (pairs === undefined) continue;
    const copy: JsonObject = new Map();
    for (const [key, value] of pairs) {
      const text = typeof value === 'string' ? value : stringifyJson(value);
      const repeats = REPEATING_ANNOTATIONS.has(key) || values.some((item) => text.includes(item));
      copy.set(key, repeats ? redactRepetition(text, nameOf) : redactValue(value, nameOf));
    }
    redacted.set(field, copy);
  }
  return redacted;
}

/** A repeated object stays readable where it is one; anything else is hidden as a whole. */
function redactRepetition(text: string, nameOf: ValueName): string {
  try {
    const object = parseJson(text);
    if (stringAt(object, 'kind') === 'Secret') return stringifyJson(redactValue(object, nameOf));
  } catch {
    // Packed, or no JSON at all.
  }
  return nameOf(utf8(text));
}

/** The values of a Secret in the forms in which they may be repeated: as they are, and in base64. */
function secretValues(secret: JsonObject): readonly string[] {
  const values: string[] = [];
  for (const [key, value] of objectAt(secret, 'data') ?? []) {
    if (typeof value !== 'string' || key === 'namespace') continue;
    const bytes = bytesOfBase64(value);
    values.push(value, ...(bytes === undefined ? [] : [new TextDecoder().decode(bytes)]));
  }
  for (const value of objectAt(secret, 'stringData')?.values() ?? []) {
    if (typeof value === 'string') values.push(value);
  }
  return values.filter((value) => value.length >= REPEATED_LENGTH_MIN);
}

/** Helm with its ConfigMap driver keeps releases, rendered Secrets and all, as packed text under `release`. */
function isHelmRelease(object: JsonObject): boolean {
  return (
    stringAt(object, 'kind') === 'ConfigMap' && stringAt(object, 'metadata', 'labels', 'owner') === 'helm'
  );
}

function redactHelmRelease(release: JsonObject, nameOf: ValueName): JsonObject {
  const redacted = new Map(release);
  for (const field of ['data', 'binaryData']) {
    const fields = release.get(field);
    if (fields === undefined) continue;
    redacted.set(field, redactFields(fields, nameOf, { base64: field === 'binaryData' }));
  }
  return redacted;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
