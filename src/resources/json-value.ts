/**
 * The value model of a Kubernetes object: JSON that loses nothing. Numbers keep the digits they were written with (also beyond
 * 2^53), objects keep the order of their keys. Everything in `src/resources` works on these values; never on plain objects, which
 * reorder integer-like keys and round numbers.
 */

/** A number as it was written: `text` follows the grammar of RFC 8259 §6, so `1`, `-0`, `1.0`, `1e3`, `12345678901234567890`. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** The nearest double; not what was written when that has more digits. */
  toNumber(): number {
    return Number(this.text);
  }
}

/** Any JSON value. */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | Map<string, JsonValue>;
/** A JSON array. */
export type JsonArray = JsonValue[];
/** A JSON object: keys in the order of the text. */
export type JsonObject = Map<string, JsonValue>;
/** Keys of objects and indexes of arrays, from the outside in. */
export type JsonPath = readonly (string | number)[];

/** True for a JSON object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** The value at `path`, or undefined where any step is missing. */
export function valueAt(value: JsonValue | undefined, ...path: JsonPath): JsonValue | undefined {
  let current = value;
  for (const step of path) {
    if (current instanceof Map) current = current.get(String(step));
    else if (Array.isArray(current)) current = typeof step === 'number' ? current[step] : undefined;
    else return undefined;
  }
  return current;
}

/** The string at `path`, or undefined where there is none or something else. */
export function stringAt(value: JsonValue | undefined, ...path: JsonPath): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The object at `path`, or undefined where there is none or something else. */
export function objectAt(value: JsonValue | undefined, ...path: JsonPath): JsonObject | undefined {
  const found = valueAt(value, ...path);
  return found instanceof Map ? found : undefined;
}

/** The array at `path`; an empty one where there is none or something else. */
export function arrayAt(value: JsonValue | undefined, ...path: JsonPath): readonly JsonValue[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A copy that shares no array or object with `value`. */
export function cloneJson<T extends JsonValue>(value: T): T;
export function cloneJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => cloneJson(item));
  if (!(value instanceof Map)) return value;
  const copy: JsonObject = new Map();
  for (const [key, field] of value) copy.set(key, cloneJson(field));
  return copy;
}

/** The same value: order of keys does not matter, numbers are compared by what they are worth (`1` is `1.0`, digits beyond 2^53 count). */
export function equalJson(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (left instanceof JsonNumber) return right instanceof JsonNumber && equalNumbers(left, right);
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equalJson(item, right[index] ?? null))
    );
  }
  if (!(left instanceof Map) || !(right instanceof Map) || left.size !== right.size) return false;
  for (const [key, value] of left) {
    const other = right.get(key);
    if (other === undefined || !equalJson(value, other)) return false;
  }
  return true;
}

function equalNumbers(left: JsonNumber, right: JsonNumber): boolean {
  return left.text === right.text || canonicalNumber(left.text) === canonicalNumber(right.text);
}

const NUMBER_PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;
/** Digits without leading and trailing zeros, and the power of ten; equal for equal numbers. */
export function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER_PARTS.exec(text) ?? [];
  const digits = whole + fraction;
  let start = 0;
  while (digits.charAt(start) === '0') start++;
  let end = digits.length;
  while (end > start && digits.charAt(end - 1) === '0') end--;
  const significant = digits.slice(start, end);
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end);
  return `${sign}${significant}e${power.toString()}`;
}

/**
 * A JSON value from plain data (numbers, strings, arrays, objects), as literals in code are. Fields that are undefined are left out.
 * @throws TypeError for what JSON cannot hold: functions, symbols, NaN
 */
export function jsonFrom(plain: unknown): JsonValue {
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (plain instanceof JsonNumber) return plain;
  if (typeof plain === 'bigint' || (typeof plain === 'number' && Number.isFinite(plain))) {
    return new JsonNumber(Object.is(plain, -0) ? '-0' : plain.toString());
  }
  if (Array.isArray(plain)) return plain.map(jsonFrom);
  if (typeof plain !== 'object') throw new TypeError(`JSON cannot hold a ${typeof plain}`);
  const entries: Iterable<[unknown, unknown]> = plain instanceof Map ? plain : Object.entries(plain);
  const object: JsonObject = new Map();
  for (const [key, value] of entries) if (value !== undefined) object.set(String(key), jsonFrom(value));
  return object;
}
