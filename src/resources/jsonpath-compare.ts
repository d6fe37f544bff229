/** Comparisons in JSONPath filters: like with like, as kubectl has them. */
import { JsonNumber, type JsonValue } from './json-value.ts';

const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

type Scalar =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** The integer that a number is; undefined for those that kubectl reads as floating point. */
export function integerOf({ text }: JsonNumber): bigint | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** Whether `left operator right` holds; where they cannot be compared, what is wrong. */
export function compareScalars(left: JsonValue, operator: string, right: JsonValue): boolean | string {
  if (!/^(?:[<>]=?|[=!]=)$/.test(operator)) return `unrecognized filter operator ${operator}`;
  const [one, other] = [scalarOf(left), scalarOf(right)];
  if (one === undefined || other === undefined) return 'invalid type for comparison';
  if (one.kind !== other.kind) return 'incompatible types for comparison';
  const isEqual = one.value === other.value;
  if (operator === '==') return isEqual;
  if (operator === '!=') return !isEqual;
  if (one.kind === 'boolean') return 'invalid type for comparison';
  const isLess =
    one.kind === 'string' && other.kind === 'string'
      ? isBefore(one.value, other.value)
      : one.value < other.value;
  if (operator === '<') return isLess;
  if (operator === '<=') return isLess || isEqual;
  return operator === '>' ? !isLess && !isEqual : !isLess;
}

function scalarOf(value: JsonValue): Scalar | undefined {
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (!(value instanceof JsonNumber)) return undefined;
  const integer = integerOf(value);
  return integer === undefined
    ? { kind: 'float', value: value.toNumber() }
    : { kind: 'integer', value: integer };
}

/** By code points, which is the order of UTF-8. */
function isBefore(left: string, right: string): boolean {
  const [one, other] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  for (;;) {
    const [a, b] = [one.next(), other.next()];
    if (b.done === true) return false;
    if (a.done === true) return true;
    if (a.value !== b.value) return (a.value.codePointAt(0) ?? 0) < (b.value.codePointAt(0) ?? 0);
  }
}
