import { isPtarError, type PtarErrorCode, throwIfCancelled } from '../../errors.ts';
import { isDirectory, isRegular, isSymlink } from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import type { ExtendedAttribute } from '../../format/source-record.ts';
import type { Exporter, ExportOptions, ExportResult } from '../connector.ts';
import { memberName } from './member-name.ts';
import { MemberWriter } from './member-writer.ts';
import { openTarTarget, type TarTarget, type TarTargetOptions } from './tar-target.ts';

/** Contents of up to as many bytes are read and verified before their member is begun. */
const READ_AHEAD_MAX = 16 * 1024 * 1024;

/**
 * An exporter that writes entries as a tar in pax format, in the order in which they come, as they are read: to a file, which
 * appears when it is complete (`.gz` and `.tgz` compressed), or, as `-`, to standard output.
 *
 * Members have their path without the first `/`, mode, owner and group by number and name, time in nanoseconds, target of a symbolic link and
 * extended attributes. The folder `/` itself is a member only where a capture began there, for extracting gives the target folder its
 * mode. Devices, pipes and sockets are skipped. A file that is found damaged is left out if it has up to 16 MiB; of a larger one,
 * whose header is written by then, the rest is zeros, and the result says so.
 *
 * @throws ConnectorError CONNECTOR_CONFLICT where the file exists; CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO
 */
export function openTarExporter(path: string, options: TarTargetOptions = {}): Promise<Exporter> {
  return Promise.resolve(new TarExporter(path, options));
}

interface Outcome {
  readonly outcome: ExportResult['outcome'];
  readonly reason?: string;
  readonly code?: PtarErrorCode;
}

class TarExporter implements Exporter {
  readonly target: string;
  readonly #path: string;
  readonly #options: TarTargetOptions;

  constructor(path: string, options: TarTargetOptions) {
    this.target = path === '-' ? 'stdout' : path;
    this.#path = path;
    this.#options = options;
  }

  async close(): Promise<void> {
    // The target is closed where the export ends.
  }

  async *export(
    snapshot: SnapshotReader,
    entries: AsyncIterable<readonly SnapshotEntry[]>,
    options: ExportOptions,
  ): AsyncIterable<readonly ExportResult[]> {
    if (options.dryRun) {
      for await (const batch of entries) {
        throwIfCancelled(options.signal);
        const written = batch.filter((entry) => !isLeftOut(snapshot, entry));
        yield written.map((entry) => resultOf(entry, withoutContent(entry) ?? CREATED));
      }
      return;
    }
    const target = await openTarTarget(this.#path, this.#options);
    const writer = new MemberWriter(target.write);
    let isComplete = false;
    try {
      for await (const batch of entries) {
        for (const entry of batch) {
          throwIfCancelled(options.signal);
          if (isLeftOut(snapshot, entry)) continue;
          yield [resultOf(entry, await addEntry(writer, snapshot, entry, options.signal))];
        }
      }
      throwIfCancelled(options.signal);
      await writer.end();
      await target.commit();
      isComplete = true;
    } finally {
      if (!isComplete) await discard(writer, target);
    }
  }
}

const CREATED: Outcome = { outcome: 'created' };

async function discard(writer: MemberWriter, target: TarTarget): Promise<void> {
  await writer.abort();
  await target.abort();
}

/** The root where the capture began elsewhere: a folder on the way, or one that only the archive has. */
function isLeftOut(snapshot: SnapshotReader, { path, info }: SnapshotEntry): boolean {
  if (path !== '/') return false;
  const isImplied = info.linkCount === 0 && info.modTime.seconds === 0n;
  return snapshot.source.importer.directory !== '/' || isImplied;
}

/** What becomes of an entry that has no place in the tar. */
function withoutContent({ info, symlinkTarget }: SnapshotEntry): Outcome | undefined {
  if (isDirectory(info.mode) || isRegular(info.mode)) return undefined;
  if (!isSymlink(info.mode)) {
    return { outcome: 'skipped', reason: 'devices, pipes and sockets are not written' };
  }
  if (symlinkTarget !== undefined) return undefined;
  return { outcome: 'failed', reason: 'a symbolic link without a target' };
}

async function addEntry(
  writer: MemberWriter,
  snapshot: SnapshotReader,
  entry: SnapshotEntry,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const other = withoutContent(entry);
  if (other !== undefined) return other;
  const { info, path, symlinkTarget } = entry;
  const content = new MemberContent(snapshot, entry, signal);
  let extendedAttributes: readonly ExtendedAttribute[];
  try {
    extendedAttributes = await attributesOf(snapshot, entry);
    await content.readAhead();
  } catch (error) {
    return failed(error);
  }
  const facts = {
    name: memberName(path, isDirectory(info.mode)),
    info,
    extendedAttributes,
    ...(symlinkTarget !== undefined && { symlinkTarget }),
  };
  await writer.add(facts, content.pieces());
  return content.damage === undefined ? CREATED : failed(content.damage, 'the rest of it is zeros: ');
}

function failed(error: unknown, prefix = ''): Outcome {
  if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
  return { outcome: 'failed', reason: prefix + error.message, code: error.code };
}

async function attributesOf(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<ExtendedAttribute[]> {
  const attributes: ExtendedAttribute[] = [];
  for (const name of entry.extendedAttributes) {
    attributes.push({ name, value: await snapshot.extendedAttribute(entry, name) });
  }
  return attributes;
}

/** A file's content: exactly as many bytes as its entry says, whatever can be read. */
class MemberContent {
  /** Why not all of the bytes are the file's. */
  damage: unknown;
  readonly #snapshot: SnapshotReader;
  readonly #entry: SnapshotEntry;
  readonly #signal: AbortSignal | undefined;
  #ahead: readonly Uint8Array[] | undefined;

  constructor(snapshot: SnapshotReader, entry: SnapshotEntry, signal: AbortSignal | undefined) {
    this.#snapshot = snapshot;
    this.#entry = entry;
    this.#signal = signal;
  }

  /** Reads small contents before anything of them is written. @throws what reading throws */
  async readAhead(): Promise<void> {
    const { info } = this.#entry;
    if (!isRegular(info.mode) || info.size > READ_AHEAD_MAX) return;
    const ahead: Uint8Array[] = [];
    for await (const bytes of this.#read()) ahead.push(bytes);
    this.#ahead = ahead;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    let missing = isRegular(this.#entry.info.mode) ? this.#entry.info.size : 0;
    try {
      for await (const bytes of this.#ahead ?? (missing === 0 ? [] : this.#read())) {
        throwIfCancelled(this.#signal);
        const piece = bytes.subarray(0, missing);
        missing -= piece.length;
        yield piece;
      }
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      this.damage = error;
    }
    for (; missing > 0; missing -= Math.min(missing, ZEROS.length)) yield ZEROS.subarray(0, missing);
  }

  #read(): AsyncGenerator<Uint8Array> {
    return this.#snapshot.content(this.#entry);
  }
}

const ZEROS = new Uint8Array(64 * 1024);

function resultOf(entry: SnapshotEntry, outcome: Outcome): ExportResult {
  return { path: entry.path, name: entry.path, ...outcome };
}
