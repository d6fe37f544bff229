/**
 * How much memory V8 keeps for garbage. The young generation it doubles, up to 32 MB and more, the more of it outlives a collection; of what
 * a capture makes next to nothing does, which would only be collected later. And what has outlived some may become several times as
 * much before V8 looks what of it is still needed, which of a capture is a few megabytes, soon looked through.
 */
import { setFlagsFromString } from 'node:v8';

let isLimited = false;

/** From now on what there is for the young has to do for this process, and the old grows by a fifth at a time: for commands, which have the process for themselves. */
export function limitGarbage(): void {
  isLimited = true;
  keepLimit();
}

/** To be called when a thread has started, with which V8 forgets the limit. */
export function keepLimit(): void {
  if (!isLimited) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
