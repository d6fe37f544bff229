/** Where a tar comes from: a file, a pipe or standard input, plain or compressed with gzip. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConnectorError, isPtarError, NotFoundError } from '../../errors.ts';
import { concatBytes } from '../../format/bytes.ts';
import { cancellable } from '../cancellable-input.ts';
import { systemError, systemErrorName } from '../system-error.ts';

/** A tar's bytes, unpacked. */
export interface TarSource {
  /** For messages: the path as it was given, or `stdin`. */
  readonly name: string;
  /** The bytes from the start; for what is no file, once. */
  readonly open: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
  /**
   * The bytes from `offset` on, any number of times; only for files. `skipped` of them are unpacked in vain: 0 unless the file is
   * compressed.
   */
  readonly openAt?: (
    offset: number,
    signal?: AbortSignal,
  ) => { bytes: AsyncIterable<Uint8Array>; skipped: number };
}

const READ_SIZE = 256 * 1024;
/** First bytes of what programs compress tars with. */
const GZIP = [0x1f, 0x8b] as const;
const OTHER_COMPRESSIONS = [
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
] as const;
const MAGIC_LENGTH = 5;

/**
 * The tar at `path`; `-` is `input`, and pipes are read once like it.
 * @throws NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO; CONNECTOR_INPUT for a folder
 */
export async function openTarSource(path: string, input: AsyncIterable<Uint8Array>): Promise<TarSource> {
  if (path === '-') return { name: 'stdin', open: (signal) => unpacked(cancellable(input, signal), 'stdin') };
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) {
      throw new ConnectorError('CONNECTOR_INPUT', `${path} is a folder; capture it without tar:`);
    }
    const openFile = (signal?: AbortSignal, start = 0): AsyncGenerator<Uint8Array> =>
      cancellable<Uint8Array>(createReadStream(path, { highWaterMark: READ_SIZE, start }), signal);
    const source = { name: path, open: (signal?: AbortSignal) => unpacked(openFile(signal), path) };
    if (!stats.isFile()) return source;
    const isPacked = startsWith(await firstBytes(path), GZIP);
    const openAt: NonNullable<TarSource['openAt']> = (offset, signal) =>
      isPacked
        ? { bytes: withoutFirst(offset, unpacked(openFile(signal), path)), skipped: offset }
        : { bytes: unpacked(openFile(signal, offset), path, false), skipped: 0 };
    return { ...source, openAt };
  } catch (error) {
    if (systemErrorName(error) === 'ENOENT') {
      throw new NotFoundError('NOT_FOUND_SOURCE', `no tar at ${path}; check the path`, { cause: error });
    }
    throw systemError(error, 'cannot read', path);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(MAGIC_LENGTH), 0, MAGIC_LENGTH, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** `chunks`, unpacked where they look so and `mayBePacked`. */
async function* unpacked(
  chunks: AsyncGenerator<Uint8Array>,
  name: string,
  mayBePacked = true,
): AsyncGenerator<Uint8Array> {
  try {
    const head = mayBePacked ? await headOf(chunks) : new Uint8Array();
    const whole = withHead(head, chunks);
    const other = OTHER_COMPRESSIONS.find(({ magic }) => startsWith(head, magic));
    if (other !== undefined) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        `${name} is compressed with ${other.name}; unpack it and pipe it to tar:-`,
      );
    }
    if (!startsWith(head, GZIP)) yield* whole;
    else yield* gunzipped(whole);
  } catch (error) {
    throw readError(error, name);
  } finally {
    await chunks.return(undefined);
  }
}

async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: READ_SIZE });
  // What goes wrong on the way comes out of the stream that is read.
  pipeline(Readable.from(packed, { objectMode: false }), gunzip, () => undefined);
  for await (const bytes of gunzip) yield bytes as Uint8Array;
}

function readError(error: unknown, name: string): unknown {
  if (isPtarError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new ConnectorError('CONNECTOR_INPUT', `${name} ends in the middle of its gzip data`, {
      cause: error,
    });
  }
  if (code.startsWith('Z_')) {
    return new ConnectorError('CONNECTOR_INPUT', `${name} is damaged: its gzip data cannot be unpacked`, {
      cause: error,
    });
  }
  return systemError(error, 'cannot read', name);
}

/** The first bytes, at least {@link MAGIC_LENGTH} where there are as many. */
async function headOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let length = 0; length < MAGIC_LENGTH;) {
    const next = await chunks.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
  }
  return concatBytes(parts);
}

async function* withHead(
  head: Uint8Array,
  chunks: AsyncIterableIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* chunks;
}

async function* withoutFirst(count: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let missing = count;
  for await (const chunk of chunks) {
    if (chunk.length > missing) yield chunk.subarray(missing);
    missing = Math.max(0, missing - chunk.length);
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
