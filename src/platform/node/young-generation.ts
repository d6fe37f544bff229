/**
 * How much memory V8 keeps for what is short-lived. It doubles that, up to 32 MB and more, the more of it outlives a collection; of what a
 * capture makes next to nothing does, which would only be collected later.
 */
import { setFlagsFromString } from 'node:v8';

let isLimited = false;

/** From now on what there is of it has to do for this process: for commands, which have the process for themselves. */
export function limitYoungGeneration(): void {
  isLimited = true;
  keepLimit();
}

/** To be called when a thread has started, with which V8 forgets the limit. */
export function keepLimit(): void {
  if (isLimited) setFlagsFromString('--semi-space-growth-factor=1');
}
