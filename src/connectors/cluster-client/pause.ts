import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../errors.ts';

/** Resolves after `delayMs`. @throws CancelledError as soon as `signal` is aborted */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal ? { signal } : {});
  } catch {
    throw new CancelledError();
  }
}
