/** Verifies the blobs of an archive in the order of the file. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import { type ChunkScope, isRead } from './check-sample.ts';
import { type Finding, findingOf } from './finding.ts';
import { resourceTypeName } from './resource-type.ts';
import { WRAPPED_HEADER_LENGTH } from './wrapped-object.ts';

/** What {@link checkBlobs} takes besides the archive. */
export interface BlobCheckOptions {
  readonly scope: ChunkScope;
  readonly signal: AbortSignal | undefined;
  /** Receives the bytes of the plaintext of every blob that was read; the others keep what they have. */
  readonly sizes: Int32Array;
  /** Called with the stored length of every blob that was read. */
  readonly onRead: (length: number) => void;
}

/** Offset in the file of the stored bytes of blob `index`. */
export function blobOffset({ layout, state }: ArchiveParts, index: number): number {
  return layout.packfile.offset + WRAPPED_HEADER_LENGTH + state.blobs.offset(index);
}

/** Bytes that {@link checkBlobs} reads with this scope. */
export function checkedLength({ state }: ArchiveParts, scope: ChunkScope): number {
  const { blobs } = state;
  let length = 0;
  for (let index = 0; index < blobs.count; index++) {
    if (isRead(scope, blobs, index)) length += blobs.length(index);
  }
  return length;
}

/**
 * Reads the blobs of the scope; none may overlap another.
 * @param damaged receives the indexes of blobs that cannot be read
 */
export async function* checkBlobs(
  parts: ArchiveParts,
  damaged: Set<number>,
  { scope, signal, sizes, onRead }: BlobCheckOptions,
): AsyncGenerator<Finding> {
  const { blobs } = parts.state;
  const order = Uint32Array.from({ length: blobs.count }, (_, index) => index);
  // Stored bytes may be none at all: an empty chunk without compression.
  order.sort((a, b) => blobs.offset(a) - blobs.offset(b) || blobs.length(a) - blobs.length(b));
  let free = 0;
  for (const index of order) {
    throwIfCancelled(signal);
    const offset = blobs.offset(index);
    if (offset < free) {
      yield {
        code: 'FORMAT_LAYOUT',
        message: `the ${resourceTypeName(blobs.type(index))} at ${offset} of the packfile overlaps the blob before it`,
        offset: blobOffset(parts, index),
      };
    }
    free = Math.max(free, offset + blobs.length(index));
    if (!isRead(scope, blobs, index)) continue;
    try {
      sizes[index] = (await parts.blobs.readAt(index)).length;
    } catch (error) {
      damaged.add(index);
      yield { offset: blobOffset(parts, index), ...findingOf(error) };
    }
    onRead(blobs.length(index));
  }
}
