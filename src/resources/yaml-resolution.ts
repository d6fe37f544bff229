/**
 * What an unquoted YAML scalar means to kubectl: the rules of go-yaml v2 as sigs.k8s.io/yaml uses it. They are YAML 1.1 with
 * exceptions: `y`/`n` are booleans, `0644` is 420, `0o7` is 7, `1_000` is 1000, dates and sexagesimals stay strings.
 */
import { JsonNumber } from './json-value.ts';

/** The resolution of `.inf` and `.nan`: a value of its own, because the strings are taken. */
export const UNREPRESENTABLE = Symbol('infinity or not-a-number');

/** What an unquoted scalar resolves to. */
export type PlainValue = string | boolean | null | JsonNumber | typeof UNREPRESENTABLE;

const WORDS = new Map<string, boolean | null | typeof UNREPRESENTABLE>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) {
  WORDS.set(word, true);
}
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) {
  WORDS.set(word, false);
}
for (const word of ['', '~', 'null', 'Null', 'NULL']) WORDS.set(word, null);
for (const word of ['.inf', '.Inf', '.INF']) {
  for (const sign of ['', '+', '-']) WORDS.set(sign + word, UNREPRESENTABLE);
}
for (const word of ['.nan', '.NaN', '.NAN']) WORDS.set(word, UNREPRESENTABLE);

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** After a leading point Go's own ParseFloat decides: underscores only between digits. */
const POINT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;

/** The value of an unquoted scalar. A number that JSON can hold as written keeps its digits. */
export function resolvePlain(text: string): PlainValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first === 0x2e) return POINT_FLOAT.test(text) ? (floatFrom(text.replaceAll('_', '')) ?? text) : text;
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d)) return text;
  if (JSON_NUMBER.test(text)) return Number.isFinite(Number(text)) ? new JsonNumber(text) : text;
  const digits = text.replaceAll('_', '');
  const integer = integerFrom(digits);
  if (integer !== undefined) return new JsonNumber(integer.toString());
  return FLOAT.test(digits) ? (floatFrom(digits) ?? text) : text;
}

/** Go's json.Marshal of a double: as ECMAScript prints it, but with the sign of zero. Undefined above the doubles. */
function floatFrom(digits: string): JsonNumber | undefined {
  const value = Number(digits);
  if (!Number.isFinite(value)) return undefined;
  return new JsonNumber(Object.is(value, -0) ? '-0' : String(value));
}

const INTEGER = /^([-+]?)(?:(0[bB])([-+]?[01]+)|(0[oO]?)([0-7]+)|(0[xX])([0-9a-fA-F]+)|(0|[1-9][0-9]*))$/;
/** 64 bits need 66 characters; leading zeros are read up to this length. */
const INTEGER_LENGTH_MAX = 512;
/** Go's ParseInt, then ParseUint, with base 0. Undefined for anything else and beyond 64 bits. */
function integerFrom(digits: string): bigint | undefined {
  const match = digits.length > INTEGER_LENGTH_MAX ? null : INTEGER.exec(digits);
  if (match === null) return undefined;
  const [, sign = '', binary, bits = '', octal, octets = '', hex, nibbles = '', decimal = ''] = match;
  let magnitude: bigint;
  if (binary !== undefined) {
    // A second sign after 0b is what go-yaml's own binary fallback lets through, with a lower-case b and no sign before.
    if (!/^[01]/.test(bits)) {
      if (sign !== '' || binary !== '0b') return undefined;
      magnitude = BigInt(`0b${bits.slice(1)}`);
      return inRange(bits.startsWith('-') ? -magnitude : magnitude, true);
    }
    magnitude = BigInt(`0b${bits}`);
  } else if (octal !== undefined) magnitude = BigInt(`0o${octets}`);
  else if (hex !== undefined) magnitude = BigInt(`0x${nibbles}`);
  else magnitude = BigInt(decimal);
  return inRange(sign === '-' ? -magnitude : magnitude, sign !== '');
}

function inRange(value: bigint, signed: boolean): bigint | undefined {
  const max = signed ? -INT_MIN - 1n : UINT_MAX;
  return value >= INT_MIN && value <= max ? value : undefined;
}

/**
 * The key of an object that an unquoted YAML key becomes, as sigs.k8s.io/yaml names it: `on:` is "true", `0644:` is "420", `1.10:` is
 * "1.1". Undefined where kubectl refuses the key (null, infinity, above 2^63).
 */
export function keyFromPlain(text: string): string | undefined {
  const value = resolvePlain(text);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (!(value instanceof JsonNumber)) return undefined;
  const integer = /^-?[0-9]+$/.test(value.text) && !FLOAT_SYNTAX.test(text);
  if (!integer) return floatKey(Number(value.text));
  const whole = BigInt(value.text);
  if (whole > UINT_MAX || whole < INT_MIN) return floatKey(Number(value.text));
  if (whole <= -INT_MIN - 1n) return whole.toString();
  return text.startsWith('+') ? floatKey(Number(value.text)) : undefined;
}
const FLOAT_SYNTAX = /^[-+]?[0-9_]*\.|^[-+]?[0-9._]+[eE]/;

/** Go's FormatFloat(value, 'g', -1, 32): the shortest decimal that gives the same single-precision number. */
function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf';
  let precision = 1;
  while (precision < 9 && Math.fround(Number(value.toPrecision(precision))) !== single) precision++;
  const [mantissa = '', exponent = '0'] = single.toExponential(precision - 1).split('e');
  const power = Number(exponent);
  if (single !== 0 && (power < -4 || power >= 6)) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const text = String(Number(`${mantissa}e${exponent}`));
  return Object.is(single, -0) ? '-0' : text;
}

/** What YAML 1.1 and 1.2 readers other than kubectl's take for something else than a string. */
const AMBIGUOUS_FORMS = [
  '[-+]?0[bB][01_]*',
  '[-+]?0[xX][0-9a-fA-F_]*',
  '[-+]?0[oO][0-7_]*',
  '[-+]?[0-9][0-9_]*', // 0644, 1_000
  '[-+]?(?:[0-9][0-9_]*)?\\.[0-9_]*(?:[eE][-+]?[0-9]+)?', // .5, 1_0.5, 1.
  '[-+]?[0-9][0-9_]*(?:\\.[0-9_]*)?[eE][-+]?[0-9]+', // 1e3, also beyond the doubles
  '[-+]?[eE][-+]?[0-9]+', // e0, which some take for a float without digits
  '[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\\.[0-9_]*)?', // 1:30, 190:20:30.15
  '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}.*)?', // dates, timestamps
];
const AMBIGUOUS = new RegExp(`^(?:${AMBIGUOUS_FORMS.join('|')})$`);
const WORD = /^(?:y|yes|n|no|on|off|true|false|null|~|[-+]?\.inf|\.nan|=|<<|)$/i;
const WORD_LENGTH_MAX = 5;
/** Characters with which something that is not a string can begin. */
const SUSPECT_FIRST = new Set(Array.from('0123456789+-.~=<yYnNtTfFoOeE', (letter) => letter.charCodeAt(0)));

/** True when some YAML 1.1 or 1.2 reader takes the unquoted text for anything but this string. Syntax is not looked at. */
export function isAmbiguous(text: string): boolean {
  if (text === '') return true;
  if (!SUSPECT_FIRST.has(text.charCodeAt(0))) return false;
  return (
    (text.length <= WORD_LENGTH_MAX && WORD.test(text)) ||
    typeof resolvePlain(text) !== 'string' ||
    AMBIGUOUS.test(text)
  );
}
