import { realpath } from 'node:fs/promises';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { NotFoundError, type PtarErrorCode, UsageError } from '../errors.ts';
import {
  copySnapshot,
  parentPath,
  type ArchiveReader,
  type ArchiveWriter,
  type Signer,
  type SnapshotEntry,
  type SnapshotReader,
} from '../format/index.ts';
import { rewriteArchive } from './archive-rewrite.ts';
import type { PassphraseProvider } from './open-archive.ts';
import { obstacleToRedaction, Redactor, type SecretTreatment } from './redact.ts';
import { selectPaths, walkPaths } from './selection.ts';
import { writeArchive, type WriteOptions } from './written-archive.ts';

/** What to copy, and how. */
export interface CopySelection {
  readonly archive: ArchiveReader;
  /** Of `archive`; all of them where not given. */
  readonly snapshots?: readonly SnapshotReader[];
  /** As `selection.ts` reads them; none means everything, or everything of `namespace`. */
  readonly selections?: readonly string[];
  readonly namespace?: string;
  /** Secrets are copied as they are where not given. */
  readonly secrets?: SecretTreatment;
  /** Signs every copied snapshot. */
  readonly signer?: Signer;
  readonly signal?: AbortSignal;
  /** Entries of the snapshot that were copied. */
  readonly onProgress?: (snapshot: SnapshotReader, done: number) => void;
}

/** A copy into a new archive. */
export interface CopyOptions extends CopySelection, WriteOptions {
  /** File of the new archive. */
  readonly targetPath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
}

/** A copy into an archive that is there already. */
export interface CopyIntoOptions extends CopySelection {
  /** File of that archive, another one than `archive`. */
  readonly targetPath: string;
  /** Of the target. Asked once the selection is known to mean something. */
  readonly passphrase?: PassphraseProvider;
  /** Refuses a target that is not encrypted. Default: false. */
  readonly expectsEncryption?: boolean;
}

/** A snapshot and its copy. Ids are 64 hex digits. */
export interface CopiedSnapshot {
  readonly from: string;
  readonly to: string;
  readonly entries: number;
  /** Bytes of content. */
  readonly size: number;
  /** Recorded errors, the original's included. */
  readonly failed: number;
  /** Codes of the errors by which entries could not be read: the archive that they come from is damaged. */
  readonly damage: readonly PtarErrorCode[];
  /** Objects in which values of Secrets were replaced. */
  readonly redacted: number;
  /** Secrets that were left out. */
  readonly omitted: number;
}

/** What a copy made. */
export interface CopyResult {
  readonly archivePath: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly encrypted: boolean;
  readonly snapshots: readonly CopiedSnapshot[];
  /** Snapshots that were not copied, and why. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** A snapshot with the paths of it that are copied. */
interface Selected {
  readonly snapshot: SnapshotReader;
  readonly paths: readonly string[];
}

/**
 * Copies snapshots, or parts of them, into a new archive with a key, hashing and compression of its own. Content is read, verified
 * and encoded again. Snapshots that hold nothing of the selection, or whose Secrets could not be told apart, are skipped.
 *
 * @throws UsageError, NotFoundError where nothing remains; KeyError; ConnectorError; IntegrityError, FormatError where a tree cannot
 * be read; CancelledError
 */
export async function copyArchive(options: CopyOptions): Promise<CopyResult> {
  const { targetPath } = options;
  const { selected, skipped } = await selectSnapshots(options);
  const sink = await createFileSink(targetPath, { overwrite: options.overwrite ?? false });
  const { result, ...facts } = await writeArchive(sink, options, (writer) =>
    copyAll(selected, writer, options),
  );
  return { archivePath: targetPath, ...facts, snapshots: result, skipped };
}

/**
 * Copies snapshots, or parts of them, into an archive that is there already, as further snapshots under its key, hashing and
 * compression; see {@link rewriteArchive}. What the target has of their content is not stored again.
 *
 * @throws as {@link copyArchive} and {@link rewriteArchive}
 */
export async function copyIntoArchive(options: CopyIntoOptions): Promise<CopyResult> {
  const { targetPath, passphrase, expectsEncryption = false, signal } = options;
  await checkApart(options.archive.name, targetPath);
  const { selected, skipped } = await selectSnapshots(options);
  const opening = { expectsEncryption, ...(passphrase && { passphrase }), ...(signal && { signal }) };
  const { result, ...facts } = await rewriteArchive(targetPath, opening, async (rewrite) =>
    copyAll(selected, await rewrite.begin(), options),
  );
  return { archivePath: targetPath, ...facts, snapshots: result, skipped };
}

/** @throws UsageError where both are one file */
async function checkApart(from: string, to: string): Promise<void> {
  const [source, target] = await Promise.all([from, to].map((path) => realpath(path).catch(() => undefined)));
  if (source === undefined || source !== target) return;
  throw new UsageError(`${to} is the archive to copy from; name another one`);
}

async function copyAll(
  selected: readonly Selected[],
  writer: ArchiveWriter,
  options: CopySelection,
): Promise<CopiedSnapshot[]> {
  const redactor = options.secrets === undefined ? undefined : new Redactor(options.secrets);
  const snapshots: CopiedSnapshot[] = [];
  for (const item of selected) snapshots.push(await copyOne(item, writer, redactor, options));
  return snapshots;
}

async function selectSnapshots(
  options: CopySelection,
): Promise<{ readonly selected: readonly Selected[]; readonly skipped: CopyResult['skipped'] }> {
  const { archive, selections = [], namespace, signal } = options;
  const scope = { ...(namespace !== undefined && { namespace }), ...(signal && { signal }) };
  const selected: Selected[] = [];
  const skipped: { id: string; reason: string }[] = [];
  let missing: NotFoundError | undefined;
  for (const snapshot of options.snapshots ?? (await archive.snapshots())) {
    const obstacle = options.secrets === undefined ? undefined : obstacleToRedaction(snapshot);
    if (obstacle !== undefined) {
      skipped.push({ id: snapshot.id, reason: obstacle });
      continue;
    }
    try {
      selected.push({ snapshot, paths: await selectPaths(snapshot, selections, scope) });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      missing = error;
      skipped.push({ id: snapshot.id, reason: error.message });
    }
  }
  if (selected.length > 0) return { selected, skipped };
  if (missing !== undefined) throw missing;
  const [first] = skipped;
  if (first === undefined) {
    throw new NotFoundError('NOT_FOUND_SNAPSHOT', `${archive.name} holds no snapshot to copy`);
  }
  throw new UsageError(
    `snapshot ${first.id.slice(0, 8)} cannot be copied without its Secrets: ${first.reason}`,
  );
}

async function copyOne(
  { snapshot, paths }: Selected,
  writer: ArchiveWriter,
  redactor: Redactor | undefined,
  options: CopySelection,
): Promise<CopiedSnapshot> {
  const { signer, signal, onProgress } = options;
  const before = { redacted: redactor?.revised ?? 0, omitted: redactor?.omitted ?? 0 };
  const { id, entries, size, errors, damage } = await copySnapshot(options.archive, snapshot, writer, {
    entries: selectedEntries(snapshot, paths),
    errorPaths: paths,
    ...(redactor && { context: [redactor.statement], revise: (entry) => redactor.revise(snapshot, entry) }),
    ...(signer && { signer }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (done) => onProgress(snapshot, done) }),
  });
  return {
    from: snapshot.id,
    to: id,
    entries,
    size,
    failed: errors,
    damage: [...damage],
    redacted: (redactor?.revised ?? 0) - before.redacted,
    omitted: (redactor?.omitted ?? 0) - before.omitted,
  };
}

/** The folders above `paths`, with their own modes and times, then everything at and below `paths`. */
async function* selectedEntries(
  snapshot: SnapshotReader,
  paths: readonly string[],
): AsyncGenerator<SnapshotEntry> {
  const selected = new Set(paths);
  const above = new Set<string>();
  for (const path of selected) {
    const folders = ancestors(path);
    // What is inside another selected path comes with that.
    if (folders.some((folder) => selected.has(folder))) continue;
    for (const folder of folders) above.add(folder);
  }
  for (const folder of above) yield await snapshot.entry(folder);
  yield* walkPaths(snapshot, paths);
}

/** The folders above `path`, the nearest first. */
function ancestors(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path; at !== '/'; at = parentPath(at)) folders.push(parentPath(at));
  return folders;
}
