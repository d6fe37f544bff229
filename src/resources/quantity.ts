/**
 * Quantities: `500m`, `1Gi`, `1e3`. Equal amounts are written in many ways.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import { JsonNumber, type JsonValue } from './json-value.ts';

const FORM = /^([-+]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][-+]?\d{1,3})?$/;
const LENGTH_MAX = 64;
const EXPONENT_MAX = 30;
const NANO = 9;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * The amount in billionths, the finest that Kubernetes keeps; finer ones are rounded up, away from zero, as it does. Undefined for
 * what is no quantity, or has an exponent beyond ±30.
 */
export function nanosOf(quantity: JsonValue): bigint | undefined {
  const text = quantity instanceof JsonNumber ? quantity.text : quantity;
  if (typeof text !== 'string' || text.length > LENGTH_MAX) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = FORM.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  const binary = BINARY.indexOf(suffix);
  const power = binary >= 0 ? 0 : (DECIMAL[suffix] ?? Number(suffix.slice(1)));
  if (Math.abs(power) > EXPONENT_MAX) return undefined;
  const factor = binary >= 0 ? 1024n ** BigInt(binary + 1) : 1n;
  const digits = BigInt(whole + fraction) * factor;
  const shift = power + NANO - fraction.length;
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  const nanos = shift < 0 ? (digits + divisor - 1n) / divisor : digits * 10n ** BigInt(shift);
  return sign === '-' ? -nanos : nanos;
}

/** True for equal amounts, however they are written: `1000m` and `1`, `1Gi` and `1024Mi`. False where either is no quantity. */
export function equalQuantities(left: JsonValue, right: JsonValue): boolean {
  const nanos = nanosOf(left);
  return nanos !== undefined && nanos === nanosOf(right);
}
