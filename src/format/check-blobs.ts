/** Verifies the blobs of an archive about in the order of the file. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import type { DecodedRun } from './blob-batch.ts';
import { fileOrder } from './blob-places.ts';
import type { ContentCheck } from './check-contents.ts';
import { type ChunkScope, isRead } from './check-sample.ts';
import { type Finding, findingOf } from './finding.ts';
import { NOT_DECODED } from './ports.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';
import { WRAPPED_HEADER_LENGTH } from './wrapped-object.ts';

/** What {@link checkBlobs} takes besides the archive. */
export interface BlobCheckOptions {
  readonly scope: ChunkScope;
  readonly signal: AbortSignal | undefined;
  /** Receives the indexes of blobs that cannot be read. */
  readonly damaged: Set<number>;
  /** Receives the bytes of the plaintext of every blob that was read; the others keep what they have. */
  readonly sizes: Int32Array;
  /** Receives objects and chunks, where contents are held against their MACs. */
  readonly contents: ContentCheck | undefined;
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

/** Reads the blobs of the scope, chunks last; none may overlap another. Keeps records for whoever reads them next, up to 64 MiB. */
export async function* checkBlobs(parts: ArchiveParts, options: BlobCheckOptions): AsyncGenerator<Finding> {
  const { blobs } = parts.state;
  // Stored bytes may be none at all: an empty chunk without compression.
  const order = fileOrder(blobs);
  yield* overlaps(parts, order);
  const isChunk = (index: number): boolean => blobs.type(index) === ResourceType.chunk;
  const pass = new BlobPass(parts, options);
  // Objects first: they say which chunks make up a content.
  yield* pass.check(order.filter((index) => !isChunk(index)));
  const chunks = order.filter((index) => isChunk(index) && isRead(options.scope, blobs, index));
  yield* pass.check(options.contents?.orderOf(chunks) ?? chunks);
}

/** A run that is being decoded. */
interface RunUnderWay {
  /** 1 for each blob whose plaintext is wanted. */
  readonly wanted: Uint8Array<ArrayBuffer>;
  /** Whether its records are kept. */
  readonly keeps: boolean;
  readonly run: Promise<DecodedRun>;
}

/** Blobs that are read some runs at a time. */
class BlobPass {
  readonly #parts: ArchiveParts;
  readonly #options: BlobCheckOptions;
  /** Bytes of records that are kept. */
  #kept = 0;

  constructor(parts: ArchiveParts, options: BlobCheckOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Checks the blobs at these indexes; those that stand one behind the other come together. */
  async *check(order: Uint32Array): AsyncGenerator<Finding> {
    const { blobs } = this.#parts;
    const underWay: RunUnderWay[] = [];
    for (const indexes of runsOf(this.#parts, order)) {
      const keeps = this.#kept < KEPT_LENGTH_MAX;
      const wanted = Uint8Array.from(indexes, (index) => (this.#isWanted(index, keeps) ? 1 : 0));
      const run = blobs.decodeRun(indexes, { wanted });
      // It is awaited in its turn.
      run.catch(() => undefined);
      underWay.push({ wanted, keeps, run });
      const oldest = underWay.length > blobs.width ? underWay.shift() : undefined;
      if (oldest !== undefined) yield* this.#finish(oldest);
    }
    for (const run of underWay) yield* this.#finish(run);
  }

  /** Called for every blob once, in order. */
  #isWanted(index: number, keeps: boolean): boolean {
    const { contents } = this.#options;
    const type = this.#parts.state.blobs.type(index);
    if (type === ResourceType.chunk) return contents?.announce(index) ?? false;
    return (keeps && KEPT_TYPES.has(type)) || (contents !== undefined && type === ResourceType.object);
  }

  async *#finish({ wanted, keeps, run }: RunUnderWay): AsyncGenerator<Finding> {
    const { damaged, signal, sizes, onRead } = this.#options;
    const { blobs } = this.#parts.state;
    const { indexes, bytes: buffer, lengths } = await run;
    throwIfCancelled(signal);
    const keepsThese = keeps && indexes.some((index) => KEPT_TYPES.has(blobs.type(index)));
    const bytes = keepsThese ? buffer.slice() : buffer;
    let at = 0;
    let place = -1;
    for (const index of indexes) {
      place++;
      let length = lengths[place] ?? NOT_DECODED;
      let plaintext: Uint8Array | undefined;
      if (length === NOT_DECODED) {
        try {
          plaintext = await this.#parts.blobs.readAt(index);
          length = plaintext.length;
        } catch (error) {
          damaged.add(index);
          yield { offset: blobOffset(this.#parts, index), ...findingOf(error) };
        }
      } else if (wanted[place] === 1) {
        plaintext = bytes.subarray(at, at + length);
        at += length;
        if (keepsThese) this.#keep(index, plaintext);
      }
      if (length !== NOT_DECODED) sizes[index] = length;
      this.#toContents(index, plaintext);
      onRead(blobs.length(index));
    }
    this.#parts.codec.threads?.buffers.give(buffer.buffer);
  }

  #keep(index: number, plaintext: Uint8Array): void {
    this.#parts.blobs.keep(index, plaintext);
    this.#kept += plaintext.length;
  }

  #toContents(index: number, plaintext: Uint8Array | undefined): void {
    const { contents } = this.#options;
    const type = this.#parts.state.blobs.type(index);
    if (type === ResourceType.chunk) contents?.addChunk(index, plaintext);
    else if (type === ResourceType.object && plaintext !== undefined) contents?.addObject(index, plaintext);
  }
}

/** Blobs of `order` that stand one behind the other, as many at a time as are verified together. */
function* runsOf({ state }: ArchiveParts, order: Uint32Array): Generator<Uint32Array> {
  const { blobs } = state;
  let start = 0;
  let length = 0;
  let free = -1;
  let place = -1;
  for (const index of order) {
    place++;
    const isApart = blobs.offset(index) !== free;
    const isFull = length + blobs.length(index) > RUN_LENGTH_MAX || place - start === RUN_COUNT_MAX;
    if (place > start && (isApart || isFull)) {
      yield order.subarray(start, place);
      [start, length] = [place, 0];
    }
    length += blobs.length(index);
    free = blobs.offset(index) + blobs.length(index);
  }
  if (start < order.length) yield order.subarray(start);
}

/** Blobs that lie over others. */
function* overlaps(parts: ArchiveParts, order: Uint32Array): Generator<Finding> {
  const { blobs } = parts.state;
  let free = 0;
  for (const index of order) {
    const offset = blobs.offset(index);
    if (offset < free) {
      const what = `the ${resourceTypeName(blobs.type(index))} at ${offset} of the packfile`;
      yield {
        code: 'FORMAT_LAYOUT',
        message: `${what} overlaps the blob before it`,
        offset: blobOffset(parts, index),
      };
    }
    free = Math.max(free, offset + blobs.length(index));
  }
}
