/** What the signatures of an archive are worth to somebody who trusts certain keys. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { equalBytes } from './bytes.ts';
import { type Finding, findingOf } from './finding.ts';
import { formatPublicKey } from './signing-key.ts';
import { SnapshotReader } from './snapshot-reader.ts';

/** What to hold signatures against. */
export interface SignatureCheckOptions {
  readonly signal?: AbortSignal;
  /** Public keys, 32 bytes each: a snapshot that none of them has signed is a finding. */
  readonly trustedKeys?: readonly Uint8Array[];
}

/**
 * The findings about signatures: a broken one; where keys are trusted, also a missing one and a valid one by another key. Snapshots
 * whose header cannot be read are passed over: that is for `checkArchive` to say.
 * @throws CancelledError; ConnectorError of the source
 */
export async function* checkSignatures(
  archive: ArchiveReader,
  options: SignatureCheckOptions,
): AsyncGenerator<Finding> {
  for (const id of archive.snapshotIds()) {
    throwIfCancelled(options.signal);
    let snapshot: SnapshotReader;
    try {
      snapshot = await SnapshotReader.open(archive.parts.blobs, id);
    } catch (error) {
      findingOf(error);
      continue;
    }
    const problem = await problemOf(snapshot, options.trustedKeys);
    if (problem === undefined) continue;
    const message = `snapshot ${snapshot.id.slice(0, 8)} ${problem}`;
    yield { code: 'INTEGRITY_SIGNATURE', message, snapshot: snapshot.id };
  }
}

async function problemOf(
  snapshot: SnapshotReader,
  trustedKeys: readonly Uint8Array[] | undefined,
): Promise<string | undefined> {
  const broken = 'has a signature that does not verify: the archive was changed';
  try {
    const signature = await snapshot.signature();
    if (signature === 'unsigned') return trustedKeys === undefined ? undefined : 'is not signed';
    const { publicKey, valid } = signature;
    if (!valid) return broken;
    if (trustedKeys?.some((key) => equalBytes(key, publicKey)) !== false) return undefined;
    return `has a valid signature by the key ${formatPublicKey(publicKey)}, which is none of those you trust`;
  } catch (error) {
    findingOf(error);
    return broken;
  }
}
