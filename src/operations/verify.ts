import { type ChunkSample, sampleChunks } from '../format/check-sample.ts';
import { checkArchive, type ArchiveReader, type Finding } from '../format/index.ts';
import { judgeSignatures, type SignatureWorth } from '../format/check-signature.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** Findings that a result lists one by one; the others are counted. */
export const FINDINGS_LISTED_MAX = 1000;

/**
 * How much is read: every byte; everything but the contents of chunks (`structure`); or everything but the contents of the chunks
 * that chance does not choose, a `share` from 0 to 1 of them.
 */
export type VerifyScope = 'everything' | 'structure' | { readonly share: number };

/** Options of {@link verifyArchive}. */
export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** In bytes that were read, of those that will be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** `everything` where not given. */
  readonly scope?: VerifyScope;
  /** Public keys, 32 bytes each: a snapshot that none of them has signed is a finding. */
  readonly trustedKeys?: readonly Uint8Array[];
}

/** Which chunks were read. */
export interface VerifiedChunks {
  readonly read: number;
  readonly total: number;
  /** Probability, 0 to 1, that one damaged chunk among all would not have been noticed. */
  readonly missProbability: number;
}

/** What verification found. Sound, as far as was read, where `count` is 0. */
export interface VerifyResult {
  readonly snapshots: number;
  readonly chunks: VerifiedChunks;
  /** Snapshots by what their signature is worth. */
  readonly signatures: Readonly<Record<SignatureWorth, number>>;
  readonly count: number;
  /** The first {@link FINDINGS_LISTED_MAX}. */
  readonly findings: readonly Finding[];
}

/** Reads an open archive and says all that is wrong with it. @throws CancelledError; ConnectorError */
export async function verifyArchive(
  archive: ArchiveReader,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const { scope = 'everything', ...rest } = options;
  const share = scope === 'everything' ? 1 : scope === 'structure' ? 0 : scope.share;
  const sample: ChunkSample = sampleChunks(archive.parts.state.blobs, share, (length) =>
    nodePrimitives.randomBytes(length),
  );
  const findings: Finding[] = [];
  let count = 0;
  for await (const finding of checkArchive(archive, { ...rest, chunks: share === 1 ? 'all' : sample })) {
    count += 1;
    if (findings.length < FINDINGS_LISTED_MAX) findings.push(finding);
  }
  const chunks = { read: sample.count, total: sample.total, missProbability: sample.missProbability };
  const signatures = { unsigned: 0, broken: 0, valid: 0, trusted: 0 };
  for await (const { worth } of judgeSignatures(archive, rest)) signatures[worth]++;
  return { snapshots: archive.snapshotIds().length, chunks, signatures, count, findings };
}
