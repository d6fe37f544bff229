// Lists every snapshot of an archive and prints its text files. Reads only what it shows, however large the archive is.
//
//     PTAR_PASSPHRASE=… node read-archive.mjs FILE.ptar
import { env, argv, exit } from 'node:process';
import {
  formatTimestamp,
  isPtarError,
  isRegular,
  openArchive,
  portablePrimitives,
} from 'ptar/format';
import { openFile } from './file-source.mjs';

const CONTENT_SIZE_MAX = 64 * 1024;
const [, , path = 'example.ptar'] = argv;

try {
  const archive = await openArchive(await openFile(path), {
    primitives: portablePrimitives,
    // Asked only where the archive is encrypted.
    passphrase: async () => new TextEncoder().encode(env.PTAR_PASSPHRASE),
  });
  for (const snapshot of await archive.snapshots()) {
    console.log(`${snapshot.id.slice(0, 8)} ${formatTimestamp(snapshot.header.timestamp)} ${snapshot.header.name}`);
    for await (const entry of snapshot.walk('/')) {
      console.log(`  ${entry.path} ${entry.info.size}`);
      if (!isRegular(entry.info.mode) || !entry.contentType.startsWith('text/')) continue;
      // Every chunk is verified before it is handed out.
      const text = new TextDecoder().decode(await snapshot.bytes(entry, CONTENT_SIZE_MAX));
      console.log(text.trimEnd().replace(/^/gm, '    | '));
    }
  }
  await archive.close();
} catch (error) {
  if (!isPtarError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  exit(1);
}
