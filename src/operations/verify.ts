import { checkArchive, type ArchiveReader, type Finding } from '../format/index.ts';

/** Findings that a result lists one by one; the others are counted. */
export const FINDINGS_LISTED_MAX = 1000;

/** Options of {@link verifyArchive}. */
export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** In bytes; the total counts every byte twice, for it is read for the MAC of the whole and for each blob. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What verification found. The archive is sound where `count` is 0. */
export interface VerifyResult {
  readonly snapshots: number;
  readonly count: number;
  /** The first {@link FINDINGS_LISTED_MAX}. */
  readonly findings: readonly Finding[];
}

/** Reads every byte of an open archive and says all that is wrong with it. @throws CancelledError; ConnectorError */
export async function verifyArchive(
  archive: ArchiveReader,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const findings: Finding[] = [];
  let count = 0;
  for await (const finding of checkArchive(archive, options)) {
    count += 1;
    if (findings.length < FINDINGS_LISTED_MAX) findings.push(finding);
  }
  return { snapshots: archive.snapshotIds().length, count, findings };
}
