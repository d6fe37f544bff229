/** Archives made for a test, in memory, by the real writer. */
import { ArchiveWriter, createArchive, type CreateOptions } from '../../src/format/archive-writer.ts';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { compressionOf } from '../../src/format/configuration.ts';
import { keysOf } from '../../src/format/keys.ts';
import type { SnapshotReader } from '../../src/format/snapshot-reader.ts';
import { type ArchiveReader, openArchive } from '../../src/format/archive-reader.ts';
import { MODE_DIRECTORY } from '../../src/format/file-mode.ts';
import type { SnapshotOptions, SnapshotResult, SnapshotWriter } from '../../src/format/snapshot-writer.ts';
import {
  plainFileInfo,
  type EntryRecord,
  type ExtendedAttribute,
  type SourceRecord,
} from '../../src/format/source-record.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { baseName } from '../../src/format/path.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

/** 2026-11-21T14:04:18Z: no test depends on the clock. */
export const NOW_MS = 1_795_269_858_000;
/** Of a snapshot that says nothing in particular. */
export const SNAPSHOT: SnapshotOptions = { importer: { type: 'fs', origin: 'test', directory: '/' } };

/** Writes one snapshot by `write` and gives the archive's bytes. */
export async function writtenBytes(
  options: Partial<CreateOptions>,
  write: (snapshot: SnapshotWriter) => Promise<void>,
): Promise<{ bytes: Uint8Array; snapshot: SnapshotResult }> {
  const sink = new MemorySink();
  const archive = await createArchive(sink, {
    primitives: nodePrimitives,
    encryption: 'plaintext',
    now: () => NOW_MS,
    ...options,
  });
  const writer = archive.beginSnapshot(SNAPSHOT);
  await write(writer);
  const snapshot = await writer.finish();
  await archive.close();
  return { bytes: sink.bytes, snapshot };
}

/** Opens what {@link writtenBytes} gave. */
export function opened(bytes: Uint8Array, passphrase?: Uint8Array): Promise<ArchiveReader> {
  return openArchive(new MemorySource(bytes), {
    primitives: nodePrimitives,
    ...(passphrase && { passphrase: () => Promise.resolve(passphrase) }),
  });
}

/** An archive with these records. */
export async function archiveOf(...records: SourceRecord[]): Promise<ArchiveReader> {
  const { bytes } = await writtenBytes({}, async (snapshot) => {
    for (const record of records) await snapshot.add(record);
  });
  return opened(bytes);
}

/** A regular file. */
export function file(path: string, content: string | Uint8Array): EntryRecord {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const info = plainFileInfo(
    baseName(path),
    0o644,
    { seconds: 1_795_269_858n, nanoseconds: 0 },
    bytes.length,
  );
  return { path, info, content: () => [bytes] };
}

/** A directory. */
export function directory(path: string): EntryRecord {
  const mode = (MODE_DIRECTORY | 0o755) >>> 0;
  return { path, info: plainFileInfo(baseName(path), mode, { seconds: 1_795_269_858n, nanoseconds: 0 }) };
}

/** Everything that `items` yields. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A snapshot of `archive` captured again by our writer, so that equal records have equal ids: same key of all MACs, and records as the reference writes them. */
export async function archiveCopy(archive: ArchiveReader, snapshot: SnapshotReader): Promise<ArchiveReader> {
  const { configuration, key } = archive;
  const sink = new MemorySink();
  const keys = keysOf(nodePrimitives, configuration, key);
  const codec = blobCodec(nodePrimitives, keys, compressionOf(configuration));
  const copy = new ArchiveWriter(sink, configuration, keys, codec, nodePrimitives, () => NOW_MS, 'whole');
  await copy.begin();
  const writer = copy.beginSnapshot({ importer: snapshot.source.importer });
  for await (const entry of snapshot.walk('/')) {
    const extendedAttributes: ExtendedAttribute[] = [];
    for (const name of entry.extendedAttributes) {
      extendedAttributes.push({ name, value: await snapshot.extendedAttribute(entry, name) });
    }
    await writer.add({
      path: entry.path,
      info: entry.info,
      ...(entry.symlinkTarget !== undefined && { symlinkTarget: entry.symlinkTarget }),
      content: () => snapshot.content(entry),
      extendedAttributes,
    });
  }
  for await (const error of snapshot.errors()) await writer.add(error);
  await writer.finish();
  await copy.close();
  return openArchive(new MemorySource(sink.bytes), { primitives: nodePrimitives, ...(key && { key }) });
}
