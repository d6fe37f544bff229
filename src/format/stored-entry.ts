/** An entry as it is stored, field by field. */
import type { FileInfo } from './source-record.ts';
import type { Summary } from './summary.ts';

/** `file_info` as stored. */
export interface StoredFileInfo extends FileInfo {
  readonly flags: number;
}
export interface Score {
  readonly key: string;
  readonly value: number;
}
export interface Classification {
  readonly analyzer: string;
  readonly classes: readonly string[] | null;
  readonly scores: readonly Score[] | null;
}
export interface CustomMetadata {
  readonly key: string;
  readonly value: Uint8Array | null;
}
/** See the table of `entry.ts`. */
export interface StoredEntry {
  readonly version: number;
  readonly parentPath: string;
  readonly fileInfo: StoredFileInfo;
  readonly summary: Summary | undefined;
  readonly symlinkTarget: string;
  readonly object: Uint8Array;
  readonly contentType: string;
  readonly entropy: number;
  readonly chunks: number;
  readonly alternateDataStreams: readonly string[] | null;
  readonly securityDescriptor: Uint8Array | null;
  readonly fileAttributes: number;
  readonly extendedAttributes: readonly string[] | null;
  readonly classifications: readonly Classification[] | null;
  readonly customMetadata: readonly CustomMetadata[] | null;
  readonly tags: readonly string[] | null;
}
