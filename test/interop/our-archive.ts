/** Our writer and reader in the terms of `reference.ts`, so that both sides' results can be compared as they are. */
import { createHash } from 'node:crypto';
import { openFilesystemImporter } from '../../src/connectors/filesystem/importer.ts';
import { createFileSink, openFileSource } from '../../src/connectors/stores/file-store.ts';
import { compareUtf8 } from '../../src/format/bytes.ts';
import {
  type ArchiveReader,
  createArchive,
  type CreateOptions,
  type Finding,
  checkArchive,
  formatFileMode,
  formatTimestamp,
  type ImporterHeader,
  isRegular,
  openArchive,
  type SnapshotEntry,
  type SnapshotReader,
  type SourceRecord,
} from '../../src/format/index.ts';
import { createSigner } from '../../src/format/signature.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import type { EntryLine, FailureLine } from './reference.ts';

/** A snapshot to write. */
export interface SnapshotSource {
  readonly importer: ImporterHeader;
  readonly records: AsyncIterable<SourceRecord> | Iterable<SourceRecord>;
}

/** A folder as a source, through our importer. */
export async function folderSource(directory: string): Promise<SnapshotSource> {
  const importer = await openFilesystemImporter(directory);
  return {
    importer: { type: importer.type, origin: importer.origin, directory: importer.root },
    records: importer.records({}),
  };
}

/** Writes an archive with a signed snapshot per source. @returns their ids, hex */
export async function writeOurs(
  file: string,
  sources: readonly SnapshotSource[],
  options: Omit<CreateOptions, 'primitives'>,
): Promise<string[]> {
  const archive = await createArchive(await createFileSink(file), { primitives: nodePrimitives, ...options });
  const ids: string[] = [];
  const signer = createSigner(nodePrimitives, nodePrimitives.randomBytes(32));
  for (const { importer, records } of sources) {
    const snapshot = archive.beginSnapshot({ importer, signer });
    for await (const record of records) await snapshot.add(record);
    ids.push((await snapshot.finish()).id);
  }
  await archive.close();
  return ids;
}

/** A snapshot as a source: everything that it holds, entry by entry. */
export function snapshotSource(snapshot: SnapshotReader): SnapshotSource {
  async function* records(): AsyncGenerator<SourceRecord> {
    for await (const entry of snapshot.walk('/')) yield await recordOf(snapshot, entry);
    for await (const failure of snapshot.errors()) yield failure;
  }
  return { importer: snapshot.source.importer, records: records() };
}

async function recordOf(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<SourceRecord> {
  const extendedAttributes: { name: string; value: Uint8Array }[] = [];
  for (const name of entry.extendedAttributes) {
    extendedAttributes.push({ name, value: await snapshot.extendedAttribute(entry, name) });
  }
  return {
    path: entry.path,
    info: entry.info,
    extendedAttributes,
    ...(entry.symlinkTarget !== undefined && { symlinkTarget: entry.symlinkTarget }),
    ...(entry.objectId !== undefined && { content: () => snapshot.content(entry) }),
  };
}

/** Opens an archive, gives it to `use`, closes it. */
export async function withOurReader<T>(
  file: string,
  passphrase: string | undefined,
  use: (archive: ArchiveReader) => Promise<T>,
): Promise<T> {
  const archive = await openArchive(await openFileSource(file), {
    primitives: nodePrimitives,
    passphrase: () => Promise.resolve(passphrase === undefined ? undefined : Buffer.from(passphrase)),
  });
  try {
    return await use(archive);
  } finally {
    await archive.close();
  }
}

/** Everything that our check finds wrong. */
export function checkOurs(file: string, passphrase?: string): Promise<Finding[]> {
  return withOurReader(file, passphrase, async (archive) => {
    const findings: Finding[] = [];
    for await (const finding of checkArchive(archive)) findings.push(finding);
    return findings;
  });
}

/** Every entry of every snapshot, as `reference.walk` with `details` prints them, without header lines. */
export function walkOurs(file: string, passphrase?: string): Promise<(EntryLine | FailureLine)[]> {
  return withOurReader(file, passphrase, async (archive) => {
    const lines: (EntryLine | FailureLine)[] = [];
    for (const snapshot of [...(await archive.snapshots())].sort((a, b) => compareUtf8(a.id, b.id))) {
      for await (const entry of snapshot.walk('/')) lines.push(await entryLine(snapshot, entry));
      for await (const { path, error } of snapshot.errors()) lines.push({ path, failure: error });
    }
    return lines;
  });
}

async function entryLine(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<EntryLine> {
  const { info } = entry;
  const digest = createHash('sha256');
  if (isRegular(info.mode)) for await (const chunk of snapshot.content(entry)) digest.update(chunk);
  const xattrs: Record<string, string> = {};
  for (const name of entry.extendedAttributes) {
    xattrs[name] = Buffer.from(await snapshot.extendedAttribute(entry, name)).toString('base64');
  }
  return {
    path: entry.path,
    mode: formatFileMode(info.mode),
    size: info.size,
    ...(isRegular(info.mode) && { sha256: digest.digest('hex') }),
    mod_time: formatTimestamp(info.modTime),
    uid: info.uid,
    gid: info.gid,
    nlink: info.linkCount,
    target: entry.symlinkTarget ?? '',
    content_type: entry.contentType,
    xattrs: entry.extendedAttributes.length === 0 ? null : xattrs,
  };
}
