import { constants, lstatSync } from 'node:fs';
import { open, rm, symlink, type FileHandle } from 'node:fs/promises';
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
import { SMALL_FILE_SIZE_MAX, writeSmallFile } from '../atomic-small-file.ts';
import type { Exporter, ExportOptions, ExportResult } from '../connector.ts';
import { systemErrorName, systemErrorReason } from '../system-error.ts';
import { systemPath } from '../system-path.ts';
import { archivePathElements } from './archive-path.ts';
import { ConfinedFolder } from './confined-folder.ts';

/** How long this thread writes without looking at anything else. */
const TURN_MS = 50;

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
 * Files appear complete or not at all. Symbolic links come last, as recorded and unresolved; then the modes and times of
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
    entries: AsyncIterable<SnapshotEntry>,
    options: ExportOptions,
  ): AsyncIterable<ExportResult> {
    const folder = await ConfinedFolder.open(this.target, !options.dryRun);
    const folders: Deferred[] = [];
    const links: Deferred[] = [];
    let waitUntil = performance.now() + TURN_MS;
    for await (const entry of entries) {
      if (performance.now() > waitUntil) {
        await setImmediate();
        waitUntil = performance.now() + TURN_MS;
      }
      throwIfCancelled(options.signal);
      const elements = archivePathElements(entry.path);
      if (elements?.length === 0) continue;
      const placement = await placed(folder, elements, !options.dryRun);
      if (placement.refused !== undefined) {
        yield resultOf(entry, entry.path, { outcome: 'failed', reason: placement.refused });
        continue;
      }
      const { path, isFree } = placement;
      if (isSymlink(entry.info.mode)) {
        links.push({ entry, path });
        continue;
      }
      if (isDirectory(entry.info.mode)) folders.push({ entry, path });
      yield resultOf(
        entry,
        path,
        await guarded(() => this.#write({ snapshot, folder, entry, path, isFree }, options)),
      );
    }
    for (const { entry, path } of links) {
      throwIfCancelled(options.signal);
      yield resultOf(entry, path, await guarded(() => this.#writeLink(folder, entry, path, options)));
    }
    if (options.dryRun) return;
    // Deepest first: a folder that may not be entered any more has nothing left to set below it.
    for (const { entry, path } of folders.reverse()) {
      const outcome = await guarded(() => this.#finishFolder(folder, entry, path));
      if (outcome.outcome === 'failed') yield resultOf(entry, path, outcome);
    }
  }

  async #write(
    { snapshot, folder, entry, path, isFree }: PlacedEntry,
    options: ExportOptions,
  ): Promise<Outcome> {
    const { mode } = entry.info;
    if (!isDirectory(mode) && !isRegular(mode)) {
      return { outcome: 'skipped', reason: 'devices, pipes and sockets are not made' };
    }
    const there = isFree ? undefined : typeAt(path);
    if (isDirectory(mode)) {
      if (options.dryRun) return folderDryRun(there, path);
      const made = await folder.makeFolder(path);
      return typeof made === 'string' ? { outcome: made } : { outcome: 'failed', reason: made.refused };
    }
    const blocked = this.#blockedBy(there);
    if (blocked !== undefined) return blocked;
    const outcome = there === undefined ? 'created' : 'updated';
    if (!options.dryRun) await this.#writeFile(snapshot, entry, path, options.signal);
    return withNotes(outcome, [...escapeNotes(entry.path, path), ...this.#attributeNotes(entry)]);
  }

  async #writeFile(
    snapshot: SnapshotReader,
    entry: SnapshotEntry,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { info } = entry;
    if (info.size <= SMALL_FILE_SIZE_MAX) {
      const content = await gathered(snapshot.content(entry), signal);
      const attributes = {
        mode: this.#permissionsOf(info),
        modTime: secondsOf(info),
        ...(this.#preserveOwner && { owner: info }),
      };
      if (writeSmallFile(path, content, attributes, this.#overwrite)) return;
    }
    const file = await AtomicFile.create(path);
    try {
      for await (const chunk of snapshot.content(entry)) {
        throwIfCancelled(signal);
        await file.write(chunk);
      }
      await this.#setAttributes(file.handle, entry.info);
      await file.publish({ overwrite: this.#overwrite, durable: false });
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  async #writeLink(
    folder: ConfinedFolder,
    entry: SnapshotEntry,
    path: string,
    options: ExportOptions,
  ): Promise<Outcome> {
    const problem = await folder.recheck(path);
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

  async #finishFolder(folder: ConfinedFolder, entry: SnapshotEntry, path: string): Promise<Outcome> {
    const problem = await folder.recheck(path);
    if (problem !== undefined) return { outcome: 'failed', reason: problem };
    // Windows opens no folders; what it knows of modes and times of folders is not worth a second way.
    if (process.platform === 'win32') return { outcome: 'unchanged' };
    const handle = await open(
      systemPath(path),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    );
    try {
      await this.#setAttributes(handle, entry.info);
    } finally {
      await handle.close();
    }
    return { outcome: 'updated' };
  }

  /** Owner before mode: `chown` clears setuid. */
  async #setAttributes(handle: FileHandle, info: FileInfo): Promise<void> {
    if (this.#preserveOwner) await handle.chown(info.uid, info.gid);
    await handle.chmod(this.#permissionsOf(info));
    await handle.utimes(secondsOf(info), secondsOf(info));
  }

  #permissionsOf({ mode }: FileInfo): number {
    return posixPermissions(this.#preserveOwner ? mode : mode & ~(MODE_SETUID | MODE_SETGID));
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

function secondsOf({ modTime }: FileInfo): number {
  return Number(modTime.seconds) + modTime.nanoseconds / 1e9;
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

async function placed(
  folder: ConfinedFolder,
  elements: readonly string[] | undefined,
  create: boolean,
): Promise<Awaited<ReturnType<ConfinedFolder['place']>>> {
  if (elements === undefined) return { refused: 'the path could lead outside the target; it is not written' };
  try {
    return await folder.place(elements, create);
  } catch (error) {
    return { refused: systemErrorReason(error) };
  }
}

/** A failed item is a result; only cancelling ends the export. */
async function guarded(action: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await action();
  } catch (error) {
    if (isPtarError(error)) {
      if (error.code === 'CANCELLED') throw error;
      return { outcome: 'failed', reason: error.message, code: error.code };
    }
    if (systemErrorName(error) === undefined) throw error;
    return { outcome: 'failed', reason: systemErrorReason(error) };
  }
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
