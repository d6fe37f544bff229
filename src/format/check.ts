/**
 * Verifies a whole archive: every byte of the packfile, every blob, every snapshot. Source: specification "Reader: check".
 *
 * Opening has already verified container, configuration and state. A finding never ends the check.
 */
import { FormatError, IntegrityError, throwIfCancelled } from '../errors.ts';
import type { ArchiveParts, ArchiveReader } from './archive-reader.ts';
import { type Finding, findingOf } from './finding.ts';
import { METADATA_BLOB_SIZE_MAX, STATE_SIZE_MAX } from './limits.ts';
import { checkIndex, decodeFooter, decodeIndex, FOOTER_LENGTH, FOOTER_LENGTH_LENGTH } from './packfile.ts';
import { ResourceType, resourceTypeName, VERSION_1_0_0 } from './resource-type.ts';
import { checkSnapshot } from './check-snapshot.ts';
import { toHex, viewOf } from './bytes.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import {
  checkWrappedMac,
  decodeWrappedHeader,
  WRAPPED_HEADER_LENGTH,
  WRAPPED_MAC_LENGTH,
} from './wrapped-object.ts';

/** How to check. */
export interface CheckOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the packfile that were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

const READ_LENGTH = 1024 * 1024;

/** All findings. None means: every byte of the archive is what its MACs say. @throws CancelledError; ConnectorError */
export async function* checkArchive(
  archive: ArchiveReader,
  options: CheckOptions = {},
): AsyncGenerator<Finding> {
  const { parts } = archive;
  yield* collect(() => checkPackfileMac(parts, options));
  yield* collect(() => checkPackfileIndex(parts));
  yield* checkBlobs(parts, options);
  for (const id of archive.snapshotIds()) {
    throwIfCancelled(options.signal);
    let snapshot: SnapshotReader;
    try {
      snapshot = await SnapshotReader.open(parts.blobs, id);
    } catch (error) {
      yield { ...findingOf(error), snapshot: toHex(id) };
      continue;
    }
    yield* checkSnapshot(snapshot, parts, options.signal);
  }
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
  options: CheckOptions,
): Promise<void> {
  const { offset, length } = layout.packfile;
  const expected = { type: ResourceType.packfile, versions: [VERSION_1_0_0], offset };
  decodeWrappedHeader(await source.read(offset, WRAPPED_HEADER_LENGTH), expected);
  const hasher = keys.mac.begin();
  const end = length - WRAPPED_MAC_LENGTH;
  for (let done = 0; done < end; done += READ_LENGTH) {
    throwIfCancelled(options.signal);
    hasher.update(await source.read(offset + done, Math.min(READ_LENGTH, end - done)));
    options.onProgress?.(done, 2 * end);
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
  let matched = 0;
  for (const record of decodeIndex(index, footer.indexOffset)) {
    const at = blobs.find(record.type, record.id);
    if (at >= 0 && blobs.offset(at) === record.offset && blobs.length(at) === record.length) matched++;
  }
  if (matched < blobs.count) {
    throw new IntegrityError(
      'INTEGRITY_MISSING',
      `the state places ${blobs.count} blobs, the packfile's index has ${matched} of them there`,
      { offset: indexStart, section: 'Packfile' },
    );
  }
}

/** Every blob, in the order of the file; none may overlap another. */
async function* checkBlobs(parts: ArchiveParts, options: CheckOptions): AsyncGenerator<Finding> {
  const { state, layout } = parts;
  const { blobs } = state;
  const dataStart = layout.packfile.offset + WRAPPED_HEADER_LENGTH;
  const order = Uint32Array.from({ length: blobs.count }, (_, index) => index);
  // Stored bytes may be none at all: an empty chunk without compression.
  order.sort((a, b) => blobs.offset(a) - blobs.offset(b) || blobs.length(a) - blobs.length(b));
  let free = 0;
  for (const index of order) {
    throwIfCancelled(options.signal);
    const offset = blobs.offset(index);
    if (offset < free) {
      yield {
        code: 'FORMAT_LAYOUT',
        message: `the ${resourceTypeName(blobs.type(index))} at ${offset} of the packfile overlaps the blob before it`,
        offset: dataStart + offset,
      };
    }
    free = Math.max(free, offset + blobs.length(index));
    try {
      await parts.blobs.readAt(index);
    } catch (error) {
      yield findingOf(error);
    }
    options.onProgress?.(layout.packfile.length + offset, 2 * layout.packfile.length);
  }
}
