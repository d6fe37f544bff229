/** Verifies the blobs of an archive in the order of the file. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import type { DecodedRun } from './blob-batch.ts';
import { fileOrder } from './blob-places.ts';
import { type ChunkScope, isRead } from './check-sample.ts';
import { type Finding, findingOf } from './finding.ts';
import { NOT_DECODED } from './ports.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';
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

/** Bytes of stored blobs that are verified together, and how many. */
const RUN_LENGTH_MAX = 512 * 1024;
const RUN_COUNT_MAX = 1024;
/** Bytes of plaintext of records that are kept for the snapshots, which are made of them. */
const KEPT_LENGTH_MAX = 64 * 1024 * 1024;
/** What the check of a snapshot reads. */
const KEPT_TYPES: ReadonlySet<number> = new Set([
  ResourceType.vfsEntry,
  ResourceType.object,
  ResourceType.vfsNode,
]);

/**
 * Reads the blobs of the scope; none may overlap another. Keeps records for whoever reads them next, up to 64 MiB.
 * @param damaged receives the indexes of blobs that cannot be read
 */
export async function* checkBlobs(
  parts: ArchiveParts,
  damaged: Set<number>,
  { scope, signal, sizes, onRead }: BlobCheckOptions,
): AsyncGenerator<Finding> {
  const { blobs } = parts.state;
  // Stored bytes may be none at all: an empty chunk without compression.
  const order = fileOrder(blobs);
  let kept = 0;
  const isRecord = (index: number): boolean => KEPT_TYPES.has(blobs.type(index));
  /** Runs that are being decoded, in the order of the file, each with the findings before it. */
  const underWay: {
    readonly before: readonly Finding[];
    readonly keeps: boolean;
    readonly run: Promise<DecodedRun>;
  }[] = [];

  async function* finish(): AsyncGenerator<Finding> {
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    yield* oldest.before;
    const { indexes, bytes: buffer, lengths } = await oldest.run;
    throwIfCancelled(signal);
    const bytes = buffer.slice();
    parts.codec.threads?.buffers.give(buffer.buffer);
    let at = 0;
    for (const [place, index] of indexes.entries()) {
      let length = lengths[place] ?? NOT_DECODED;
      if (length === NOT_DECODED) {
        try {
          length = (await parts.blobs.readAt(index)).length;
        } catch (error) {
          damaged.add(index);
          yield { offset: blobOffset(parts, index), ...findingOf(error) };
        }
      } else if (oldest.keeps && isRecord(index)) {
        parts.blobs.keep(index, bytes.subarray(at, at + length));
        at += length;
        kept += length;
      }
      if (length !== NOT_DECODED) sizes[index] = length;
      onRead(blobs.length(index));
    }
  }

  for (const { before, indexes } of runsOf(parts, order, scope)) {
    const keeps = kept < KEPT_LENGTH_MAX;
    const run = parts.blobs.decodeRun(indexes, { isWanted: (index) => keeps && isRecord(index) });
    // It is awaited in its turn.
    run.catch(() => undefined);
    underWay.push({ before, keeps, run });
    if (underWay.length > parts.blobs.width) yield* finish();
  }
  while (underWay.length > 0) yield* finish();
}

/** Blobs of the scope that stand one behind the other, and what is wrong with their places. */
function* runsOf(
  parts: ArchiveParts,
  order: Uint32Array,
  scope: ChunkScope,
): Generator<{ readonly before: readonly Finding[]; readonly indexes: Uint32Array }> {
  const { blobs } = parts.state;
  let before: Finding[] = [];
  let indexes: number[] = [];
  let length = 0;
  let free = 0;
  for (const index of order) {
    const offset = blobs.offset(index);
    const isApart = offset !== free;
    const problems: Finding[] = [];
    if (offset < free) {
      problems.push(overlap(parts, index));
    }
    free = Math.max(free, offset + blobs.length(index));
    const isSkipped = !isRead(scope, blobs, index);
    const isFull = length + blobs.length(index) > RUN_LENGTH_MAX || indexes.length === RUN_COUNT_MAX;
    if (indexes.length > 0 && (isApart || isSkipped || isFull)) {
      yield { before, indexes: Uint32Array.from(indexes) };
      [before, indexes, length] = [[], [], 0];
    }
    before.push(...problems);
    if (isSkipped) continue;
    indexes.push(index);
    length += blobs.length(index);
  }
  yield { before, indexes: Uint32Array.from(indexes) };
}

function overlap(parts: ArchiveParts, index: number): Finding {
  const { blobs } = parts.state;
  return {
    code: 'FORMAT_LAYOUT',
    message: `the ${resourceTypeName(blobs.type(index))} at ${blobs.offset(index)} of the packfile overlaps the blob before it`,
    offset: blobOffset(parts, index),
  };
}
