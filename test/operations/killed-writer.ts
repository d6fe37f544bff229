/**
 * `create|add SOURCE ARCHIVE` with the product's own operations, killed by SIGKILL at file call number KILL_AT; a write gets half of its
 * bytes on the disk before that.
 */
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { interceptFileCalls } from '../connectors/stores/file-calls.ts';
import { PASSPHRASE, passphrase } from './written-archive.ts';

const [, , verb, source = '', archivePath = ''] = process.argv;
const killAt = Number(process.env['KILL_AT']);
let count = 0;

await interceptFileCalls(async (call, proceed, length) => {
  if (count++ !== killAt) return proceed();
  if (call === 'write') await proceed(Math.floor(length / 2));
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
});
if (verb === 'add') {
  await addSnapshots({ sources: [source], archivePath, passphrase });
} else {
  const encryption = { passphrase: PASSPHRASE, kdf: 'SCRYPT' } as const;
  await captureSources({
    sources: [source],
    archivePath,
    overwrite: true,
    encryption: () => Promise.resolve(encryption),
  });
}
