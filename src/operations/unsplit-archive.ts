import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists } from '../connectors/atomic-file.ts';
import { createFileSink, openFileSource } from '../connectors/stores/file-store.ts';
import { ConnectorError, FormatError, IntegrityError, throwIfCancelled } from '../errors.ts';
import { toHex } from '../format/bytes.ts';
import type { ByteSink, ByteSource, Hasher } from '../format/ports.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import {
  decodePartsList,
  isPartsList,
  PARTS_LIST_SIZE_MAX,
  partsOf,
  PIECE_SIZE,
  type Part,
} from './parts-list.ts';

const BEGINNING_LENGTH = 64;
/** Parts that a message names. */
const NAMED_MAX = 10;

/** What to put together, and into what. */
export interface UnsplitOptions {
  /** The list that `splitArchive` made. */
  readonly listPath: string;
  /** Where parts may be besides the list's own folder: folders, or the parts themselves. */
  readonly places?: readonly string[];
  readonly targetPath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** In bytes of the archive. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The archive that was put together. */
export interface UnsplitResult {
  readonly archivePath: string;
  readonly size: number;
  readonly parts: number;
}

/** True where the file at `path` is a list of parts. False also for what cannot be read: whoever opens it next says why. */
export async function isPartsListFile(path: string): Promise<boolean> {
  const source = await openFileSource(path).catch(() => undefined);
  if (source === undefined) return false;
  try {
    return isPartsList(await source.read(0, Math.min(BEGINNING_LENGTH, source.size)));
  } finally {
    await source.close();
  }
}

/**
 * Puts the parts of a split archive together, each verified by its hash, all or nothing.
 * @throws IntegrityError INTEGRITY_MISSING, INTEGRITY_BLOB naming every part that is missing or damaged; FormatError; NotFoundError; UsageError;
 * ConnectorError; CancelledError
 */
export async function unsplitArchive(options: UnsplitOptions): Promise<UnsplitResult> {
  const { listPath, targetPath, signal } = options;
  const list = decodePartsList(await readText(listPath), listPath);
  const parts = partsOf(list);
  const paths = await locate(parts, [dirname(listPath), ...(options.places ?? [])], listPath);
  const sink = await createFileSink(targetPath, { overwrite: options.overwrite ?? false });
  try {
    const whole = nodePrimitives.hash('SHA256');
    const damaged: string[] = [];
    for (const [index, part] of parts.entries()) {
      // After the first damaged one the others are read all the same: who has to copy again wants to know what.
      const target = damaged.length === 0 ? sink : undefined;
      const hash = await copyPart(paths[index] ?? '', part, { ...options, target, whole, size: list.size });
      if (hash !== list.partHashes[index]) damaged.push(part.name);
    }
    if (damaged.length > 0) {
      throw new IntegrityError(
        'INTEGRITY_BLOB',
        `damaged: ${named(damaged)}; copy ${damaged.length === 1 ? 'it' : 'them'} again from the source`,
      );
    }
    if (toHex(whole.digest()) !== list.sha256) {
      throw new IntegrityError(
        'INTEGRITY_BLOB',
        `${listPath} is damaged: the parts are sound, their sum is not`,
      );
    }
    throwIfCancelled(signal);
    await sink.commit();
    return { archivePath: targetPath, size: list.size, parts: parts.length };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

interface PartTarget {
  /** Undefined where the bytes are only verified. */
  readonly target: ByteSink | undefined;
  readonly whole: Hasher;
  /** Bytes of the archive. */
  readonly size: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @returns the SHA-256 of what is at `path`, in hexadecimal; undefined where its length is another or it cannot be read to its end */
async function copyPart(path: string, part: Part, to: PartTarget): Promise<string | undefined> {
  const source = await openFileSource(path);
  try {
    if (source.size !== part.length) return undefined;
    const hash = nodePrimitives.hash('SHA256');
    for (let done = 0; done < part.length; done += PIECE_SIZE) {
      throwIfCancelled(to.signal);
      const piece = await readablePiece(source, done, Math.min(PIECE_SIZE, part.length - done));
      if (piece === undefined) return undefined;
      hash.update(piece);
      to.whole.update(piece);
      await to.target?.write(piece);
      to.onProgress?.(part.offset + done + piece.length, to.size);
    }
    return toHex(hash.digest());
  } finally {
    await source.close();
  }
}

/** Worn media give errors rather than wrong bytes: undefined then. */
async function readablePiece(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  try {
    return await source.read(offset, length);
  } catch (error) {
    if (error instanceof FormatError || error instanceof ConnectorError) return undefined;
    throw error;
  }
}

/** The path of every part. @throws IntegrityError INTEGRITY_MISSING */
async function locate(
  parts: readonly Part[],
  places: readonly string[],
  listPath: string,
): Promise<string[]> {
  const given = new Map<string, string>();
  const folders: string[] = [];
  for (const place of places) {
    const isFolder = await stat(place).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (isFolder) folders.push(place);
    else given.set(basename(place), place);
  }
  const missing: string[] = [];
  const paths: string[] = [];
  for (const { name } of parts) {
    const candidates = [given.get(name), ...folders.map((folder) => join(folder, name))];
    const found = await firstExisting(candidates.filter((path) => path !== undefined));
    if (found === undefined) missing.push(name);
    else paths.push(found);
  }
  if (missing.length === 0) return paths;
  throw new IntegrityError(
    'INTEGRITY_MISSING',
    `missing: ${named(missing)}; put ${missing.length === 1 ? 'it' : 'them'} beside ${listPath}, or name the folder`,
  );
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}

function named(names: readonly string[]): string {
  const more = names.length > NAMED_MAX ? `, … (${names.length} in all)` : '';
  return names.slice(0, NAMED_MAX).join(', ') + more;
}

async function readText(path: string): Promise<string> {
  const source = await openFileSource(path);
  try {
    if (source.size > PARTS_LIST_SIZE_MAX) {
      throw new FormatError('FORMAT_LIMIT', `${path} is too long for a list of parts`);
    }
    return Buffer.from(await source.read(0, source.size)).toString('utf8');
  } finally {
    await source.close();
  }
}
