/**
 * The format: everything that reads and writes `.ptar` archives, on any platform. See `spec/ptar-format.md`.
 *
 * @module
 */
export * from '../errors.ts';
export {
  continueArchive,
  copyBlobs,
  obstacleToSharing,
  siblingArchive,
  type BlobCopyOptions,
  type ContinueOptions,
} from './archive-copy.ts';
export { ArchiveReader, openArchive, type ArchiveStatistics, type OpenOptions } from './archive-reader.ts';
export {
  ArchiveWriter,
  createArchive,
  type ArchiveWriteResult,
  type CreateOptions,
} from './archive-writer.ts';
export { checkArchive, type CheckOptions } from './check.ts';
export type { Configuration } from './configuration.ts';
export * from './file-mode.ts';
export type { Finding } from './finding.ts';
export type { KdfName } from './keys.ts';
export { blobSource, MemorySink, type BlobLike } from './memory-store.ts';
export { baseName, cleanPath, comparePaths, isCleanPath, joinPath, parentPath } from './path.ts';
export { portablePrimitives } from './portable-primitives.ts';
export type * from './ports.ts';
export {
  decodeSigningKey,
  encodeSigningKey,
  formatPublicKey,
  openSigningKey,
  parsePublicKey,
  type SigningKey,
} from './signing-key.ts';
export { createSigner, identifierOf, type SignatureState, type Signer } from './signature.ts';
export { copySnapshot, COPIED_FROM, type EntryRevision, type SnapshotCopyOptions } from './snapshot-copy.ts';
export type { KeyValue, ImporterHeader, SnapshotHeader, SourceHeader } from './snapshot-header.ts';
export { SnapshotReader, type SnapshotEntry } from './snapshot-reader.ts';
export {
  SnapshotWriter,
  type KeptHeader,
  type SnapshotOptions,
  type SnapshotResult,
} from './snapshot-writer.ts';
export {
  plainFileInfo,
  type EntryRecord,
  type ErrorRecord,
  type ExtendedAttribute,
  type FileInfo,
  type SourceRecord,
  type StoredContent,
} from './source-record.ts';
export type { Counts, DirectoryCounts, Summary } from './summary.ts';
export * from './timestamp.ts';
