/** Writes a parity sidecar: one pass over the file, group by group, holding about 14 MiB whatever the size of the file. */
import { throwIfCancelled } from '../errors.ts';
import {
  burstLengthMax,
  checkGeometry,
  HASH_LENGTH,
  groupBlocks,
  groupsOf,
  type ParityGeometry,
  type ParityGroup,
  planParity,
  runOf,
  sidecarLength,
} from './parity-layout.ts';
import { blockHash, encodeParityHeader, encodeTable, type ParityHeader } from './parity-header.ts';
import { readPadded } from './padded-read.ts';
import type { ByteSink, ByteSource, Primitives } from './ports.ts';
import { ParityAccumulator } from './reed-solomon.ts';

/** How to make a sidecar. */
export interface CreateParityOptions {
  readonly primitives: Primitives;
  /** How to cut the file up: {@link planParity}, of its size, where not given. */
  readonly geometry?: ParityGeometry;
  readonly signal?: AbortSignal;
  /** Bytes of the file that were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was made. */
export interface CreateParityResult {
  /** Bytes of the sidecar. */
  readonly size: number;
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Bytes of the longest burst that can be repaired wherever it is. */
  readonly burstLength: number;
}

/**
 * Writes the sidecar of `file` to `sink`; aborts the sink when that fails.
 * @throws UsageError; FormatError where the geometry is unsound; CancelledError; ConnectorError of file and sink
 */
export async function createParity(
  file: ByteSource,
  sink: ByteSink,
  options: CreateParityOptions,
): Promise<CreateParityResult> {
  try {
    const geometry = options.geometry ?? planParity(file.size);
    checkGeometry(geometry);
    const header = { geometry, id: options.primitives.randomBytes(16) };
    const encoded = encodeParityHeader(header, options.primitives);
    await sink.write(encoded);
    const accumulator = new ParityAccumulator(geometry.rows, geometry.groupStripes * geometry.blockSize);
    let done = 0;
    const onRead = (length: number): void => {
      done += length;
      options.onProgress?.(done, file.size);
    };
    for (const group of groupsOf(geometry)) {
      await writeGroup(file, sink, header, group, accumulator, options, onRead);
    }
    await sink.write(encoded);
    await sink.commit();
    return {
      size: sidecarLength(geometry),
      fileSize: file.size,
      burstLength: burstLengthMax(geometry),
    };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function writeGroup(
  file: ByteSource,
  sink: ByteSink,
  header: ParityHeader,
  group: ParityGroup,
  accumulator: ParityAccumulator,
  { primitives, signal }: CreateParityOptions,
  onRead: (length: number) => void,
): Promise<void> {
  const { geometry } = header;
  const { blockSize, columns, rows } = geometry;
  const runLength = group.stripes * blockSize;
  const hashes = new Uint8Array(groupBlocks(geometry, group) * HASH_LENGTH);
  const addHashes = (line: number, run: Uint8Array): void => {
    for (let stripe = 0; stripe < group.stripes; stripe++) {
      const block = run.subarray(stripe * blockSize, (stripe + 1) * blockSize);
      hashes.set(blockHash(primitives, block), (line * group.stripes + stripe) * HASH_LENGTH);
    }
  };
  accumulator.clear();
  for (let column = 0; column < columns; column++) {
    throwIfCancelled(signal);
    const { offset, length } = runOf(geometry, group, column);
    const run = await readPadded(file, offset, length, runLength);
    accumulator.add(column, run);
    addHashes(column, run);
    onRead(length);
  }
  const parity = new Uint8Array(rows * runLength);
  for (let row = 0; row < rows; row++) {
    const run = parity.subarray(row * runLength, (row + 1) * runLength);
    accumulator.copyRow(row, run);
    addHashes(columns + row, run);
  }
  const table = encodeTable(header, group, hashes, primitives);
  for (const part of [table, parity, table]) await sink.write(part);
}
