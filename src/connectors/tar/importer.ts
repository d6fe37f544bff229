import { hostname } from 'node:os';
import { ConnectorError, isPtarError, oneLine, throwIfCancelled, type PtarError } from '../../errors.ts';
import { fileModeFromPosix, isRegular } from '../../format/file-mode.ts';
import { baseName } from '../../format/path.ts';
import {
  plainFileInfo,
  type EntryRecord,
  type ExtendedAttribute,
  type FileInfo,
  type SourceRecord,
} from '../../format/source-record.ts';
import type { Importer, ImportOptions, SourceContext } from '../connector.ts';
import { ByteStream } from './byte-stream.ts';
import { EarlierContents, type ContentPlace } from './earlier-contents.ts';
import { errorPathOfMember, pathOfMember } from './member-name.ts';
import { readMembers, type TarMember } from './member-reader.ts';
import { openTarSource, type TarSource } from './tar-source.ts';

/** Choices of {@link openTarImporter}. */
export interface TarImporterOptions {
  /** What `-` reads. Default: standard input. */
  readonly input?: AsyncIterable<Uint8Array>;
}

/**
 * An importer of a tar, Plakar's type `tar`: pax, GNU and older formats, plain or compressed with gzip, from a file, a pipe or, as `-`,
 * standard input. Members are read as they come, once, below `/`.
 *
 * Files keep content, mode, time in nanoseconds, owner and group with names, extended attributes; names keep their bytes. A hard
 * link becomes a file of its own with the content of its target (see `EarlierContents`). Devices and pipes are recorded without
 * content. Of members with one name the first is kept. A name that leads out of the tar, a sparse file or an unknown type is
 * an error record; so is the place where a damaged or cut tar ends. Memory grows with the number of files.
 *
 * @throws NotFoundError NOT_FOUND_SOURCE; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO, CONNECTOR_INPUT
 */
export async function openTarImporter(path: string, options: TarImporterOptions = {}): Promise<Importer> {
  return new TarImporter(await openTarSource(path, options.input ?? process.stdin));
}

/** `st_mode` type bits by type flag; what is not here cannot be kept. */
const POSIX_TYPES: Readonly<Record<string, number>> = {
  '0': 0o100000,
  '1': 0o100000,
  '2': 0o120000,
  '3': 0o020000,
  '4': 0o060000,
  '5': 0o040000,
  '6': 0o010000,
  // "Contiguous" and sparse files.
  '7': 0o100000,
  S: 0o100000,
};
/** GNU tar: a label or the continuation of another volume; nothing to keep. */
const LABEL = 'V';

/** A hard link's possible target: the link has its attributes, too, though not in the tar. */
type LinkTarget = { readonly extendedAttributes: readonly ExtendedAttribute[] } & (
  { readonly place: ContentPlace } | { readonly symlinkTarget: string }
);

/** What a record says besides its content. */
type Facts = Pick<EntryRecord, 'path' | 'info'> & Pick<LinkTarget, 'extendedAttributes'>;

class TarImporter implements Importer {
  readonly type = 'tar';
  readonly origin = hostname();
  readonly root = '/';
  readonly #source: TarSource;
  readonly #contents: EarlierContents;
  readonly #targets = new Map<string, LinkTarget>();
  readonly #folders = new Set<string>();
  #done = 0;
  #stream: ByteStream | undefined;

  constructor(source: TarSource) {
    this.#source = source;
    this.#contents = new EarlierContents(source);
  }

  context(): SourceContext {
    return [['members', String(this.#done)]];
  }

  async close(): Promise<void> {
    await this.#stream?.close();
  }

  async *records(options: ImportOptions): AsyncIterable<SourceRecord> {
    const stream = new ByteStream(this.#source.open(options.signal));
    this.#stream = stream;
    let last = '/';
    try {
      for await (const member of readMembers(stream)) {
        throwIfCancelled(options.signal);
        this.#done++;
        last = pathOfMember(member.name) ?? errorPathOfMember(member.name);
        options.onProgress?.({ what: last, done: this.#done });
        const record = this.#recordOf(member, stream, options.signal);
        if (record !== undefined) yield record;
      }
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      if (this.#done === 0) throw unreadable(this.#source.name, error);
      const problem = `after ${last}: ${error.message}; what comes after it is not captured`;
      yield { path: '/', error: oneLine(problem) };
      return;
    }
    if (this.#done === 0 && stream.position === 0) {
      throw new ConnectorError('CONNECTOR_INPUT', `${this.#source.name} is empty; check what makes the tar`);
    }
  }

  #recordOf(
    member: TarMember,
    stream: ByteStream,
    signal: AbortSignal | undefined,
  ): SourceRecord | undefined {
    if (member.type === LABEL) return undefined;
    const path = pathOfMember(member.name);
    if (path === undefined) {
      const error = `${JSON.stringify(member.name.slice(0, 200))} is no name inside a tar; not captured`;
      return { path: errorPathOfMember(member.name), error };
    }
    const posixType = POSIX_TYPES[member.type];
    if (posixType === undefined) {
      return { path, error: `a member of type ${JSON.stringify(member.type)}, which is not known` };
    }
    if (member.problem !== undefined) return { path, error: member.problem };
    const info = infoOf(member, path, posixType);
    const { extendedAttributes, offset, size } = member;
    const facts = { path, info, extendedAttributes };
    switch (member.type) {
      case '5':
        // Whoever makes a tar of a folder and of what is in it writes the folder twice.
        if (this.#folders.has(path)) return undefined;
        this.#folders.add(path);
        return facts;
      case '2':
        return this.#link(facts, member.linkTarget);
      case '1':
        if (size === 0) return this.#hardLink(facts, member.linkTarget, signal);
    }
    if (!isRegular(info.mode)) return facts;
    const place = { offset, size };
    if (!this.#targets.has(path)) this.#targets.set(path, { place, extendedAttributes });
    return { ...facts, content: () => this.#contents.keep(place, stream.pieces(size)) };
  }

  #link(facts: Facts, symlinkTarget: string): SourceRecord {
    if (symlinkTarget === '') return { path: facts.path, error: 'a symbolic link without a target' };
    this.#targets.set(facts.path, { symlinkTarget, extendedAttributes: facts.extendedAttributes });
    return { ...facts, symlinkTarget };
  }

  #hardLink(facts: Facts, linkName: string, signal: AbortSignal | undefined): SourceRecord {
    const targetPath = pathOfMember(linkName);
    const target = targetPath === undefined ? undefined : this.#targets.get(targetPath);
    if (target === undefined) {
      const named = JSON.stringify(linkName.slice(0, 200));
      return { path: facts.path, error: `a hard link to ${named}, which is not in the tar before it` };
    }
    this.#targets.set(facts.path, target);
    const { extendedAttributes } = target;
    if ('symlinkTarget' in target) {
      const info = { ...facts.info, mode: fileModeFromPosix(0o120777) };
      return { path: facts.path, info, extendedAttributes, symlinkTarget: target.symlinkTarget };
    }
    const { place } = target;
    const info = { ...facts.info, size: place.size };
    return { path: facts.path, info, extendedAttributes, content: () => this.#contents.read(place, signal) };
  }
}

function infoOf(member: TarMember, path: string, posixType: number): FileInfo {
  const { uid, gid, userName, groupName, modTime } = member;
  const mode = fileModeFromPosix(posixType | member.mode);
  const size = posixType === 0o100000 ? member.size : 0;
  return { ...plainFileInfo(baseName(path), mode, modTime, size), uid, gid, userName, groupName };
}

function unreadable(name: string, error: PtarError): PtarError {
  if (error.code !== 'CONNECTOR_INPUT' || error.message.includes(name)) return error;
  return new ConnectorError('CONNECTOR_INPUT', `${name} cannot be read as a tar: ${error.message}`, {
    cause: error,
  });
}
