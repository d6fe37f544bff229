// Verifies every byte of an archive, and the signatures in it against keys that you trust.
//
//     PTAR_PASSPHRASE=… node check-archive.mjs FILE.ptar [ed25519:…]
import { env, argv, exit } from 'node:process';
import { checkArchive, openArchive, parsePublicKey, portablePrimitives } from 'ptar/format';
import { openFile } from './file-source.mjs';

const [, , path = 'example.ptar', trusted] = argv;
const trustedKey = trusted === undefined ? undefined : parsePublicKey(trusted);

const archive = await openArchive(await openFile(path), {
  primitives: portablePrimitives,
  passphrase: async () => new TextEncoder().encode(env.PTAR_PASSPHRASE),
});
let findings = 0;
for await (const finding of checkArchive(archive, trustedKey && { trustedKeys: [trustedKey] })) {
  findings += 1;
  console.log(`${finding.code} ${finding.message}`);
}
console.log(`${path}: ${findings === 0 ? 'sound' : `${findings} findings`}`);
await archive.close();
exit(findings === 0 ? 0 : 1);
