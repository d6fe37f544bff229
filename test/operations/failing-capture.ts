/**
 * `SOURCE ARCHIVE`: a capture that is cancelled at its first write. Prints how many worker threads it made, and how many are left
 * once there was time for them to end: `{"made":1,"left":0}`.
 */
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import workerThreads from 'node:worker_threads';
import { interceptFileCalls } from '../connectors/stores/file-calls.ts';
import { PASSPHRASE } from './written-archive.ts';

const END_LIMIT_MS = 10_000;
const threads = { made: 0, left: 0 };
const { Worker } = workerThreads;
workerThreads.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    threads.made++;
    threads.left++;
    this.once('exit', () => threads.left--);
  }
};
syncBuiltinESMExports();
const { captureSources } = await import('../../src/operations/capture.ts');

const [, , source = '', archivePath = ''] = process.argv;
const cancelling = new AbortController();
await interceptFileCalls((call, proceed) => {
  if (call === 'write') cancelling.abort();
  return proceed();
});
const encryption = { passphrase: PASSPHRASE, kdf: 'SCRYPT' } as const;
const capture = captureSources({
  sources: [source],
  archivePath,
  encryption: () => Promise.resolve(encryption),
  signal: cancelling.signal,
});
await assert.rejects(capture, { code: 'CANCELLED' });
for (const limit = Date.now() + END_LIMIT_MS; threads.left > 0 && Date.now() < limit;) await setTimeout(20);
process.stdout.write(JSON.stringify(threads));
process.exit();
