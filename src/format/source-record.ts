import type { Timestamp } from './timestamp.ts';

/** Content that an archive holds: what an entry says of it. */
export interface StoredContent {
  /** Id of the object. */
  readonly objectId: Uint8Array;
  /** Bytes. */
  readonly size: number;
  readonly chunks: number;
  /** Media type. */
  readonly contentType: string;
  /** Bits per byte. */
  readonly entropy: number;
}

/** What is known of a file system entry besides its content; the fields of the format's `file_info`. */
export interface FileInfo {
  /** Last path element; `/` for the root. */
  readonly name: string;
  /** Bytes of content; 0 where not a regular file (a directory may keep what its file system said). */
  readonly size: number;
  /** Bits of `file-mode.ts`. */
  readonly mode: number;
  readonly modTime: Timestamp;
  readonly device: bigint;
  readonly inode: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly linkCount: number;
  readonly userName: string;
  readonly groupName: string;
}

/** An extended attribute: its name with the namespace (`user.note`) and its value. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/** An item that could be captured. Directories that no record names are made by the writer. */
export interface EntryRecord {
  /** Absolute, `/`-separated, without `.`, `..`, empty elements or NUL. */
  readonly path: string;
  readonly info: FileInfo;
  /** Only for symbolic links: the target as stored in the link. */
  readonly symlinkTarget?: string;
  /**
   * Only for regular files: opens the content. Called once; a throw becomes this path's recorded error. The source may use a block
   * again as soon as the next one is asked for or another content is opened: whoever keeps blocks copies them.
   */
  readonly content?: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Instead of `content`: what the archive being written holds already. */
  readonly stored?: StoredContent;
  readonly extendedAttributes?: readonly ExtendedAttribute[];
}

/** An item that failed. It is recorded in the snapshot under its path; the capture goes on. */
export interface ErrorRecord {
  readonly path: string;
  /** One line; without secrets. */
  readonly error: string;
}

/** What an importer yields and the writer takes, in any order. */
export type SourceRecord = EntryRecord | ErrorRecord;

/** A FileInfo for something that is not from a file system: an API object, a generated file. */
export function plainFileInfo(name: string, mode: number, modTime: Timestamp, size = 0): FileInfo {
  return {
    name,
    size,
    mode,
    modTime,
    device: 0n,
    inode: 0n,
    uid: 0,
    gid: 0,
    linkCount: 1,
    userName: '',
    groupName: '',
  };
}
