/** What suites of worker threads share. */
import assert from 'node:assert/strict';
import type { BlobThreads, Primitives, ThreadWork } from '../../../src/format/ports.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';

const START_LIMIT_MS = 30_000;

/** Resolves when so many threads take work. */
export async function started(threads: BlobThreads, work: ThreadWork = 'encode', width = 1): Promise<void> {
  threads.start(work);
  const limit = Date.now() + START_LIMIT_MS;
  while (threads.width < width) {
    assert.ok(Date.now() < limit, 'the threads do not start');
    await threads.pause();
  }
}

/** Primitives that count up instead of drawing random numbers. */
export function countingPrimitives(threads: Primitives['threads']): Primitives {
  let drawn = 0;
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++drawn);
  return { ...nodePrimitives, randomBytes, threads };
}
