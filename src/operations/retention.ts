/** Which archives of a series stay. */

/** How many of a series stay; each rule keeps on its own, and what one of them keeps stays. At least one is set. */
export interface RetentionPolicy {
  /** The newest. */
  readonly last?: number;
  /** The newest of each of the latest days (UTC) that have one. */
  readonly daily?: number;
  /** As `daily`, by ISO 8601 weeks: they begin on Mondays. */
  readonly weekly?: number;
  /** As `daily`, by calendar months. */
  readonly monthly?: number;
}

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: the Monday of its week is three days before. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

/** The period that a moment (Unix milliseconds) lies in; different for different periods. */
const PERIODS: Readonly<Record<keyof RetentionPolicy, (ms: number) => number>> = {
  last: (ms) => ms,
  daily: (ms) => Math.floor(ms / DAY_MS),
  weekly: (ms) => Math.floor((ms - FIRST_MONDAY_MS) / (7 * DAY_MS)),
  monthly: (ms) => new Date(ms).getUTCFullYear() * 12 + new Date(ms).getUTCMonth(),
};

/** Those of `moments` (Unix milliseconds, all different, in any order) that stay under `policy`. */
export function retainedMoments(moments: Iterable<number>, policy: RetentionPolicy): ReadonlySet<number> {
  const newestFirst = [...moments].sort((one, two) => two - one);
  const retained = new Set<number>();
  for (const [rule, periodOf] of Object.entries(PERIODS)) {
    const limit = policy[rule as keyof RetentionPolicy] ?? 0;
    const periods = new Set<number>();
    for (const ms of newestFirst) {
      if (periods.size === limit) break;
      const period = periodOf(ms);
      if (periods.has(period)) continue;
      periods.add(period);
      retained.add(ms);
    }
  }
  return retained;
}
