import { equalBytes } from '../format/bytes.ts';
import { isPtarError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';

/** What a signature is worth: `valid` by a key that nobody has vouched for, `trusted` by one of the trusted keys. */
export type SignatureWorth = 'unsigned' | 'broken' | 'valid' | 'trusted';

/** How many snapshots have a signature of which worth. */
export type SignatureCounts = Readonly<Record<SignatureWorth, number>>;

/** What the signature of `snapshot` is worth to who trusts `trustedKeys`, 32 bytes each. @throws ConnectorError */
export async function signatureWorth(
  snapshot: SnapshotReader,
  trustedKeys: readonly Uint8Array[] = [],
): Promise<SignatureWorth> {
  try {
    const signature = await snapshot.signature();
    if (signature === 'unsigned') return 'unsigned';
    if (!signature.valid) return 'broken';
    return trustedKeys.some((key) => equalBytes(key, signature.publicKey)) ? 'trusted' : 'valid';
  } catch (error) {
    if (isPtarError(error) && (error.name === 'IntegrityError' || error.name === 'FormatError')) {
      return 'broken';
    }
    throw error;
  }
}

/** Counts the snapshots of `archive` by their signatures; none where a header cannot be read. @throws ConnectorError */
export async function countSignatures(
  archive: ArchiveReader,
  trustedKeys?: readonly Uint8Array[],
): Promise<SignatureCounts> {
  const counts = { unsigned: 0, broken: 0, valid: 0, trusted: 0 };
  for (const snapshot of await readableSnapshots(archive)) {
    counts[await signatureWorth(snapshot, trustedKeys)]++;
  }
  return counts;
}

async function readableSnapshots(archive: ArchiveReader): Promise<readonly SnapshotReader[]> {
  try {
    return await archive.snapshots();
  } catch (error) {
    if (isPtarError(error) && error.name !== 'ConnectorError') return [];
    throw error;
  }
}
