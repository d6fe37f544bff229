/**
 * Writes the members of a tar through tar-stream, which makes header blocks and pads contents. What a header cannot hold byte by byte –
 * long or non-ASCII names, large numbers, times before 1970, after 2038 or with a fraction, extended attributes – goes into an
 * extended header in front, made here: tar-stream writes only text into those.
 */
import { once } from 'node:events';
import { pack, type Header, type Pack } from 'tar-stream';
import { CancelledError } from '../../errors.ts';
import { encodeUtf8 } from '../../format/bytes.ts';
import { isDirectory, isSymlink, posixPermissions } from '../../format/file-mode.ts';
import type { ExtendedAttribute, FileInfo } from '../../format/source-record.ts';
import { nsFromTimestamp, type Timestamp } from '../../format/timestamp.ts';
import { attributeKey, encodePaxRecords, type PaxRecords } from './pax-records.ts';

/** Bytes of the name and link fields. */
const NAME_LENGTH_MAX = 100;
/** Bytes of the user and group name fields, without their NUL. */
const OWNER_NAME_LENGTH_MAX = 31;
/** What tar-stream writes as octal digits: six, a signed 32-bit number, eleven. */
const OWNER_ID_MAX = 0o777777;
const SECONDS_MAX = 0x7fff_ffff;
const SIZE_MAX = 0o77777777777;

/** What a member says of itself. */
export interface MemberFacts {
  /** Relative; ends with `/` for a folder. */
  readonly name: string;
  readonly info: FileInfo;
  readonly symlinkTarget?: string;
  readonly extendedAttributes: readonly ExtendedAttribute[];
}

/** Writes members to one output. Calls must not overlap. */
export class MemberWriter {
  readonly #pack: Pack = pack();
  readonly #flowing: Promise<void>;

  /** @param write resolves when more may come */
  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#flowing = this.#flow(write);
    // Whoever waits for a member or the end sees it.
    this.#flowing.catch(() => undefined);
  }

  async #flow(write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    for await (const bytes of this.#pack) await write(bytes as Uint8Array);
  }

  /**
   * Writes a member; for a regular file exactly `info.size` bytes of `content`.
   * @throws whatever the output throws; what `content` throws, and then no further member can be written
   */
  async add(facts: MemberFacts, content: AsyncIterable<Uint8Array>): Promise<void> {
    const records = paxRecords(facts);
    if (records.size > 0) await this.#addExtended(records);
    const header = headerOf(facts);
    if (header.type !== 'file' || header.size === 0) {
      await this.#untilDone((done) => this.#pack.entry(header, done).end(null));
      return;
    }
    const ended = new AbortController();
    try {
      let finish: (error?: unknown) => void = () => undefined;
      const finished = this.#untilDone((done) => (finish = done));
      const member = this.#pack.entry(header, (error) => {
        finish(error);
      });
      for await (const bytes of content) {
        const isFull = !member.write(Buffer.from(bytes));
        if (isFull) {
          await Promise.race([once(member, 'drain', { signal: ended.signal }), this.#flowing, finished]);
        }
      }
      member.end(null);
      await finished;
    } finally {
      ended.abort();
    }
  }

  /** Ends the tar. @throws whatever the output throws */
  async end(): Promise<void> {
    this.#pack.finalize();
    await this.#flowing;
  }

  /** Ends in the middle. */
  async abort(): Promise<void> {
    this.#pack.destroy(new CancelledError());
    await this.#flowing.catch(() => undefined);
  }

  async #addExtended(records: PaxRecords): Promise<void> {
    const bytes = encodePaxRecords(records);
    // tar-stream writes this type for itself, and its declarations leave it out.
    const type = 'pax-header' as 'file';
    const header = { name: 'PaxHeader', type, mode: 0o644, size: bytes.length, mtime: new Date(0) };
    // It takes no content for it, so that goes to the stream itself; being whole blocks it needs no padding.
    await this.#untilDone((done) => this.#pack.entry(header, done));
    this.#pack.push(Buffer.from(bytes));
  }

  /** Resolves when `start` calls back; rejects when that has an error or the output fails. */
  async #untilDone(start: (done: (error?: unknown) => void) => unknown): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      start((error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
    done.catch(() => undefined);
    // Where the output fails, so does its error, and not that of the stream which was destroyed for it.
    await Promise.race([this.#flowing, done]).catch(async (error: unknown) => {
      await this.#flowing;
      throw error;
    });
  }
}

type MemberHeader = Partial<Header> & Pick<Header, 'name'>;

function headerOf({ name, info, symlinkTarget }: MemberFacts): MemberHeader {
  const type = isDirectory(info.mode) ? 'directory' : isSymlink(info.mode) ? 'symlink' : 'file';
  const header: MemberHeader = {
    name: fits(name, NAME_LENGTH_MAX) ? name : placeholder(name),
    type,
    // tar-stream takes 0 for "not given"; the bit of the file type, which it cuts off, makes it something.
    mode: posixPermissions(info.mode) | 0o100000,
    uid: Math.min(info.uid, OWNER_ID_MAX),
    gid: Math.min(info.gid, OWNER_ID_MAX),
    size: type === 'file' ? info.size : 0,
    mtime: new Date(Number(secondsInHeader(info.modTime)) * 1000),
    uname: fits(info.userName, OWNER_NAME_LENGTH_MAX) ? info.userName : '',
    gname: fits(info.groupName, OWNER_NAME_LENGTH_MAX) ? info.groupName : '',
  };
  if (symlinkTarget === undefined) return header;
  return { ...header, linkname: fits(symlinkTarget, NAME_LENGTH_MAX) ? symlinkTarget : 'PaxLink' };
}

function paxRecords({ name, info, symlinkTarget, extendedAttributes }: MemberFacts): PaxRecords {
  const texts: (readonly [key: string, text: string, lengthMax: number])[] = [
    ['path', name, NAME_LENGTH_MAX],
    ['linkpath', symlinkTarget ?? '', NAME_LENGTH_MAX],
    ['uname', info.userName, OWNER_NAME_LENGTH_MAX],
    ['gname', info.groupName, OWNER_NAME_LENGTH_MAX],
  ];
  const records: PaxRecords = new Map();
  // Otherwise values are UTF-8.
  if (texts.some(([, text]) => !text.isWellFormed())) records.set('hdrcharset', encodeUtf8('BINARY'));
  for (const [key, text, lengthMax] of texts) {
    if (!fits(text, lengthMax)) records.set(key, encodeUtf8(text));
  }
  const numbers = [
    ['uid', info.uid, OWNER_ID_MAX],
    ['gid', info.gid, OWNER_ID_MAX],
    ['size', isSymlink(info.mode) || isDirectory(info.mode) ? 0 : info.size, SIZE_MAX],
  ] as const;
  for (const [key, value, max] of numbers) if (value > max) records.set(key, encodeUtf8(String(value)));
  const { modTime } = info;
  if (modTime.nanoseconds !== 0 || secondsInHeader(modTime) !== modTime.seconds) {
    records.set('mtime', encodeUtf8(formatSeconds(modTime)));
  }
  for (const { name: attribute, value } of extendedAttributes) records.set(attributeKey(attribute), value);
  return records;
}

/** True for text that a field holds byte by byte in every program's eyes. */
function fits(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && /^[\x20-\x7e]*$/.test(text);
}

/** A name for programs that know no extended headers. */
function placeholder(name: string): string {
  const readable = name.replaceAll(/[^\x20-\x7e]/g, '_').replace(/\/$/, '');
  const last = readable.slice(readable.lastIndexOf('/') + 1).slice(-80);
  return `PaxName/${last}${name.endsWith('/') ? '/' : ''}`;
}

function secondsInHeader({ seconds }: Timestamp): bigint {
  if (seconds < 0n) return 0n;
  return seconds > BigInt(SECONDS_MAX) ? BigInt(SECONDS_MAX) : seconds;
}

/** Decimal seconds with the fraction that there is: `-1.5` is half a second before the last second of 1969 but one. */
function formatSeconds(time: Timestamp): string {
  const ns = nsFromTimestamp(time);
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}
