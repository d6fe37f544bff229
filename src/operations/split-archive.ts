import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openByteSource } from '../connectors/stores/byte-source.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { isHttpAddress } from '../connectors/stores/http-address.ts';
import { throwIfCancelled, UsageError } from '../errors.ts';
import { toHex } from '../format/bytes.ts';
import { readContainer } from '../format/container.ts';
import type { ByteSink, ByteSource, Hasher } from '../format/ports.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import {
  encodePartsList,
  PARTS_MAX,
  PARTS_SUFFIX,
  partsOf,
  PIECE_SIZE,
  type PartsList,
} from './parts-list.ts';

/** What to split, and into what. */
export interface SplitOptions {
  /** Path or URL of the archive. */
  readonly archivePath: string;
  /** Bytes of a part; the last one has what is left. */
  readonly partSize: number;
  /** Folder for the parts and their list; beside the archive where not given. */
  readonly folder?: string;
  /** Replaces parts that are there. Default: false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** In bytes of the archive. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What splitting made. */
export interface SplitResult {
  /** Path of the list of parts. */
  readonly listPath: string;
  readonly parts: number;
  /** Bytes of all parts together. */
  readonly size: number;
}

/**
 * Cuts an archive into parts for small media, with a list of their hashes (see `parts-list.ts`). The archive is read once and stays as it
 * is; it needs no passphrase. The list is written last, and what a failed run has made is taken away again.
 *
 * @throws UsageError for a part size that makes no sense, parts that are there; NotFoundError; FormatError where it is no archive;
 * ConnectorError; CancelledError
 */
export async function splitArchive(options: SplitOptions): Promise<SplitResult> {
  const { archivePath, partSize, signal } = options;
  const source = await openByteSource(archivePath, { signal });
  try {
    // Whatever else is wrong with it, half an archive is not what anybody wants to carry.
    await readContainer(source);
    const layout = { archive: fileNameOf(archivePath), size: source.size, partSize };
    checkPartSize(layout);
    const folder = options.folder ?? (isHttpAddress(archivePath) ? '.' : dirname(archivePath));
    const made: string[] = [];
    try {
      const listPath = join(folder, `${layout.archive}${PARTS_SUFFIX}`);
      const list = await writeParts(source, layout, { ...options, folder, made });
      throwIfCancelled(signal);
      await writeAll(listPath, options, (sink) => sink.write(Buffer.from(encodePartsList(list))));
      return { listPath, parts: list.partHashes.length, size: list.size };
    } catch (error) {
      for (const path of made) await rm(path, { force: true });
      throw error;
    }
  } finally {
    await source.close();
  }
}

function checkPartSize({ size, partSize, archive }: Omit<PartsList, 'sha256' | 'partHashes'>): void {
  if (!Number.isSafeInteger(partSize) || partSize <= 0) {
    throw new UsageError('a part needs at least one byte');
  }
  if (Math.ceil(size / partSize) <= PARTS_MAX) return;
  throw new UsageError(`${archive} would have more than ${PARTS_MAX} parts; make them larger`);
}

async function writeParts(
  source: ByteSource,
  layout: Omit<PartsList, 'sha256' | 'partHashes'>,
  options: SplitOptions & { readonly folder: string; readonly made: string[] },
): Promise<PartsList> {
  const whole = nodePrimitives.hash('SHA256');
  const partHashes: string[] = [];
  for (const { name, offset, length } of partsOf(layout)) {
    const path = join(options.folder, name);
    const hash = nodePrimitives.hash('SHA256');
    await writeAll(path, options, async (sink) => {
      for (let done = 0; done < length; done += PIECE_SIZE) {
        throwIfCancelled(options.signal);
        const piece = await source.read(offset + done, Math.min(PIECE_SIZE, length - done));
        update([whole, hash], piece);
        await sink.write(piece);
        options.onProgress?.(offset + done + piece.length, source.size);
      }
    });
    options.made.push(path);
    partHashes.push(toHex(hash.digest()));
  }
  return { ...layout, sha256: toHex(whole.digest()), partHashes };
}

/** Writes a file, all or nothing. */
async function writeAll(
  path: string,
  { overwrite = false }: Pick<SplitOptions, 'overwrite'>,
  write: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const sink = await createFileSink(path, { overwrite });
  try {
    await write(sink);
    await sink.commit();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function update(hashers: readonly Hasher[], bytes: Uint8Array): void {
  for (const hasher of hashers) hasher.update(bytes);
}

function fileNameOf(archivePath: string): string {
  if (!isHttpAddress(archivePath)) return basename(archivePath);
  const name = basename(decodeURIComponent(new URL(archivePath).pathname));
  return name === '' ? 'archive.ptar' : name;
}
