import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isPtarError, type PtarErrorCode, throwIfCancelled } from '../../errors.ts';
import { concatBytes } from '../../format/bytes.ts';
import {
  isDirectory,
  isRegular,
  isSymlink,
  MODE_SETGID,
  MODE_SETUID,
  posixPermissions,
} from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import type { FileInfo } from '../../format/source-record.ts';
import { AtomicFile } from '../atomic-file.ts';
import {
  type FileAttributes,
  setAttributes,
  SMALL_FILE_SIZE_MAX,
  writeNewSmallFile,
  writeSmallFile,
} from '../atomic-small-file.ts';
import type { Exporter, ExportOptions, ExportResult } from '../connector.ts';
import { systemErrorName, systemErrorReason } from '../system-error.ts';
import { systemPath } from '../system-path.ts';
import { archivePathElements } from './archive-path.ts';
import { ConfinedFolder, type Placement } from './confined-folder.ts';
import { ContentsAhead } from './contents-ahead.ts';

/** How long this thread writes without looking at anything else. */
const TURN_MS = 50;

/** Gives others their turn while much is done at once. */
class Turn {
  readonly #signal: AbortSignal | undefined;
  #endMs = performance.now() + TURN_MS;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isOver(): boolean {
    return performance.now() > this.#endMs;
  }

  /** Ends the turn where it is over. @throws CancelledError */
  async pass(): Promise<void> {
    if (this.isOver) {
      await setImmediate();
      this.#endMs = performance.now() + TURN_MS;
    }
    throwIfCancelled(this.#signal);
  }
}

/** Choices of {@link openFilesystemExporter}. */
export interface FilesystemExporterOptions {
  /** Replaces files and links that are there. Folders are always entered, never replaced. Default: false. */
  readonly overwrite?: boolean;
  /** Gives files the recorded owner and group by number, which needs root. Default: false. */
  readonly preserveOwner?: boolean;
}

/**
 * An exporter that writes entries below one folder, each under its whole path, and nothing outside, whatever the archive says
 * and whatever links are there (see `ConfinedFolder`).
 *
 * Files appear complete or not at all; only a small one in a folder that this export has made, and that nobody else can enter until it is
 * complete, may stay incomplete where the process is killed in the middle of it. Symbolic links come last, as recorded and unresolved; then the modes and times of
 * folders. Times are kept to the microsecond. Setuid and setgid are set only together with the recorded owner; devices, pipes
 * and sockets are skipped; extended attributes are not written. Results say what was left out. Memory grows with the number of
 * folders and links.
 *
 * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO, CONNECTOR_INPUT
 */
export function openFilesystemExporter(
  path: string,
  options: FilesystemExporterOptions = {},
): Promise<Exporter> {
  return Promise.resolve(new FilesystemExporter(path, options));
}

interface Deferred {
  readonly entry: SnapshotEntry;
  readonly path: string;
}

interface PlacedEntry extends Deferred {
  readonly snapshot: SnapshotReader;
  readonly contents: ContentsAhead;
  readonly folder: ConfinedFolder;
  /** Nothing can be at `path`. */
  readonly isFree: boolean;
}

/** Facts of one item that its result mentions. */
interface Outcome {
  readonly outcome: ExportResult['outcome'];
  readonly reason?: string;
  readonly code?: PtarErrorCode;
}

class FilesystemExporter implements Exporter {
  readonly target: string;
  readonly #overwrite: boolean;
  readonly #preserveOwner: boolean;

  constructor(target: string, options: FilesystemExporterOptions) {
    this.target = target;
    this.#overwrite = options.overwrite ?? false;
    this.#preserveOwner = options.preserveOwner ?? false;
  }

  async close(): Promise<void> {
    // Files are closed as soon as they are written.
  }

  async *export(
    snapshot: SnapshotReader,
    entries: AsyncIterable<readonly SnapshotEntry[]>,
    options: ExportOptions,
  ): AsyncIterable<readonly ExportResult[]> {
    const folder = await ConfinedFolder.open(this.target, !options.dryRun);
    const contents = new ContentsAhead(snapshot);
    try {
      yield* this.#export({ snapshot, contents, folder }, entries, options);
    } finally {
      contents.end();
    }
  }

  async *#export(
    sides: Pick<PlacedEntry, 'snapshot' | 'contents' | 'folder'>,
    entries: AsyncIterable<readonly SnapshotEntry[]>,
    options: ExportOptions,
  ): AsyncIterable<readonly ExportResult[]> {
    const { contents, folder } = sides;
    const turn = new Turn(options.signal);
    const folders: Deferred[] = [];
    const links: Deferred[] = [];
    let results: ExportResult[] = [];
    for await (const batch of entries) {
      for (const [at, entry] of batch.entries()) {
        throwIfCancelled(options.signal);
        contents.goTo(batch, at);
        const elements = archivePathElements(entry.path);
        if (elements?.length === 0) continue;
        const placement = placed(folder, elements, !options.dryRun);
        if (placement.refused !== undefined) {
          results.push(resultOf(entry, entry.path, { outcome: 'failed', reason: placement.refused }));
          continue;
        }
        const { path, isFree } = placement;
        if (isSymlink(entry.info.mode)) {
          links.push({ entry, path });
          continue;
        }
        if (isDirectory(entry.info.mode)) folders.push({ entry, path });
        const written = this.#write({ ...sides, entry, path, isFree }, options);
        results.push(resultOf(entry, path, written instanceof Promise ? await written : written));
        if (!turn.isOver) continue;
        yield results;
        results = [];
        await turn.pass();
      }
      if (results.length > 0) yield results;
      results = [];
    }
    for (const { entry, path } of links) {
      await turn.pass();
      yield [resultOf(entry, path, await guarded(() => this.#writeLink(folder, entry, path, options)))];
    }
    if (options.dryRun) return;
    // Deepest first: a folder that may not be entered any more has nothing left to set below it.
    for (const { entry, path } of folders.reverse()) {
      await turn.pass();
      const outcome = this.#finishFolder(folder, entry, path);
      if (outcome.outcome === 'failed') yield [resultOf(entry, path, outcome)];
    }
  }

  /** At once where that is possible. */
  #write(placed: PlacedEntry, options: ExportOptions): Outcome | Promise<Outcome> {
    try {
      const { outcome, needsContent } = this.#begin(placed, options);
      if (!needsContent) return outcome;
      const { entry, snapshot } = placed;
      const content = entry.info.size <= SMALL_FILE_SIZE_MAX ? snapshot.peekContent(entry) : undefined;
      if (content !== undefined && this.#writeSmall(placed, content)) return outcome;
      return guarded(async () => {
        await this.#writeFile(placed, options.signal);
        return outcome;
      });
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Does what is to do before content is written; where there is none, that is all. */
  #begin(placed: PlacedEntry, options: ExportOptions): { outcome: Outcome; needsContent: boolean } {
    const { folder, entry, path, isFree } = placed;
    const { mode } = entry.info;
    if (!isDirectory(mode) && !isRegular(mode)) {
      const reason = 'devices, pipes and sockets are not made';
      return { outcome: { outcome: 'skipped', reason }, needsContent: false };
    }
    const there = isFree ? undefined : typeAt(path);
    if (isDirectory(mode)) {
      const outcome = options.dryRun ? folderDryRun(there, path) : madeFolder(folder, path);
      return { outcome, needsContent: false };
    }
    const blocked = this.#blockedBy(there);
    if (blocked !== undefined) return { outcome: blocked, needsContent: false };
    const notes = [...escapeNotes(entry.path, path), ...this.#attributeNotes(entry)];
    const outcome = withNotes(there === undefined ? 'created' : 'updated', notes);
    return { outcome, needsContent: !options.dryRun };
  }

  async #writeFile(placed: PlacedEntry, signal: AbortSignal | undefined): Promise<void> {
    const { snapshot, contents, entry, path } = placed;
    if (entry.info.size <= SMALL_FILE_SIZE_MAX) {
      if (this.#writeSmall(placed, await gathered(snapshot.content(entry), signal))) return;
    }
    const file = await AtomicFile.create(path);
    try {
      // While a chunk is written, the next is verified.
      let writing = Promise.resolve();
      for await (const { bytes, giveBack } of contents.take(entry)) {
        throwIfCancelled(signal);
        await writing;
        writing = file.write(bytes).then(giveBack);
        writing.catch(() => undefined);
      }
      await writing;
      setAttributes(file.handle.fd, this.#attributesOf(entry.info));
      await file.publish({ overwrite: this.#overwrite, durable: false });
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** @returns false, with nothing done, where it has to be written as a large file is */
  #writeSmall({ entry, path, isFree }: PlacedEntry, content: Uint8Array): boolean {
    const attributes = this.#attributesOf(entry.info);
    if (!isFree) return writeSmallFile(path, content, attributes, this.#overwrite);
    writeNewSmallFile(path, content, attributes);
    return true;
  }

  async #writeLink(
    folder: ConfinedFolder,
    entry: SnapshotEntry,
    path: string,
    options: ExportOptions,
  ): Promise<Outcome> {
    const problem = folder.recheck(path);
    if (problem !== undefined) return { outcome: 'failed', reason: problem };
    const there = typeAt(path);
    const blocked = this.#blockedBy(there);
    if (blocked !== undefined) return blocked;
    if (!options.dryRun) {
      if (there !== undefined) await rm(systemPath(path));
      await symlink(systemPath(entry.symlinkTarget ?? ''), systemPath(path));
    }
    return withNotes(there === undefined ? 'created' : 'updated', escapeNotes(entry.path, path));
  }

  #finishFolder(folder: ConfinedFolder, entry: SnapshotEntry, path: string): Outcome {
    try {
      return this.#finishedFolder(folder, entry, path);
    } catch (error) {
      return failureOf(error);
    }
  }

  #finishedFolder(folder: ConfinedFolder, entry: SnapshotEntry, path: string): Outcome {
    const problem = folder.recheck(path);
    if (problem !== undefined) return { outcome: 'failed', reason: problem };
    // Windows opens no folders; what it knows of modes and times of folders is not worth a second way.
    if (process.platform === 'win32') return { outcome: 'unchanged' };
    const handle = openSync(
      systemPath(path),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    );
    try {
      setAttributes(handle, this.#attributesOf(entry.info));
    } finally {
      closeSync(handle);
    }
    return { outcome: 'updated' };
  }

  #attributesOf(info: FileInfo): FileAttributes {
    const mode = posixPermissions(this.#preserveOwner ? info.mode : info.mode & ~(MODE_SETUID | MODE_SETGID));
    const modTime = Number(info.modTime.seconds) + info.modTime.nanoseconds / 1e9;
    return this.#preserveOwner ? { mode, modTime, owner: info } : { mode, modTime };
  }

  #blockedBy(there: EntryType): Outcome | undefined {
    if (there === undefined) return undefined;
    if (there === 'folder') {
      return { outcome: 'failed', reason: 'a folder of this name is in the way; remove it' };
    }
    if (!this.#overwrite) {
      return { outcome: 'skipped', reason: 'exists already; use --overwrite to replace it' };
    }
    return undefined;
  }

  #attributeNotes(entry: SnapshotEntry): string[] {
    const notes: string[] = [];
    if (!this.#preserveOwner && (entry.info.mode & (MODE_SETUID | MODE_SETGID)) !== 0) {
      notes.push('setuid and setgid left out, as the owner is not kept');
    }
    const count = entry.extendedAttributes.length;
    if (count > 0) notes.push(`extended attributes left out: ${count}`);
    return notes;
  }
}

async function gathered(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of content) {
    throwIfCancelled(signal);
    parts.push(part);
  }
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : concatBytes(parts);
}

type EntryType = 'folder' | 'other' | undefined;

/** What is at `path`, links not followed. */
function typeAt(path: string): EntryType {
  const stats = lstatSync(systemPath(path), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isDirectory() ? 'folder' : 'other';
}

function folderDryRun(there: EntryType, path: string): Outcome {
  if (there === 'other') return { outcome: 'failed', reason: `a file is in the way at ${path}; remove it` };
  return { outcome: there === undefined ? 'created' : 'unchanged' };
}

function madeFolder(folder: ConfinedFolder, path: string): Outcome {
  const made = folder.makeFolder(path);
  return typeof made === 'string' ? { outcome: made } : { outcome: 'failed', reason: made.refused };
}

function placed(folder: ConfinedFolder, elements: readonly string[] | undefined, create: boolean): Placement {
  if (elements === undefined) return { refused: 'the path could lead outside the target; it is not written' };
  try {
    return folder.place(elements, create);
  } catch (error) {
    return { refused: systemErrorReason(error) };
  }
}

async function guarded(action: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await action();
  } catch (error) {
    return failureOf(error);
  }
}

/** A failed item is a result; only cancelling ends the export. */
function failureOf(error: unknown): Outcome {
  if (isPtarError(error)) {
    if (error.code === 'CANCELLED') throw error;
    return { outcome: 'failed', reason: error.message, code: error.code };
  }
  if (systemErrorName(error) === undefined) throw error;
  return { outcome: 'failed', reason: systemErrorReason(error) };
}

function escapeNotes(archivePath: string, path: string): string[] {
  const name = basename(path);
  return archivePath.endsWith(`/${name}`)
    ? []
    : [`named ${name}, for this system cannot hold the recorded name`];
}

function withNotes(outcome: ExportResult['outcome'], notes: readonly string[]): Outcome {
  return notes.length === 0 ? { outcome } : { outcome, reason: notes.join('; ') };
}

function resultOf(entry: SnapshotEntry, name: string, outcome: Outcome): ExportResult {
  return { path: entry.path, name, ...outcome };
}
