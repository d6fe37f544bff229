// Writes an encrypted archive with one snapshot, made of nothing but what is in this file.
//
//     PTAR_PASSPHRASE=… node write-archive.mjs OUT.ptar
import { writeFile } from 'node:fs/promises';
import { env, argv } from 'node:process';
import { createArchive, MemorySink, plainFileInfo, portablePrimitives, timestampFromDate } from 'ptar/format';

const [, , path = 'example.ptar'] = argv;
const passphrase = new TextEncoder().encode(env.PTAR_PASSPHRASE);

const sink = new MemorySink(path);
const writer = await createArchive(sink, {
  primitives: portablePrimitives,
  encryption: { passphrase, kdf: 'SCRYPT' },
});

const snapshot = writer.beginSnapshot({
  importer: { type: 'fs', origin: 'example', directory: '/notes' },
  name: 'first',
  tags: ['example'],
});
const modified = timestampFromDate(new Date('2026-01-02T03:04:05Z'));
for (const [name, text] of [
  ['hello.txt', 'Hello, archive.\n'],
  ['again.txt', 'Hello, archive.\n'], // equal content is stored once
]) {
  const error = await snapshot.add({
    path: `/notes/${name}`,
    info: plainFileInfo(name, 0o644, modified),
    content: () => [new TextEncoder().encode(text)],
  });
  if (error !== undefined) throw new Error(`${name}: ${error}`);
}
const { id, entries } = await snapshot.finish();

const { size, blobs } = await writer.close();
await writeFile(path, sink.bytes, { mode: 0o600 });
console.log(`${path}: snapshot ${id.slice(0, 8)} with ${entries} entries, ${blobs} blobs, ${size} bytes`);
