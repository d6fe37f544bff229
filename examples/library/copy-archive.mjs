// Copies the text files of the latest snapshot into a new archive under another passphrase, and signs the copy.
//
//     PTAR_PASSPHRASE=… PTAR_NEW_PASSPHRASE=… node copy-archive.mjs FROM.ptar TO.ptar
import { writeFile } from 'node:fs/promises';
import { env, argv } from 'node:process';
import {
  copySnapshot,
  createArchive,
  createSigner,
  formatPublicKey,
  isRegular,
  MemorySink,
  openArchive,
  portablePrimitives,
} from 'ptar/format';
import { openFile } from './file-source.mjs';

const [, , from = 'example.ptar', to = 'copy.ptar'] = argv;

const archive = await openArchive(await openFile(from), {
  primitives: portablePrimitives,
  passphrase: async () => new TextEncoder().encode(env.PTAR_PASSPHRASE),
});
const latest = (await archive.snapshots()).at(-1);

// A key for this one run. To keep one, see encodeSigningKey.
const signer = createSigner(portablePrimitives, portablePrimitives.randomBytes(32));
const sink = new MemorySink(to);
const writer = await createArchive(sink, {
  primitives: portablePrimitives,
  encryption: { passphrase: new TextEncoder().encode(env.PTAR_NEW_PASSPHRASE), kdf: 'SCRYPT' },
  hashing: 'SHA256',
  compression: 'GZIP',
});
await copySnapshot(archive, latest, writer, {
  signer,
  revise: async (entry) =>
    isRegular(entry.info.mode) && !entry.contentType.startsWith('text/') ? 'omit' : 'keep',
});
await writer.close();
await archive.close();
await writeFile(to, sink.bytes, { mode: 0o600 });
console.log(`signed by ${formatPublicKey(signer.publicKey)}`);
