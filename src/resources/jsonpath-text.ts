/** Values as Go prints them, which is what people see of kubectl. */
import { integerOf } from './jsonpath-compare.ts';
import { JsonNumber, type JsonValue } from './json-value.ts';

/** A scalar as `fmt.Print` has it. Source: https://pkg.go.dev/fmt, the verb %v. */
export function goText(value: string | boolean | null | JsonNumber): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof JsonNumber)) return String(value);
  return integerOf(value)?.toString() ?? goFloat(value.toNumber());
}

/** Shortest digits; with an exponent below 10⁻⁴ and from 10²¹ on. */
function goFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  return power < -4 ? `${digits}e-${String(-power).padStart(2, '0')}` : String(value);
}

/** JSON as `encoding/json` writes it: keys sorted, characters of HTML escaped. Source: https://pkg.go.dev/encoding/json#Marshal */
export function goJson(value: JsonValue): string {
  if (typeof value === 'string') return goString(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (value instanceof Map) {
    const fields = [...value].sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${fields.map(([key, field]) => `${goString(key)}:${goJson(field)}`).join(',')}}`;
  }
  if (!(value instanceof JsonNumber)) return String(value);
  const integer = integerOf(value);
  if (integer !== undefined) return integer.toString();
  const number = value.toNumber();
  return Object.is(number, -0) ? '-0' : String(number);
}

function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
