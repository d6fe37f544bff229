/** The worked example of the specification: a directory with one small file, written by the real writer with random numbers that are not. */
import { createArchive } from '../../../src/format/archive-writer.ts';
import { plainFileInfo } from '../../../src/format/source-record.ts';
import { MemorySink } from '../../format/memory-store.ts';
import { deterministicPrimitives } from './deterministic.ts';
import { SECONDS } from './forge.ts';

/** Its bytes: plaintext, not compressed, so that all of it can be read in hex. */
export async function workedExample(): Promise<Uint8Array> {
  const sink = new MemorySink();
  const archive = await createArchive(sink, {
    primitives: deterministicPrimitives('example'),
    encryption: 'plaintext',
    compression: 'none',
    now: () => Number(SECONDS) * 1000,
  });
  const snapshot = archive.beginSnapshot({ importer: { type: 'fs', origin: 'example', directory: '/' } });
  const info = plainFileInfo('hello', 0o644, { seconds: SECONDS, nanoseconds: 0 });
  await snapshot.add({ path: '/hello', info, content: () => [Buffer.from('hello\n')] });
  await snapshot.finish();
  await archive.close();
  return sink.bytes;
}
