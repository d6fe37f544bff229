/** Verifies the blobs of an archive about in the order of the file. */
import { FormatError, throwIfCancelled } from '../errors.ts';
import type { ArchiveParts } from './archive-reader.ts';
import type { DecodedRun } from './blob-batch.ts';
import { type ChunkScope, isRead } from './check-sample.ts';
import type { CheckedBlobs } from './checked-blobs.ts';
import { type Finding, findingOf } from './finding.ts';
import type { KeptBlobs } from './kept-blobs.ts';
import { decodeObject, type StoredObject } from './object.ts';
import { NOT_DECODED } from './ports.ts';
import { ResourceType, resourceTypeName } from './resource-type.ts';
import { WRAPPED_HEADER_LENGTH } from './wrapped-object.ts';

/** What {@link BlobCheck} takes besides the archive. */
export interface BlobCheckOptions {
  readonly scope: ChunkScope;
  readonly signal: AbortSignal | undefined;
  /** Receives what is found out. */
  readonly found: CheckedBlobs;
  /** Called with the stored length of every blob that was read. */
  readonly onRead: (length: number) => void;
}

/** Offset in the file of the stored bytes of blob `index`. */
export function blobOffset({ layout, state }: ArchiveParts, index: number): number {
  return layout.packfile.offset + WRAPPED_HEADER_LENGTH + state.blobs.offset(index);
}

/** Bytes that {@link BlobCheck} reads with this scope. */
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
/** What the check of a snapshot reads: kept for it, as far as there is room. */
const KEPT_TYPES: ReadonlySet<number> = new Set([ResourceType.vfsEntry, ResourceType.vfsNode]);

/** A run that is being decoded. */
interface RunUnderWay {
  /** 1 for each blob whose plaintext is wanted. */
  readonly wanted: Uint8Array<ArrayBuffer>;
  readonly run: Promise<DecodedRun>;
}

/** Reads the blobs of the scope, some runs at a time: records, then chunks. */
export class BlobCheck {
  readonly #parts: ArchiveParts;
  readonly #options: BlobCheckOptions;
  /** All blobs in the order of the file. Stored bytes may be none at all: an empty chunk without compression. */
  readonly #order: Uint32Array;
  readonly #kept: KeptBlobs;

  /** `order`: of all blobs, that of the file. */
  constructor(parts: ArchiveParts, order: Uint32Array, options: BlobCheckOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#order = order;
    this.#kept = parts.blobs.remember();
  }

  /** No two blobs may overlap; all but chunks are read. Keeps records for whoever reads them next, up to 64 MiB. */
  async *records(): AsyncGenerator<Finding> {
    const { blobs } = this.#parts.state;
    yield* overlaps(this.#parts, this.#order);
    yield* this.#check(this.#order.filter((index) => blobs.type(index) !== ResourceType.chunk));
  }

  /** After {@link records}, which say which chunks make up a content. */
  async *chunks(): AsyncGenerator<Finding> {
    const { blobs } = this.#parts.state;
    const { scope, found } = this.#options;
    const isChunk = (index: number): boolean => blobs.type(index) === ResourceType.chunk;
    const chunks = this.#order.filter((index) => isChunk(index) && isRead(scope, blobs, index));
    yield* this.#check(found.contents?.orderOf(chunks) ?? chunks);
  }

  /** Checks the blobs at these indexes; those that stand one behind the other come together. */
  async *#check(order: Uint32Array): AsyncGenerator<Finding> {
    const { blobs } = this.#parts;
    const underWay: RunUnderWay[] = [];
    for (const indexes of runsOf(this.#parts, order)) {
      const wanted = Uint8Array.from(indexes, (index) => (this.#isWanted(index) ? 1 : 0));
      const run = blobs.decodeRun(indexes, { wanted });
      // It is awaited in its turn.
      run.catch(() => undefined);
      underWay.push({ wanted, run });
      const oldest = underWay.length > blobs.width ? underWay.shift() : undefined;
      if (oldest !== undefined) yield* this.#finish(oldest);
    }
    for (const run of underWay) yield* this.#finish(run);
  }

  /** Called for every blob once, in order. */
  #isWanted(index: number): boolean {
    const { contents } = this.#options.found;
    const type = this.#parts.state.blobs.type(index);
    if (type === ResourceType.chunk) return contents?.announce(index) ?? false;
    return type === ResourceType.object || (KEPT_TYPES.has(type) && this.#kept.hasRoom);
  }

  async *#finish({ wanted, run }: RunUnderWay): AsyncGenerator<Finding> {
    const { signal, found, onRead } = this.#options;
    const { blobs } = this.#parts.state;
    const { indexes, bytes, lengths } = await run;
    throwIfCancelled(signal);
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
          found.damaged.add(index);
          yield { offset: blobOffset(this.#parts, index), ...findingOf(error) };
        }
      } else if (wanted[place] === 1) {
        plaintext = bytes.subarray(at, at + length);
        at += length;
      }
      if (length !== NOT_DECODED) found.sizes[index] = length;
      this.#take(index, plaintext);
      onRead(blobs.length(index));
    }
    this.#parts.codec.threads?.buffers.give(bytes.buffer);
  }

  /** Takes the verified plaintext of a blob, or undefined where it is not wanted or cannot be read. */
  #take(index: number, plaintext: Uint8Array | undefined): void {
    const type = this.#parts.state.blobs.type(index);
    if (type === ResourceType.chunk) this.#options.found.contents?.addChunk(index, plaintext);
    else if (plaintext === undefined) return;
    else if (type === ResourceType.object) this.#addObject(index, plaintext);
    else if (KEPT_TYPES.has(type)) this.#kept.keep(index, plaintext);
  }

  #addObject(index: number, plaintext: Uint8Array): void {
    const object = decodedObject(plaintext);
    if (object === undefined) return;
    const { singles, contents } = this.#options.found;
    singles.add(index, object);
    contents?.addObject(index, object);
  }
}

/** Undefined where it is malformed, which is for whoever reads the file to say that it belongs to. */
function decodedObject(plaintext: Uint8Array): StoredObject | undefined {
  try {
    return decodeObject(plaintext);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
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
