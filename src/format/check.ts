/**
 * Verifies a whole archive: every byte of the packfile, every blob, every snapshot; or less of it, see {@link CheckOptions.chunks}. Source: specification "Reader: check".
 *
 * Opening has already verified container, configuration and state. A finding never ends the check.
 */
import { FormatError, IntegrityError, throwIfCancelled } from '../errors.ts';
import type { ArchiveParts, ArchiveReader } from './archive-reader.ts';
import { BlobPlaces, fileOrder } from './blob-places.ts';
import { type Finding, findingOf } from './finding.ts';
import { METADATA_BLOB_SIZE_MAX, STATE_SIZE_MAX } from './limits.ts';
import { checkIndex, decodeFooter, decodeIndex, FOOTER_LENGTH, FOOTER_LENGTH_LENGTH } from './packfile.ts';
import { readInto } from './read-into.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import { viewOf } from './bytes.ts';
import { BlobCheck, checkedLength } from './check-blobs.ts';
import { ContentCheck } from './check-contents.ts';
import type { ChunkScope } from './check-sample.ts';
import { checkSignatures } from './check-signature.ts';
import { SnapshotCheck, type SnapshotCheckOptions } from './check-snapshot.ts';
import { CheckedBlobs } from './checked-blobs.ts';
import { AssumedContents, KnownContents } from './content-facts.ts';
import {
  checkWrappedMac,
  decodeWrappedHeader,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
} from './wrapped-object.ts';

/** How to check. */
export interface CheckOptions {
  readonly signal?: AbortSignal;
  /** Bytes that were read, of those that will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * The chunks whose bytes are read; `all` where not given. Everything else – structure, metadata, and that every chunk is where
   * the state and the index say – is verified in any case; but for `all` the MAC of the whole packfile is not.
   */
  readonly chunks?: ChunkScope;
  /** Public keys, 32 bytes each: a snapshot that none of them has signed is a finding. */
  readonly trustedKeys?: readonly Uint8Array[];
}

const READ_LENGTH = 1024 * 1024;

/** All findings. None means: every byte that was read is what its MACs say. @throws CancelledError; ConnectorError */
export async function* checkArchive(
  archive: ArchiveReader,
  options: CheckOptions = {},
): AsyncGenerator<Finding> {
  const { parts } = archive;
  const { signal, onProgress, chunks: scope = 'all' } = options;
  const packfileLength = scope === 'all' ? parts.layout.packfile.length : 0;
  const total = packfileLength + checkedLength(parts, scope);
  let done = 0;
  const onRead = (length: number): void => {
    done += length;
    onProgress?.(done, total);
  };
  parts.blobs.expect(checkedLength(parts, scope));
  // Both go on where this is not.
  const ending = new AbortController();
  const aside = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const packfile = scope === 'all' ? checkPackfileMac(parts, aside, onRead) : Promise.resolve();
  packfile.catch(() => undefined);
  try {
    const { blobs } = parts.state;
    const order = fileOrder(blobs);
    const index = checkPackfileIndex(parts, order);
    index.catch(() => undefined);
    const contents = scope === 'all' ? new ContentCheck(blobs, parts.keys.mac) : undefined;
    const found = new CheckedBlobs(blobs, contents);
    const { singles } = found;
    const pass = new BlobCheck(parts, order, { scope, signal, found, onRead });
    yield* pass.records();
    yield* collect(() => index);
    // On this thread, while others decode chunks.
    const assumed = new AssumedContents(blobs.count);
    const survey = areSnapshotsSound(archive, { singles, contents: assumed, signal: aside });
    survey.catch(() => undefined);
    yield* pass.chunks();
    yield* collect(() => packfile);
    if (!(await survey) || !assumed.hold(blobs, found)) {
      const snapshots = new SnapshotCheck(parts, { singles, contents: new KnownContents(found), signal });
      for (const id of archive.snapshotIds()) yield* snapshots.check(id);
    }
  } finally {
    ending.abort();
    parts.blobs.forget();
  }
  yield* checkSignatures(archive, options);
}

/** Whether nothing is wrong with any snapshot if contents are what is assumed of them. Ends at the first finding. */
async function areSnapshotsSound(archive: ArchiveReader, options: SnapshotCheckOptions): Promise<boolean> {
  const snapshots = new SnapshotCheck(archive.parts, options);
  for (const id of archive.snapshotIds()) {
    const first = await snapshots.check(id).next();
    if (first.done !== true) return false;
  }
  return true;
}

async function* collect(check: () => Promise<void>): AsyncGenerator<Finding> {
  try {
    await check();
  } catch (error) {
    yield findingOf(error);
  }
}

async function checkPackfileMac(
  { source, layout, keys }: ArchiveParts,
  signal: AbortSignal,
  onRead: (length: number) => void,
): Promise<void> {
  const { offset, length } = layout.packfile;
  const expected = { type: ResourceType.packfile, versions: [VERSION_1_0_0], offset };
  decodeWrappedHeader(await source.read(offset, WRAPPED_HEADER_LENGTH), expected);
  const hasher = keys.mac.begin();
  const end = length - WRAPPED_MAC_LENGTH;
  const bytes = new Uint8Array(READ_LENGTH);
  for (let done = 0; done < end; done += READ_LENGTH) {
    throwIfCancelled(signal);
    const length = Math.min(READ_LENGTH, end - done);
    const read = bytes.subarray(0, length);
    await readInto(source, offset + done, read);
    hasher.update(read);
    onRead(length);
  }
  checkWrappedMac(hasher.digest(), await source.read(offset + end, WRAPPED_MAC_LENGTH), expected);
}

/** The packfile's own index says what the state says. `order`: of all blobs, that of the file. */
async function checkPackfileIndex(parts: ArchiveParts, order: Uint32Array): Promise<void> {
  const { source, layout, codec, keys, state } = parts;
  const start = layout.packfile.offset + WRAPPED_HEADER_LENGTH;
  const end = layout.packfile.offset + layout.packfile.length - WRAPPED_MAC_LENGTH - FOOTER_LENGTH_LENGTH;
  const footerLength = viewOf(await source.read(end, FOOTER_LENGTH_LENGTH)).getUint32(0, true);
  if (footerLength > end - start || footerLength > FOOTER_LENGTH + 1024) {
    throw new FormatError('FORMAT_LAYOUT', `the packfile's footer is said to have ${footerLength} bytes`, {
      offset: end,
      section: 'Packfile',
    });
  }
  const footerStart = end - footerLength;
  const footer = decodeFooter(
    codec.decode(await source.read(footerStart, footerLength), METADATA_BLOB_SIZE_MAX),
    footerStart - start,
  );
  const indexStart = start + footer.indexOffset;
  const index = codec.decode(await source.read(indexStart, footerStart - indexStart), STATE_SIZE_MAX);
  checkIndex(index, footer, keys.mac);
  const { blobs } = state;
  const seen = new Uint8Array(blobs.count);
  let matched = 0;
  const places = new BlobPlaces(blobs, order);
  for (const record of decodeIndex(index, footer.indexOffset)) {
    const at =
      record.id === undefined
        ? places.find(record, (index) => seen[index] === 0)
        : blobs.find(record.type, record.id);
    if (at < 0 || seen[at] === 1) continue;
    if (blobs.offset(at) !== record.offset || blobs.length(at) !== record.length) continue;
    seen[at] = 1;
    matched++;
  }
  if (matched < blobs.count) {
    throw new IntegrityError(
      'INTEGRITY_MISSING',
      `the state places ${blobs.count} blobs, the packfile's index has ${matched} of them there`,
      { offset: indexStart, section: 'Packfile' },
    );
  }
}
