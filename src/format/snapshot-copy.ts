/** Copies a snapshot, or a part of one, into another archive, whatever the keys, hashing and compression of the two are. */
import { FormatError, IntegrityError, type PtarErrorCode, throwIfCancelled } from '../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { ContentCopier } from './content-copy.ts';
import { isRegular } from './file-mode.ts';
import type { Signer } from './signature.ts';
import type { KeyValue, SnapshotHeader } from './snapshot-header.ts';
import type { SnapshotEntry, SnapshotReader } from './snapshot-reader.ts';
import type { KeptHeader, SnapshotResult } from './snapshot-writer.ts';
import type { EntryRecord, SourceRecord } from './source-record.ts';

/** The key of the context under which a copy names the snapshot that it was made of. */
export const COPIED_FROM = 'CopiedFrom';

/** What becomes of an entry: left out, copied, or copied with other content, which also says why it cannot be copied. */
export type EntryRevision = 'omit' | 'keep' | { readonly content: Uint8Array } | { readonly error: string };

/** What to copy of a snapshot. */
export interface SnapshotCopyOptions {
  /** The entries, in any order; all of them where not given. Directories above that are missing here are made. */
  readonly entries?: AsyncIterable<SnapshotEntry>;
  /** Looks at every entry before it is copied; without it all are kept. */
  readonly revise?: (entry: SnapshotEntry) => Promise<EntryRevision>;
  /** The recorded errors at and below these paths go along; all of them where not given. */
  readonly errorPaths?: readonly string[];
  /** Added to the header's context. */
  readonly context?: readonly KeyValue[];
  /** Signs the copy. The original's signature vouches for other ids and cannot go along. */
  readonly signer?: Signer;
  readonly signal?: AbortSignal;
  /** Entries that were copied. */
  readonly onProgress?: (done: number) => void;
}

/** What was copied, and by which errors entries could not be read. */
export interface SnapshotCopyResult extends SnapshotResult {
  readonly damage: ReadonlySet<PtarErrorCode>;
}

/**
 * Copies `snapshot` of `archive` into `writer`, with a new id and the original's time, name, tags and facts. An entry whose content
 * cannot be read becomes a recorded error.
 * @throws CancelledError; ConnectorError of source and sink; IntegrityError, FormatError where the tree cannot be read
 */
export async function copySnapshot(
  archive: ArchiveReader,
  snapshot: SnapshotReader,
  writer: ArchiveWriter,
  options: SnapshotCopyOptions = {},
): Promise<SnapshotCopyResult> {
  const { header, source } = snapshot;
  const copy = writer.beginSnapshot({
    importer: source.importer,
    name: header.name,
    tags: header.tags ?? [],
    context: [
      ...(header.context ?? []),
      { key: COPIED_FROM, value: snapshot.id },
      ...(options.context ?? []),
    ],
    kept: keptOf(header),
    ...(options.signer && { signer: options.signer }),
  });
  const contents = new ContentCopier(archive.parts.blobs, writer.blobs);
  let done = 0;
  const damage = new Set<PtarErrorCode>();
  for await (const entry of options.entries ?? snapshot.walk('/')) {
    throwIfCancelled(options.signal);
    const revision = (await options.revise?.(entry)) ?? 'keep';
    if (revision !== 'omit') {
      await copy.add(await revisedRecord(snapshot, contents, entry, revision, damage));
    }
    options.onProgress?.(++done);
  }
  for (const path of options.errorPaths ?? ['/']) {
    for await (const error of snapshot.errors(path)) await copy.add(error);
  }
  copy.setSourceContext((source.context ?? []).map(({ key, value }) => [key, value]));
  return { ...(await copy.finish()), damage };
}

/** What a copy keeps of a header. */
export function keptOf(header: SnapshotHeader): KeptHeader {
  return {
    timestamp: header.timestamp,
    durationNs: header.durationNs,
    category: header.category,
    environment: header.environment,
    perimeter: header.perimeter,
    job: header.job,
    replicas: header.replicas,
    dataset: header.dataset,
    dataClasses: header.dataClasses,
    classifications: header.classifications,
  };
}

async function revisedRecord(
  snapshot: SnapshotReader,
  contents: ContentCopier,
  entry: SnapshotEntry,
  revision: Exclude<EntryRevision, 'omit'>,
  damage: Set<PtarErrorCode>,
): Promise<SourceRecord> {
  const { path } = entry;
  if (typeof revision === 'object' && 'error' in revision) return { path, error: revision.error };
  try {
    const record = await recordOf(snapshot, entry);
    if (typeof revision === 'object') return { ...record, content: () => [revision.content] };
    const object = isRegular(entry.info.mode) ? await snapshot.object(entry) : undefined;
    if (object === undefined || entry.objectId === undefined) return record;
    return { ...record, stored: await contents.copy(entry.objectId, object) };
  } catch (error) {
    if (error instanceof FormatError || error instanceof IntegrityError) {
      damage.add(error.code);
      return { path, error: error.message };
    }
    throw error;
  }
}

/** The entry without its content. */
async function recordOf(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<EntryRecord> {
  const extendedAttributes = [];
  for (const name of entry.extendedAttributes) {
    extendedAttributes.push({ name, value: await snapshot.extendedAttribute(entry, name) });
  }
  const { path, info, symlinkTarget } = entry;
  return { path, info, extendedAttributes, ...(symlinkTarget !== undefined && { symlinkTarget }) };
}
