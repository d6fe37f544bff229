/** Points in time as the format stores them. */

/** Unix seconds (may be negative) and nanoseconds within them (0–999 999 999). */
export interface Timestamp {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/** 1970-01-01T00:00:00Z. */
export const EPOCH: Timestamp = { seconds: 0n, nanoseconds: 0 };

/** From Unix milliseconds. */
export function timestampFromMs(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanoseconds: Math.round((ms - seconds * 1000) * 1e6) % 1e9 };
}

/** From a Date, to its millisecond. */
export function timestampFromDate(date: Date): Timestamp {
  return timestampFromMs(date.getTime());
}

/** From Unix nanoseconds. */
export function timestampFromNs(ns: bigint): Timestamp {
  const nanoseconds = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: (ns - nanoseconds) / 1_000_000_000n, nanoseconds: Number(nanoseconds) };
}

/** Unix nanoseconds. */
export function nsFromTimestamp(time: Timestamp): bigint {
  return time.seconds * 1_000_000_000n + BigInt(time.nanoseconds);
}

/** Unix milliseconds, rounded down. */
export function msFromTimestamp(time: Timestamp): number {
  return Number(time.seconds) * 1000 + Math.floor(time.nanoseconds / 1e6);
}

/** A Date, to the millisecond below. Invalid outside of ±271 821 years, like every Date. */
export function dateFromTimestamp(time: Timestamp): Date {
  return new Date(msFromTimestamp(time));
}

/** RFC 3339 in UTC with up to nine digits of fraction: `2026-11-21T14:04:23.063080765Z`. */
export function formatTimestamp(time: Timestamp): string {
  const date = new Date(Number(time.seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${time.seconds} s`;
  const fraction =
    time.nanoseconds === 0 ? '' : `.${String(time.nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${date.toISOString().slice(0, -5)}${fraction}Z`;
}

/** Order of two points in time. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return a.nanoseconds - b.nanoseconds;
}
