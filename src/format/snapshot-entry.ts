import { equalBytes } from './bytes.ts';
import type { StoredEntry } from './stored-entry.ts';
import type { FileInfo } from './source-record.ts';

/** An entry of a snapshot. */
export interface SnapshotEntry {
  readonly path: string;
  readonly info: FileInfo;
  readonly symlinkTarget: string | undefined;
  /** Id of the content's object; undefined where there is none. */
  readonly objectId: Uint8Array | undefined;
  readonly contentType: string;
  /** Names of extended attributes. */
  readonly extendedAttributes: readonly string[];
}

const NO_OBJECT = new Uint8Array(32);
const NONE: readonly string[] = [];

/** The entry that is stored for `path`. */
export function snapshotEntry(path: string, stored: StoredEntry): SnapshotEntry {
  return {
    path,
    info: stored.fileInfo,
    symlinkTarget: stored.symlinkTarget === '' ? undefined : stored.symlinkTarget,
    objectId: equalBytes(stored.object, NO_OBJECT) ? undefined : stored.object,
    contentType: stored.contentType,
    extendedAttributes: stored.extendedAttributes ?? NONE,
  };
}
