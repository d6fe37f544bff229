/**
 * Verifies a whole archive: every byte of the packfile, every blob, every snapshot; or less of it, see {@link CheckOptions.chunks}. Source: specification "Reader: check".
 *
 * Opening has already verified container, configuration and state. A finding never ends the check.
 */
import { FormatError, IntegrityError, throwIfCancelled } from '../errors.ts';
import type { ArchiveParts, ArchiveReader } from './archive-reader.ts';
import { BlobPlaces } from './blob-places.ts';
import { type Finding, findingOf } from './finding.ts';
import { METADATA_BLOB_SIZE_MAX, STATE_SIZE_MAX } from './limits.ts';
import { checkIndex, decodeFooter, decodeIndex, FOOTER_LENGTH, FOOTER_LENGTH_LENGTH } from './packfile.ts';
import { readInto } from './read-into.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import { viewOf } from './bytes.ts';
import { checkBlobs, checkedLength } from './check-blobs.ts';
import { ContentCheck } from './check-contents.ts';
import type { ChunkScope } from './check-sample.ts';
import { checkSignatures } from './check-signature.ts';
import { SnapshotCheck, UNKNOWN_SIZE } from './check-snapshot.ts';
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
  // Other threads decode meanwhile.
  const reading = { isWanted: true };
  const packfile = scope === 'all' ? checkPackfileMac(parts, { reading, signal, onRead }) : Promise.resolve();
  packfile.catch(() => undefined);
  try {
    yield* collect(() => checkPackfileIndex(parts));
    const damaged = new Set<number>();
    const sizes = new Int32Array(parts.state.blobs.count).fill(UNKNOWN_SIZE);
    const contents = scope === 'all' ? new ContentCheck(parts.state.blobs, parts.keys.mac) : undefined;
    yield* checkBlobs(parts, { scope, signal, damaged, sizes, contents, onRead });
    yield* collect(() => packfile);
    const snapshots = new SnapshotCheck(parts, { damaged, sizes, proven: contents?.proven, signal });
    for (const id of archive.snapshotIds()) yield* snapshots.check(id);
  } finally {
    reading.isWanted = false;
    parts.blobs.forget();
  }
  yield* checkSignatures(archive, options);
}

async function* collect(check: () => Promise<void>): AsyncGenerator<Finding> {
  try {
    await check();
  } catch (error) {
    yield findingOf(error);
  }
}

interface PackfileReading {
  /** Turns false where nobody waits for the result any more. */
  readonly reading: { readonly isWanted: boolean };
  readonly signal: AbortSignal | undefined;
  readonly onRead: (length: number) => void;
}

async function checkPackfileMac(
  { source, layout, keys }: ArchiveParts,
  { reading, signal, onRead }: PackfileReading,
): Promise<void> {
  const { offset, length } = layout.packfile;
  const expected = { type: ResourceType.packfile, versions: [VERSION_1_0_0], offset };
  decodeWrappedHeader(await source.read(offset, WRAPPED_HEADER_LENGTH), expected);
  const hasher = keys.mac.begin();
  const end = length - WRAPPED_MAC_LENGTH;
  const bytes = new Uint8Array(READ_LENGTH);
  for (let done = 0; done < end; done += READ_LENGTH) {
    throwIfCancelled(signal);
    if (!reading.isWanted) return;
    const length = Math.min(READ_LENGTH, end - done);
    const read = bytes.subarray(0, length);
    await readInto(source, offset + done, read);
    hasher.update(read);
    onRead(length);
  }
  checkWrappedMac(hasher.digest(), await source.read(offset + end, WRAPPED_MAC_LENGTH), expected);
}

/** The packfile's own index says what the state says. */
async function checkPackfileIndex(parts: ArchiveParts): Promise<void> {
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
  let places: BlobPlaces | undefined;
  for (const record of decodeIndex(index, footer.indexOffset)) {
    const at =
      record.id === undefined
        ? (places ??= new BlobPlaces(blobs)).find(record, (index) => seen[index] === 0)
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
