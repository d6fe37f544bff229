/**
 * Entries, recorded errors and extended attributes of a snapshot's file tree. Source: specification "Entry", "Error", "Xattr".
 *
 * | entry field | type | |
 * |---|---|---|
 * | version | u32 | 1.0.0 |
 * | parent_path | str | path of the parent; `/` for the root as well |
 * | file_info | {name str, size i64, mode u32, mod_time time, dev ino uid gid u64, nlink u16, username groupname str, flags u32} | |
 * | summary | nil or summary | nil: the `summary` index holds it |
 * | symlink_target | str, omitted when empty | |
 * | object | [32]byte | id of the object; zero where there is no content |
 * | content_type, entropy, chunks | str, f64, u64, omitted when zero | copies of the object's |
 * | alternate_data_streams … tags | omitted when empty | |
 */
import type { RecordForm } from './msgpack-writer.ts';
import { type ExpectedTexts, readOrderedEntry } from './ordered-entry.ts';
import {
  bytes,
  f64,
  f64Hint,
  field,
  i64,
  i64Number,
  list,
  mac,
  optionalField,
  pointer,
  record,
  str,
  time,
  u16,
  u32,
  u64,
  u64Number,
  u8,
} from './record.ts';
import { VERSION_1_0_0 } from './resource-type.ts';
import type { FileInfo } from './source-record.ts';
import type { Classification, CustomMetadata, Score, StoredEntry, StoredFileInfo } from './stored-entry.ts';
import { summaryCodec } from './summary.ts';
import type { Timestamp } from './timestamp.ts';

const NO_TEXTS: ExpectedTexts = { name: '', parentPath: '' };

const fileInfoCodec = record<StoredFileInfo>('file info', {
  name: field('name', str),
  size: field('size', i64Number),
  mode: field('mode', u32),
  modTime: field('mod_time', time),
  device: field('dev', u64),
  inode: field('ino', u64),
  uid: field('uid', u64Number),
  gid: field('gid', u64Number),
  linkCount: field('nlink', u16),
  userName: field('username', str),
  groupName: field('groupname', str),
  flags: field('flags', u32),
});

/** See the table above. */
export const entryCodec = record<StoredEntry>('entry', {
  version: field('version', u32),
  parentPath: field('parent_path', str),
  fileInfo: field('file_info', fileInfoCodec),
  summary: field('summary', pointer(summaryCodec)),
  symlinkTarget: optionalField('symlink_target', str),
  object: optionalField('object', mac),
  contentType: optionalField('content_type', str),
  entropy: optionalField('entropy', f64Hint),
  chunks: optionalField('chunks', u64Number),
  alternateDataStreams: optionalField('alternate_data_streams', list(str)),
  securityDescriptor: optionalField('security_descriptor', bytes),
  fileAttributes: optionalField('file_attributes', u32),
  extendedAttributes: optionalField('extended_attributes', list(str)),
  classifications: optionalField(
    'classifications',
    list(
      record<Classification>('classification', {
        analyzer: field('analyzer', str),
        classes: field('classes', list(str)),
        scores: field(
          'scores',
          list(record<Score>('score', { key: field('key', str), value: field('value', f64) })),
        ),
      }),
    ),
  ),
  customMetadata: optionalField(
    'custom_metadata',
    list(record<CustomMetadata>('custom metadata', { key: field('key', str), value: field('value', bytes) })),
  ),
  tags: optionalField('tags', list(str)),
});

/** The entry's plaintext; `form`: whole where not given. */
export function encodeEntry(entry: StoredEntry, form?: RecordForm): Uint8Array {
  return entryCodec.toBytes(entry, form);
}
/**
 * @param expected what the entry says if it is the right one
 * @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT
 */
export function decodeEntry(plaintext: Uint8Array, expected: ExpectedTexts = NO_TEXTS): StoredEntry {
  return readOrderedEntry(plaintext, expected) ?? entryCodec.fromBytes(plaintext);
}

const NOTHING = entryCodec.zero();

/** An entry with everything at its default but what is given. */
export function newEntry(
  given: Pick<StoredEntry, 'parentPath'> & { fileInfo: FileInfo } & Partial<Omit<StoredEntry, 'fileInfo'>>,
): StoredEntry {
  return {
    ...NOTHING,
    version: VERSION_1_0_0,
    ...given,
    fileInfo: { flags: 0, ...given.fileInfo },
  };
}

/** A recorded error: `name` is the path. */
export interface StoredError {
  readonly version: number;
  readonly name: string;
  readonly error: string;
}
const errorCodec = record<StoredError>('recorded error', {
  version: field('version', u32),
  name: field('name', str),
  error: field('error', str),
});
/** The recorded error's plaintext. */
export function encodeError(path: string, error: string): Uint8Array {
  return errorCodec.toBytes({ version: VERSION_1_0_0, name: path, error });
}
/** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
export function decodeError(plaintext: Uint8Array): StoredError {
  return errorCodec.fromBytes(plaintext);
}

/** `type` of an xattr record: a POSIX extended attribute. */
export const XATTR_EXTENDED = 0;
/** An extended attribute; `size` of its value in bytes, which is the content of `object`. */
export interface StoredXattr {
  readonly version: number;
  readonly path: string;
  readonly name: string;
  readonly size: bigint;
  readonly type: number;
  readonly object: Uint8Array;
}
const xattrCodec = record<StoredXattr>('extended attribute', {
  version: field('version', u32),
  path: field('path', str),
  name: field('name', str),
  size: field('size', i64),
  type: field('type', u8),
  object: optionalField('object', mac),
});
/** The extended attribute's plaintext. */
export function encodeXattr(xattr: StoredXattr): Uint8Array {
  return xattrCodec.toBytes(xattr);
}
/** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
export function decodeXattr(plaintext: Uint8Array): StoredXattr {
  return xattrCodec.fromBytes(plaintext);
}
/** The key of an extended attribute in its tree: path, name and `:` without separators between. */
export function xattrKey(path: string, name: string): string {
  return `${path}${name}:`;
}

/** Modification time of directories that no record named: the Unix epoch. */
export const IMPLIED_MOD_TIME: Timestamp = { seconds: 0n, nanoseconds: 0 };
