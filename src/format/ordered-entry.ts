/**
 * Reads entries whose fields come in the order of their table, as all writers give them, without going through the table: long lists are
 * made of entries. What comes otherwise is left to the record of `entry.ts`, and so is every other entry that is not read here to its end.
 */
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { StoredEntry, StoredFileInfo } from './stored-entry.ts';
import { summaryCodec } from './summary.ts';
import { EPOCH } from './timestamp.ts';

const ID_LENGTH = 32;
/** Bytes up to which a text is kept, because the next entry is likely to have it, too. */
const KEPT_LENGTH_MAX = 256;

const VERSION = wireName('version');
const PARENT_PATH = wireName('parent_path');
const FILE_INFO = wireName('file_info');
const NAME = wireName('name');
const SIZE = wireName('size');
const MODE = wireName('mode');
const MOD_TIME = wireName('mod_time');
const DEVICE = wireName('dev');
const INODE = wireName('ino');
const UID = wireName('uid');
const GID = wireName('gid');
const LINK_COUNT = wireName('nlink');
const USER_NAME = wireName('username');
const GROUP_NAME = wireName('groupname');
const FLAGS = wireName('flags');
const SUMMARY = wireName('summary');
const SYMLINK_TARGET = wireName('symlink_target');
const OBJECT = wireName('object');
const CONTENT_TYPE = wireName('content_type');
const ENTROPY = wireName('entropy');
const CHUNKS = wireName('chunks');

/** What the entry before had. */
const last = { userName: '', groupName: '', contentType: '' };

/** Texts that an entry is expected to hold: they are compared with its bytes instead of decoding these. */
export interface ExpectedTexts {
  readonly name: string;
  readonly parentPath: string;
}

/**
 * The entry, or undefined where it has other fields than those up to `chunks`, or has them in another order.
 * @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT: what the record would say
 */
export function readOrderedEntry(plaintext: Uint8Array, expected: ExpectedTexts): StoredEntry | undefined {
  const reader = new MsgpackReader(plaintext, 'entry');
  const fields = new OrderedFields(reader);
  const version = fields.next(VERSION) ? reader.u32() : 0;
  const parentPath = fields.next(PARENT_PATH) ? reader.strLike(expected.parentPath) : '';
  if (!fields.next(FILE_INFO)) return undefined;
  const fileInfo = readFileInfo(reader, expected.name);
  if (fileInfo === undefined) return undefined;
  const summary = fields.next(SUMMARY) && !reader.nil() ? summaryCodec.decode(reader) : undefined;
  const symlinkTarget = fields.next(SYMLINK_TARGET) ? reader.str() : '';
  const object = fields.next(OBJECT) ? reader.bin() : new Uint8Array(ID_LENGTH);
  if (object.length !== ID_LENGTH) return undefined;
  const contentType = fields.next(CONTENT_TYPE) ? reader.strLike(last.contentType) : '';
  if (contentType.length <= KEPT_LENGTH_MAX) last.contentType = contentType;
  const entropy = fields.next(ENTROPY) ? reader.f64() : 0;
  const chunks = fields.next(CHUNKS) ? reader.u64Number() : 0;
  if (!fields.leave()) return undefined;
  reader.end();
  return {
    version,
    parentPath,
    fileInfo,
    summary,
    symlinkTarget,
    object,
    contentType,
    entropy,
    chunks,
    alternateDataStreams: null,
    securityDescriptor: null,
    fileAttributes: 0,
    extendedAttributes: null,
    classifications: null,
    customMetadata: null,
    tags: null,
  };
}

function readFileInfo(reader: MsgpackReader, expectedName: string): StoredFileInfo | undefined {
  const fields = new OrderedFields(reader);
  const name = fields.next(NAME) ? reader.strLike(expectedName) : '';
  const size = fields.next(SIZE) ? reader.i64Number() : 0;
  const mode = fields.next(MODE) ? reader.u32() : 0;
  const modTime = fields.next(MOD_TIME) ? reader.time() : EPOCH;
  const device = fields.next(DEVICE) ? reader.u64() : 0n;
  const inode = fields.next(INODE) ? reader.u64() : 0n;
  const uid = fields.next(UID) ? reader.u64Number() : 0;
  const gid = fields.next(GID) ? reader.u64Number() : 0;
  const linkCount = fields.next(LINK_COUNT) ? reader.u16() : 0;
  const userName = fields.next(USER_NAME) ? reader.strLike(last.userName) : '';
  const groupName = fields.next(GROUP_NAME) ? reader.strLike(last.groupName) : '';
  const flags = fields.next(FLAGS) ? reader.u32() : 0;
  if (userName.length <= KEPT_LENGTH_MAX) last.userName = userName;
  if (groupName.length <= KEPT_LENGTH_MAX) last.groupName = groupName;
  if (!fields.leave()) return undefined;
  return {
    name,
    size,
    mode,
    modTime,
    device,
    inode,
    uid,
    gid,
    linkCount,
    userName,
    groupName,
    flags,
  };
}

/** The fields of the map that a reader is at. */
class OrderedFields {
  readonly #reader: MsgpackReader;
  #left: number;

  constructor(reader: MsgpackReader) {
    this.#reader = reader;
    this.#left = reader.map();
  }

  /** True, and its name is consumed, where the next field is this one. */
  next(name: Uint8Array): boolean {
    if (this.#left === 0 || !this.#reader.skipIf(name)) return false;
    this.#left--;
    return true;
  }

  /** @returns false where there are fields left */
  leave(): boolean {
    this.#reader.leave();
    return this.#left === 0;
  }
}

function wireName(name: string): Uint8Array {
  const writer = new MsgpackWriter();
  writer.str(name);
  return writer.take();
}
