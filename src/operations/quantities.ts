/** How sizes, counts and times read in tables. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes up to which ten times a size in a larger unit is a number without rounding. */
const EXACT_SIZE_MAX = 2 ** 48;

/** As `toFixed(1)`, which takes several times as long. */
function inTenths(value: number): string {
  const tenths = Math.floor(value * 10 + 0.5);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

/** Bytes in three significant digits: `0 B`, `999 B`, `1.0 KiB`, `12.3 MiB`, `345 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would round up to 1024.0.
  while (value >= (unit === 0 ? 1024 : 999.5) && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${digits === 1 && bytes < EXACT_SIZE_MAX ? inTenths(value) : value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** A whole number in groups of three digits: `12,345`. Tables of languages, which `toLocaleString` would load for it, take longer than a list. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 object`, `12,345 objects`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * A span as kubectl prints ages: two units while the first is small, one after that (`45s`, `3m20s`, `17m`, `5h10m`, `30h`,
 * `5d2h`, `40d`, `3y12d`, `9y`). `<invalid>` for spans that lie in the future by more than two seconds.
 *
 * @param spanMs milliseconds
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/util/duration#HumanDuration
 */
export function formatAge(spanMs: number): string {
  if (!Number.isFinite(spanMs) || spanMs < -2 * SECOND) return '<invalid>';
  const ms = Math.max(0, spanMs);
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < 10 * MINUTE) return twoUnits(ms, MINUTE, 'm', SECOND, 's');
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 8 * HOUR) return twoUnits(ms, HOUR, 'h', MINUTE, 'm');
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  if (ms < 8 * DAY) return twoUnits(ms, DAY, 'd', HOUR, 'h');
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`;
  if (ms < 8 * YEAR) return twoUnits(ms, YEAR, 'y', DAY, 'd');
  return `${Math.floor(ms / YEAR)}y`;
}

function twoUnits(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
}

/** ECMA-262, Time Values and Time Range. */
const DATE_MS_MAX = 8.64e15;

/** The day that was asked for last, in days since 1970-01-01: those of a long list are mostly the same. */
let lastDay = { day: Number.NaN, text: '' };

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** `2026-11-21 14:04:23 UTC`; a dash where the time is unknown. */
export function formatTime(date: Date | undefined): string {
  return formatTimeMs(date?.getTime() ?? Number.NaN);
}

/** As {@link formatTime}, of Unix milliseconds; a dash where they are not a number, or none that a Date can have. */
export function formatTimeMs(ms: number): string {
  const day = Math.floor(ms / DAY);
  if (day !== lastDay.day) lastDay = { day, text: isoDay(ms) };
  if (lastDay.text.length !== 10 || Math.abs(ms) > DATE_MS_MAX) return formatAnyTime(ms);
  const seconds = Math.floor(ms / SECOND) - day * (DAY / SECOND);
  const minutes = Math.floor(seconds / 60);
  return `${lastDay.text} ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)} UTC`;
}

/** `2026-11-21`, longer in years that have more than four digits or are before the first; empty where there is no such day. */
function isoDay(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : (date.toISOString().split('T')[0] ?? '');
}

function formatAnyTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '-';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Time on a progress line: `0:07`, `12:03`, `1:02:03`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / SECOND);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
