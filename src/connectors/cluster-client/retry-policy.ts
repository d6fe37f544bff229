/** What became of an attempt, as far as repeating it goes. */
export interface FailedAttempt {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Of the Retry-After header or the Status, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The connection was never made, so the server cannot have acted. */
  readonly unsent: boolean;
}

/** How long to go on. */
export interface RetryLimits {
  readonly attemptsMax: number;
  /** No attempt begins later than this after the first, in milliseconds. */
  readonly patienceMs: number;
}

/** Before the server has answered at all: a wrong address should be told soon. */
export const FIRST_CONTACT: RetryLimits = { attemptsMax: 3, patienceMs: 5_000 };
/** Once it has: it may be restarting. */
export const ESTABLISHED: RetryLimits = { attemptsMax: 12, patienceMs: 60_000 };

const DELAY_MIN_MS = 200;
const DELAY_MAX_MS = 8_000;
const RETRY_AFTER_MAX_SECONDS = 30;

/**
 * Milliseconds to wait before the next attempt, or undefined to give up. Exponential with full jitter between half and whole;
 * Retry-After is obeyed up to 30 s. What may have changed something is repeated only where `repeatable`, or where the server
 * says that it did not act (429, or an answer with Retry-After) or never got it.
 * @param attempt 1 for the first
 * @param random in [0, 1)
 */
export function retryDelayMs(
  failure: FailedAttempt,
  repeatable: boolean,
  attempt: number,
  elapsedMs: number,
  limits: RetryLimits,
  random: number,
): number | undefined {
  const { status, retryAfterSeconds, unsent } = failure;
  const transient =
    status === undefined || status === 429 || status === 500 || (status >= 502 && status <= 504);
  const harmless = repeatable || unsent || status === 429 || (transient && retryAfterSeconds !== undefined);
  if (!transient || !harmless || attempt >= limits.attemptsMax) return undefined;
  // An internal error mostly stays one: a broken conversion webhook answers 500 for ever.
  if (status === 500 && attempt > 2) return undefined;
  const backoffMs = Math.min(DELAY_MAX_MS, DELAY_MIN_MS * 2 ** (attempt - 1)) * (0.5 + random / 2);
  const askedMs = Math.min(retryAfterSeconds ?? 0, RETRY_AFTER_MAX_SECONDS) * 1000;
  const delayMs = Math.max(backoffMs, askedMs);
  return elapsedMs + delayMs > limits.patienceMs ? undefined : delayMs;
}
