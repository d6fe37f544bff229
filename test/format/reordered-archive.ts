/** An archive that stock writers never write and that others may: its only long blob is the last one. */
import { ArchiveWriter, createArchive } from '../../src/format/archive-writer.ts';
import { openArchive, plainFileInfo, timestampFromMs } from '../../src/format/index.ts';
import type { ByteSink } from '../../src/format/ports.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

/** Writes an archive of one file, 8 MiB of zeros in one chunk, whose chunk comes after everything else. */
export async function writeChunkLast(sink: ByteSink): Promise<void> {
  const first = new MemorySink();
  const writer = await createArchive(first, {
    primitives: nodePrimitives,
    encryption: 'plaintext',
    compression: 'none',
  });
  const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
  const info = plainFileInfo('zeros', 0o644, timestampFromMs(1_600_000_000_000));
  await snapshot.add({ path: '/zeros', info, content: () => [new Uint8Array(8 * 1024 * 1024)] });
  await snapshot.finish();
  await writer.close();
  const archive = await openArchive(new MemorySource(Uint8Array.from(first.bytes)), {
    primitives: nodePrimitives,
  });
  const { parts, configuration } = archive;
  const { blobs } = parts.state;
  const isChunk = (index: number): boolean => blobs.type(index) === ResourceType.chunk;
  const order = [...Array(blobs.count).keys()].sort((a, b) => Number(isChunk(a)) - Number(isChunk(b)));
  const last = new ArchiveWriter(sink, configuration, parts.keys, parts.codec, nodePrimitives, Date.now);
  await last.begin();
  for (const index of order) {
    const stored = await parts.source.read(blobOffset(parts, index), blobs.length(index));
    await last.blobs.putStored(blobs.type(index), blobs.id(index), stored);
  }
  await last.close();
}
