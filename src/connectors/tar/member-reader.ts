/**
 * The members of a tar, one after the other: header blocks, extended headers (pax `x` and `g`, GNU `L` and `K`) and contents.
 *
 * Reading is not left to tar-stream, which writes: it gives the values of extended headers as text, and with that neither
 * extended attributes nor names that are not UTF-8 keep their bytes.
 */
import { ConnectorError } from '../../errors.ts';
import { decodeUtf8 } from '../../format/bytes.ts';
import type { ExtendedAttribute } from '../../format/source-record.ts';
import { EPOCH, type Timestamp } from '../../format/timestamp.ts';
import type { ByteStream } from './byte-stream.ts';
import { attributeName, decodePaxRecords, type PaxRecords } from './pax-records.ts';
import { BLOCK_SIZE, decodeTarHeader, isZeroBlock, type TarHeader } from './tar-header.ts';

/** Bytes of all extended headers of one member. */
const EXTENDED_SIZE_MAX = 8 * 1024 * 1024;
/** Extended headers of one member: one of each kind is what programs write. */
const EXTENDED_COUNT_MAX = 16;
/** Keys in the extended headers for all members. */
const DEFAULTS_MAX = 1000;
/** Largest id of a user or group that systems have. */
const OWNER_MAX = 0xffff_ffffn;
/** Seconds before and after 1970 that a Date can hold; beyond lies no time that a file could have. */
const SECONDS_MAX = 8_640_000_000_000n;

/** A member, with what extended headers say of it. Text keeps its bytes as `decodeUtf8` does. */
export interface TarMember {
  readonly name: string;
  /** Type flag: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` directory, `6` pipe, others. */
  readonly type: string;
  readonly linkTarget: string;
  /** POSIX permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly groupName: string;
  readonly modTime: Timestamp;
  readonly extendedAttributes: readonly ExtendedAttribute[];
  /** Bytes of content, and where it begins in the unpacked tar. */
  readonly size: number;
  readonly offset: number;
  /** Why this member cannot be kept as it is; its content can be skipped nevertheless. */
  readonly problem: string | undefined;
}

/**
 * Yields members; while one is looked at, `stream` stands at its content, of which any part may be taken. Ends at the two blocks of zeros,
 * or with the stream.
 *
 * @throws ConnectorError CONNECTOR_INPUT where there is no header, a damaged one, or one above the limits; whatever the stream throws
 */
export async function* readMembers(stream: ByteStream): AsyncGenerator<TarMember> {
  const defaults: PaxRecords = new Map();
  for (;;) {
    const member = await readMember(stream, defaults);
    if (member === undefined) return;
    const end = member.offset + member.size + paddingOf(member.size);
    yield member;
    await stream.skip(end - stream.position);
  }
}

async function readMember(stream: ByteStream, defaults: PaxRecords): Promise<TarMember | undefined> {
  const extended = new ExtendedHeaders(defaults);
  for (;;) {
    const at = stream.position;
    const block = await stream.take(BLOCK_SIZE);
    if (block === undefined || isZeroBlock(block)) {
      extended.checkEmpty(at);
      // A single block of zeros is no end for some programs, and never the begin of a member: nothing is lost here.
      return undefined;
    }
    const header = decodeTarHeader(block);
    if (header === undefined) throw damaged(at, 'is no header of a tar');
    if (ExtendedHeaders.isOne(header.type)) {
      await extended.read(stream, header, at);
      continue;
    }
    if (header.type === 'S') await skipSparseMap(stream, block);
    return memberOf(header, extended, stream.position, at);
  }
}

function memberOf(header: TarHeader, extended: ExtendedHeaders, offset: number, at: number): TarMember {
  const problems: string[] = [];
  const name = extended.text('GNU.sparse.name') ?? extended.text('path') ?? extended.longName ?? header.name;
  const number = (key: string, field: bigint | undefined, max: bigint): number => {
    const value = extended.integer(key, field);
    if (value !== undefined && value >= 0n && value <= max) return Number(value);
    problems.push(`its ${key} is no number from 0 to ${max}`);
    return 0;
  };
  const size = extended.integer('size', header.size);
  if (size === undefined || size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER - offset - BLOCK_SIZE)) {
    throw damaged(at, 'gives a size that no file can have');
  }
  const modTime = extended.time('mtime', header.modTimeSeconds);
  if (modTime === undefined) problems.push('its modification time is none');
  if (extended.isSparse || header.type === 'S') {
    problems.push('a sparse file of GNU tar; make the tar without --sparse');
  }
  // Old programs mark directories by the name only.
  const type = header.type === '0' && name.endsWith('/') ? '5' : header.type;
  return {
    name,
    type,
    linkTarget: extended.text('linkpath') ?? extended.longLinkTarget ?? header.linkTarget,
    mode: number('mode', header.mode, 0xffffn) & 0o7777,
    uid: number('uid', header.uid, OWNER_MAX),
    gid: number('gid', header.gid, OWNER_MAX),
    userName: extended.text('uname') ?? header.userName,
    groupName: extended.text('gname') ?? header.groupName,
    modTime: modTime ?? EPOCH,
    extendedAttributes: extended.attributes(),
    size: hasContent(type, extended.hasRecords) ? Number(size) : 0,
    offset,
    problem: problems.length === 0 ? undefined : problems.join('; '),
  };
}

/** Links, devices and directories have a size in some programs' headers, but no content; a hard link may have one in pax. */
function hasContent(type: string, isPax: boolean): boolean {
  return type === '1' ? isPax : !'23456'.includes(type);
}

function paddingOf(size: number): number {
  return (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
}

/** GNU's old map of a sparse file goes on in further blocks while their last byte of use is not 0. */
async function skipSparseMap(stream: ByteStream, header: Uint8Array): Promise<void> {
  let more = header[482] !== 0;
  while (more) {
    const block = await stream.take(BLOCK_SIZE);
    more = block !== undefined && block[504] !== 0;
  }
}

/** What the headers before a member's own say of it. */
class ExtendedHeaders {
  longName: string | undefined;
  longLinkTarget: string | undefined;
  /** Of `g` headers: for all members that follow. */
  readonly #defaults: PaxRecords;
  #records: PaxRecords = new Map();
  #size = 0;
  #count = 0;

  constructor(defaults: PaxRecords) {
    this.#defaults = defaults;
  }

  static isOne(type: string): boolean {
    return 'xgLK'.includes(type);
  }

  /** True where the member has a pax header of its own. */
  get hasRecords(): boolean {
    return this.#records.size > 0;
  }

  get isSparse(): boolean {
    return [...this.#records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  }

  async read(stream: ByteStream, { type, size }: TarHeader, at: number): Promise<void> {
    this.#count++;
    if (size === undefined || size < 0n || size > BigInt(EXTENDED_SIZE_MAX - this.#size)) {
      throw damaged(at, `begins an extended header of more than ${EXTENDED_SIZE_MAX >> 20} MiB`);
    }
    if (this.#count > EXTENDED_COUNT_MAX) {
      throw damaged(at, `begins the extended header number ${this.#count} of one member`);
    }
    const length = Number(size);
    this.#size += length;
    const bytes = await stream.take(length + paddingOf(length));
    if (bytes === undefined && length > 0) throw damaged(at, 'is the last that there is of a member');
    this.#keep(type, (bytes ?? new Uint8Array()).subarray(0, length));
  }

  #keep(type: string, bytes: Uint8Array): void {
    if (type === 'x') this.#records = decodePaxRecords(bytes);
    else if (type === 'g') this.#keepDefaults(decodePaxRecords(bytes));
    else {
      const end = bytes.indexOf(0);
      const text = decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
      if (type === 'L') this.longName = text;
      else this.longLinkTarget = text;
    }
  }

  #keepDefaults(records: PaxRecords): void {
    for (const [key, value] of records) this.#defaults.set(key, value);
    let size = 0;
    for (const value of this.#defaults.values()) size += value.length;
    if (size > EXTENDED_SIZE_MAX || this.#defaults.size > DEFAULTS_MAX) {
      throw new ConnectorError(
        'CONNECTOR_INPUT',
        'the tar is damaged: its global extended headers have no end',
      );
    }
  }

  /** @throws ConnectorError CONNECTOR_INPUT where headers came before a member that is not there */
  checkEmpty(at: number): void {
    if (this.#records.size > 0 || this.longName !== undefined || this.longLinkTarget !== undefined) {
      throw damaged(at, 'should begin a member, as extended headers came before it');
    }
  }

  text(key: string): string | undefined {
    const value = this.#records.get(key) ?? this.#defaults.get(key);
    // An empty value takes a default back.
    return value === undefined || value.length === 0 ? undefined : decodeUtf8(value);
  }

  integer(key: string, field: bigint | undefined): bigint | undefined {
    const text = this.text(key);
    if (text === undefined) return field;
    return /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  }

  /** Seconds with any fraction, of which nine digits are kept. */
  time(key: string, field: bigint | undefined): Timestamp | undefined {
    const text = this.text(key) ?? (field === undefined ? '' : String(field));
    const [, minus, whole = '', fraction = ''] = /^(-?)(\d{1,20})(?:\.(\d{0,100}))?$/.exec(text) ?? [];
    if (minus === undefined || BigInt(whole) > SECONDS_MAX) return undefined;
    const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
    if (minus === '') return { seconds: BigInt(whole), nanoseconds };
    if (nanoseconds === 0) return { seconds: -BigInt(whole), nanoseconds };
    return { seconds: -BigInt(whole) - 1n, nanoseconds: 1_000_000_000 - nanoseconds };
  }

  attributes(): readonly ExtendedAttribute[] {
    const attributes = new Map<string, Uint8Array>();
    for (const records of [this.#defaults, this.#records]) {
      for (const [key, value] of records) {
        const name = attributeName(key);
        if (name !== undefined) attributes.set(name, value);
      }
    }
    return [...attributes].map(([name, value]) => ({ name, value }));
  }
}

function damaged(offset: number, problem: string): ConnectorError {
  return new ConnectorError('CONNECTOR_INPUT', `the tar is damaged: what is at byte ${offset} ${problem}`);
}
