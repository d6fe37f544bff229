/**
 * Holds a file against its parity sidecar and computes what is lost, group by group: one pass over the file, and another over
 * groups with damage. Holds 1 MiB and, for a group with damage, 5 MiB a row of parity: 51 MiB with the default of 5 %.
 */
import { FormatError, throwIfCancelled } from '../errors.ts';
import { GroupCheck } from './parity-group.ts';
import { decodeParityHeader, type ParityHeader } from './parity-header.ts';
import {
  burstLengthMax,
  groupsOf,
  HEADER_LENGTH,
  type ParityGroup,
  runOf,
  tableLength,
} from './parity-layout.ts';
import { readPadded } from './padded-read.ts';
import { BlockSet, type ParityReport } from './parity-report.ts';
import type { ByteSource, Primitives } from './ports.ts';
import { ParityAccumulator } from './reed-solomon.ts';

/** How to work with a sidecar. */
export interface ParityOptions {
  readonly primitives: Primitives;
  readonly signal?: AbortSignal;
  /** Bytes of the file that were looked at. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Takes bytes that were computed, at their offset in the file. */
export type RepairSink = (offset: number, bytes: Uint8Array) => Promise<void>;

/**
 * Reads the header of a sidecar, from its begin or its end.
 * @throws FormatError FORMAT_FOREIGN (also where both copies are damaged), FORMAT_VERSION, FORMAT_LIMIT, FORMAT_LAYOUT; ConnectorError
 */
export async function readParityHeader(sidecar: ByteSource, primitives: Primitives): Promise<ParityHeader> {
  const offsets = sidecar.size < HEADER_LENGTH ? [] : [0, sidecar.size - HEADER_LENGTH];
  for (const offset of offsets) {
    const header = decodeParityHeader(await sidecar.read(offset, HEADER_LENGTH), primitives);
    if (header !== undefined) return header;
  }
  throw new FormatError(
    'FORMAT_FOREIGN',
    `${sidecar.name} is no parity file, or both copies of its header are damaged`,
    { offset: 0, section: 'Parity' },
  );
}

/**
 * Finds what is damaged in `file`; with `repair`, computes it: every block that is handed over has the hash that the sidecar names.
 * @throws as {@link readParityHeader}; FormatError FORMAT_TRUNCATED where too much of the end is missing; CancelledError; whatever `repair` throws
 */
export async function checkParity(
  file: ByteSource,
  sidecar: ByteSource,
  options: ParityOptions,
  repair?: RepairSink,
): Promise<ParityReport> {
  const header = await readParityHeader(sidecar, options.primitives);
  checkMissingLength(file, header);
  const check = new ParityCheck(file, sidecar, header, options);
  for (const group of groupsOf(header.geometry)) await check.group(group, repair);
  return check.report();
}

/** Work is bounded by the file that is there, not by what a header claims. */
function checkMissingLength(file: ByteSource, { geometry }: ParityHeader): void {
  const missing = geometry.fileLength - file.size;
  if (missing <= burstLengthMax(geometry) + geometry.blockSize) return;
  throw new FormatError(
    'FORMAT_TRUNCATED',
    `${file.name} has ${file.size} of ${geometry.fileLength} bytes: more is missing than its parity file can give back`,
    { offset: file.size, section: 'Parity' },
  );
}

class ParityCheck {
  readonly #file: ByteSource;
  readonly #sidecar: ByteSource;
  readonly #header: ParityHeader;
  readonly #options: ParityOptions;
  readonly #blocks: number;
  readonly #damaged: BlockSet;
  readonly #lost: BlockSet;
  #damagedParityBlocks = 0;
  #unknownHashes = 0;
  #done = 0;
  #accumulator: ParityAccumulator | undefined;

  constructor(file: ByteSource, sidecar: ByteSource, header: ParityHeader, options: ParityOptions) {
    this.#file = file;
    this.#sidecar = sidecar;
    this.#header = header;
    this.#options = options;
    this.#blocks = Math.ceil(header.geometry.fileLength / header.geometry.blockSize);
    this.#damaged = new BlockSet(this.#blocks);
    this.#lost = new BlockSet(this.#blocks);
  }

  report(): ParityReport {
    const { fileLength, blockSize } = this.#header.geometry;
    return {
      fileSize: fileLength,
      foundSize: this.#file.size,
      blockSize,
      blocks: this.#blocks,
      damagedBlocks: this.#damaged.count,
      lostBlocks: this.#lost.count,
      damaged: this.#damaged.ranges(blockSize, fileLength),
      lost: this.#lost.ranges(blockSize, fileLength),
      damagedParityBlocks: this.#damagedParityBlocks,
      unknownHashes: this.#unknownHashes,
    };
  }

  async group(group: ParityGroup, repair: RepairSink | undefined): Promise<void> {
    const { geometry } = this.#header;
    const { columns, rows, blockSize } = geometry;
    const runLength = group.stripes * blockSize;
    const table = tableLength(geometry, group);
    const parityOffset = group.offset + table;
    const tables = [
      await readPadded(this.#sidecar, group.offset, table, table),
      await readPadded(this.#sidecar, parityOffset + rows * runLength, table, table),
    ];
    const check = new GroupCheck(this.#header, group, tables, this.#options.primitives);
    this.#unknownHashes += check.unknownHashes;
    for (let column = 0; column < columns; column++) {
      throwIfCancelled(this.#options.signal);
      check.compare(column, await this.#readColumn(group, column));
      this.#done += runOf(geometry, group, column).length;
      this.#options.onProgress?.(this.#done, geometry.fileLength);
    }
    for (let row = 0; row < rows; row++) {
      const run = await readPadded(this.#sidecar, parityOffset + row * runLength, runLength, runLength);
      check.compare(columns + row, run);
    }
    this.#damagedParityBlocks += check.damagedParityBlocks;
    let isDamaged = false;
    for (const { column, stripe } of check.damagedBlocks()) {
      isDamaged = true;
      this.#damaged.add(column * geometry.stripes + group.firstStripe + stripe);
    }
    if (isDamaged) await this.#recover(group, check, parityOffset, repair);
  }

  async #recover(
    group: ParityGroup,
    check: GroupCheck,
    parityOffset: number,
    repair: RepairSink | undefined,
  ): Promise<void> {
    const { columns, rows, blockSize, stripes, groupStripes, fileLength } = this.#header.geometry;
    this.#accumulator ??= new ParityAccumulator(rows, groupStripes * blockSize);
    this.#accumulator.clear();
    for (let column = 0; column < columns; column++) {
      throwIfCancelled(this.#options.signal);
      const run = await this.#readColumn(group, column);
      for (let stripe = 0; stripe < group.stripes; stripe++) {
        const isErased = check.erasedColumns(stripe).includes(column);
        if (isErased) run.fill(0, stripe * blockSize, (stripe + 1) * blockSize);
      }
      this.#accumulator.add(column, run);
    }
    const length = rows * group.stripes * blockSize;
    const parity = await readPadded(this.#sidecar, parityOffset, length, length);
    for (const { column, stripe, bytes } of check.recover(this.#accumulator, parity)) {
      const block = column * stripes + group.firstStripe + stripe;
      const offset = block * blockSize;
      if (bytes === undefined) this.#lost.add(block);
      else await repair?.(offset, bytes.subarray(0, fileLength - offset));
    }
  }

  #readColumn(group: ParityGroup, column: number): Promise<Uint8Array> {
    const { geometry } = this.#header;
    const { offset, length } = runOf(geometry, group, column);
    return readPadded(this.#file, offset, length, group.stripes * geometry.blockSize);
  }
}
