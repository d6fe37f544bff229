import { setTimeout as sleep } from 'node:timers/promises';

/** How long the editor may take over what it was asked, the last times, before it is asked again. */
const PATIENCE_MAX_MS = 5000;
/** The same where it could not be asked at all. */
const FAILED_PATIENCE_MS = 500;
const ATTEMPTS_MAX = 12;
const INTERVAL_MS = 50;

/**
 * Does `act` until `holds`, because a part of the editor that is only just drawn may not listen yet, and one that is drawn anew loses
 * what it was told. `act` is not done where `holds` is true at once; what it throws counts as not having been heard.
 * @param what for the error: `the menu closes`
 * @param patienceMs how long it may take at first; less only where asking twice does no harm
 */
export async function insist(
  what: string,
  act: (attempt: number) => Promise<unknown>,
  holds: () => Promise<boolean>,
  patienceMs = PATIENCE_MAX_MS,
): Promise<void> {
  let problem: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (await holds()) return;
    let waitMs = Math.min(patienceMs * attempt, PATIENCE_MAX_MS);
    try {
      await act(attempt);
    } catch (error) {
      problem = error;
      waitMs = FAILED_PATIENCE_MS;
    }
    if (await comesTrue(holds, waitMs)) return;
  }
  throw new Error(`${what}: not after ${ATTEMPTS_MAX} attempts`, { cause: problem });
}

/** Whether `holds` becomes true within `limitMs`. */
export async function comesTrue(holds: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const endMs = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > endMs) return false;
    await sleep(INTERVAL_MS);
  }
  return true;
}
