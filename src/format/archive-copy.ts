/**
 * Copies blobs from archive to archive as they are stored: nothing is decompressed, opened or sealed again. That takes the same
 * RepositoryID, key, hashing and compression, which give equal content equal ids and equal bytes the same meaning. Source:
 * specification "Writer".
 *
 * A copied blob gets a place under a new packfile MAC, so the MAC of the packfile that it comes from is verified in the same pass:
 * damage is found, not handed on.
 */
import { FormatError, throwIfCancelled } from '../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import type { BlobIndex } from './blob-index.ts';
import { equalBytes } from './bytes.ts';
import { compressionOf, hashingOf } from './configuration.ts';
import type { ByteSink, Hasher, Primitives } from './ports.ts';
import { ResourceType, resourceTypeName, VERSION_1_0_0 } from './resource-type.ts';
import { colouredKey } from './state.ts';
import {
  checkWrappedMac,
  decodeWrappedHeader,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
} from './wrapped-object.ts';

/** How to copy blobs. */
export interface BlobCopyOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the packfile that were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How to continue an archive. */
export interface ContinueOptions extends BlobCopyOptions {
  readonly primitives: Primitives;
  /** Unix milliseconds; the system's clock where not given. */
  readonly now?: () => number;
}

/** Bytes read at once, unless a single blob is larger. */
const READ_LENGTH = 4 * 1024 * 1024;

/**
 * Begins an archive in `sink` that holds everything of `archive` and takes more snapshots; aborts the sink when that fails. What
 * belongs to snapshots that are marked as deleted goes along, but for their headers.
 * @throws IntegrityError INTEGRITY_MAC; FormatError FORMAT_LAYOUT; CancelledError; ConnectorError of source and sink
 */
export async function continueArchive(
  archive: ArchiveReader,
  sink: ByteSink,
  options: ContinueOptions,
): Promise<ArchiveWriter> {
  const writer = await siblingArchive(archive, sink, options);
  try {
    await copyBlobs(archive, writer, options);
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return writer;
}

/**
 * Begins an empty archive in `sink` under the RepositoryID, key and algorithms of `archive`: who can open the one can open the other. Aborts
 * the sink when that fails.
 * @throws ConnectorError of source and sink
 */
export async function siblingArchive(
  archive: ArchiveReader,
  sink: ByteSink,
  options: Pick<ContinueOptions, 'primitives' | 'now'>,
): Promise<ArchiveWriter> {
  const { source, layout, keys, codec } = archive.parts;
  const now = options.now ?? Date.now;
  const writer = new ArchiveWriter(sink, archive.configuration, keys, codec, options.primitives, now);
  try {
    // Its bytes and not their meaning: a newer writer may have put more into it.
    await writer.begin(await source.read(layout.configuration.offset, layout.configuration.length));
  } catch (error) {
    await sink.abort();
    throw error;
  }
  return writer;
}

/**
 * Why blobs cannot go from `from` to `to` as they are stored, for a person; undefined where they can.
 */
export function obstacleToSharing(from: ArchiveReader, to: ArchiveReader): string | undefined {
  if (from.repositoryId !== to.repositoryId) return 'they have different RepositoryIDs';
  if (from.encrypted !== to.encrypted) return 'only one of them is encrypted';
  if (from.key !== undefined && to.key !== undefined && !equalBytes(from.key, to.key)) {
    return 'they are sealed under different keys';
  }
  if (hashingOf(from.configuration) !== hashingOf(to.configuration)) {
    return 'they hash with different algorithms';
  }
  if (compressionOf(from.configuration) !== compressionOf(to.configuration)) {
    return 'they are compressed with different algorithms';
  }
  return undefined;
}

/**
 * Copies every blob of `archive` that `writer` does not hold yet, as stored. {@link obstacleToSharing} must have found none.
 * @throws IntegrityError INTEGRITY_MAC; FormatError FORMAT_LAYOUT; CancelledError; ConnectorError of source and sink
 */
export async function copyBlobs(
  archive: ArchiveReader,
  writer: ArchiveWriter,
  options: BlobCopyOptions = {},
): Promise<void> {
  const { blobs, coloured } = archive.parts.state;
  const isDeleted = (type: number, id: Uint8Array): boolean =>
    (type === ResourceType.snapshot || type === ResourceType.signature) &&
    coloured.has(colouredKey(ResourceType.snapshot, id));
  const packfile = new PackfileRun(archive, options);
  await packfile.begin();
  for (const { start, end, indexes } of adjacentBlobs(blobs)) {
    await packfile.skipTo(start);
    const bytes = await packfile.read(end - start);
    for (const index of indexes) {
      const [type, id, offset] = [blobs.type(index), blobs.id(index), blobs.offset(index) - start];
      if (isDeleted(type, id)) continue;
      await writer.blobs.putStored(type, id, bytes.subarray(offset, offset + blobs.length(index)));
    }
  }
  await packfile.end();
}

/** Blobs that one read gets, in the order of the file: `start` and `end` in the packfile's data, at most {@link READ_LENGTH} apart. */
function* adjacentBlobs(
  blobs: BlobIndex,
): Generator<{ readonly start: number; readonly end: number; readonly indexes: Uint32Array }> {
  const order = Uint32Array.from({ length: blobs.count }, (_, index) => index);
  // Without compression an empty chunk has no bytes and shares its offset with the blob behind it.
  order.sort((a, b) => blobs.offset(a) - blobs.offset(b) || blobs.length(a) - blobs.length(b));
  let [first, start, end] = [0, 0, 0];
  for (const [at, index] of order.entries()) {
    const offset = blobs.offset(index);
    if (offset < end) throw overlap(blobs.type(index), offset);
    if (at === first) start = offset;
    end = offset + blobs.length(index);
    if (end - start <= READ_LENGTH || at === first) continue;
    yield { start, end: offset, indexes: order.subarray(first, at) };
    [first, start] = [at, offset];
  }
  if (first < order.length) yield { start, end, indexes: order.subarray(first) };
}

function overlap(type: number, offset: number): FormatError {
  return new FormatError(
    'FORMAT_LAYOUT',
    `the ${resourceTypeName(type)} at ${offset} of the packfile overlaps the blob before it: check the archive`,
    { section: 'Packfile' },
  );
}

/** Reads the data of a packfile from front to back and verifies the MAC of the whole at the end. */
class PackfileRun {
  readonly #archive: ArchiveReader;
  readonly #options: BlobCopyOptions;
  readonly #mac: Hasher;
  /** Bytes of the packfile, header included, that were read. */
  #done = 0;

  constructor(archive: ArchiveReader, options: BlobCopyOptions) {
    this.#archive = archive;
    this.#options = options;
    this.#mac = archive.parts.keys.mac.begin();
  }

  get #expected(): { type: number; versions: readonly number[]; offset: number } {
    const { offset } = this.#archive.parts.layout.packfile;
    return { type: ResourceType.packfile, versions: [VERSION_1_0_0], offset };
  }

  async begin(): Promise<void> {
    decodeWrappedHeader(await this.read(WRAPPED_HEADER_LENGTH), this.#expected);
  }

  /** The next `length` bytes. */
  async read(length: number): Promise<Uint8Array> {
    throwIfCancelled(this.#options.signal);
    const { source, layout } = this.#archive.parts;
    const bytes = await source.read(layout.packfile.offset + this.#done, length);
    this.#mac.update(bytes);
    this.#done += length;
    this.#options.onProgress?.(this.#done, layout.packfile.length);
    return bytes;
  }

  /** Reads up to `offset` of the data. */
  async skipTo(offset: number): Promise<void> {
    const until = WRAPPED_HEADER_LENGTH + offset;
    while (this.#done < until) await this.read(Math.min(READ_LENGTH, until - this.#done));
  }

  /** Reads the rest. @throws IntegrityError INTEGRITY_MAC */
  async end(): Promise<void> {
    const { source, layout } = this.#archive.parts;
    const macOffset = layout.packfile.length - WRAPPED_MAC_LENGTH;
    await this.skipTo(macOffset - WRAPPED_HEADER_LENGTH);
    const stored = await source.read(layout.packfile.offset + macOffset, WRAPPED_MAC_LENGTH);
    checkWrappedMac(this.#mac.digest(), stored, this.#expected);
  }
}
