/** Lets worker threads run TypeScript, which tsx by itself does for the main thread only. */
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const { register } = await import('tsx/esm/api');
  register();
}
