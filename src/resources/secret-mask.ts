/**
 * Secrets as they may be shown: keys and sizes stay, values go. Holds for `data`, `stringData`, the copy that kubectl apply keeps in an
 * annotation, and so for Helm's releases, which are Secrets.
 */
import { objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** True for a core Secret. */
export function isSecret(object: JsonValue): boolean {
  return stringAt(object, 'kind') === 'Secret' && stringAt(object, 'apiVersion') === 'v1';
}

/** What stands where a value of `size` bytes was. */
export function maskedValue(size: number): string {
  return `*** (${size} ${size === 1 ? 'byte' : 'bytes'})`;
}

/**
 * `object` itself where it holds no Secret, else a copy with masked values. Lists are masked item by item, also the API's own `SecretList`,
 * whose items do not say what they are.
 */
export function maskSecrets(object: JsonObject): JsonObject {
  if (isSecret(object)) return maskSecret(object);
  const items = object.get('items');
  if (!Array.isArray(items)) return object;
  const ofSecrets = stringAt(object, 'kind') === 'SecretList';
  const masked = items.map((item) => {
    if (!(item instanceof Map)) return item;
    return ofSecrets && !item.has('kind') ? maskSecret(item) : maskSecrets(item);
  });
  return masked.every((item, index) => item === items[index]) ? object : new Map(object).set('items', masked);
}

function maskSecret(secret: JsonObject): JsonObject {
  const masked: JsonObject = new Map();
  for (const [key, value] of secret) {
    if (key === 'data') masked.set(key, maskFields(value, base64Size));
    else if (key === 'stringData') masked.set(key, maskFields(value, utf8Size));
    else masked.set(key, key === 'metadata' ? maskMetadata(value) : value);
  }
  return masked;
}

function maskFields(fields: JsonValue, sizeOf: (text: string) => number): JsonValue {
  if (!(fields instanceof Map)) {
    return fields === null ? null : maskedValue(typeof fields === 'string' ? sizeOf(fields) : 0);
  }
  const masked: JsonObject = new Map();
  for (const [key, value] of fields) {
    masked.set(key, value === null ? null : maskedValue(typeof value === 'string' ? sizeOf(value) : 0));
  }
  return masked;
}

function maskMetadata(metadata: JsonValue): JsonValue {
  const annotations = objectAt(metadata, 'annotations');
  const applied = annotations?.get(LAST_APPLIED);
  if (!(metadata instanceof Map) || annotations === undefined || applied === undefined) return metadata;
  const masked = new Map(annotations).set(
    LAST_APPLIED,
    maskedValue(typeof applied === 'string' ? utf8Size(applied) : 0),
  );
  return new Map(metadata).set('annotations', masked);
}

function utf8Size(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Bytes that base64 text stands for. */
function base64Size(text: string): number {
  const digits = text.replace(/[^A-Za-z0-9+/]/g, '').length;
  return Math.floor((digits * 3) / 4);
}
