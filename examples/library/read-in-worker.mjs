// Opens an archive in a worker, so that deriving the key from the passphrase keeps nobody waiting.
//
//     PTAR_PASSPHRASE=… node read-in-worker.mjs FILE.ptar
import { env, argv } from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openArchive, portablePrimitives } from 'ptar/format';
import { openFile } from './file-source.mjs';

if (isMainThread) {
  const [, , path = 'example.ptar'] = argv;
  const worker = new Worker(new URL(import.meta.url), { workerData: { path } });
  worker.on('message', (line) => console.log(line));
} else {
  const { path } = workerData;
  const archive = await openArchive(await openFile(path), {
    primitives: portablePrimitives,
    passphrase: async () => new TextEncoder().encode(env.PTAR_PASSPHRASE),
  });
  for (const snapshot of await archive.snapshots()) {
    for await (const entry of snapshot.walk('/')) parentPort.postMessage(entry.path);
  }
  await archive.close();
}
