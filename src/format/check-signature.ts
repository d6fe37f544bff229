/** What the signatures of an archive are worth to somebody who trusts certain keys. */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { equalBytes, toHex } from './bytes.ts';
import { type Finding, findingOf } from './finding.ts';
import { formatPublicKey } from './signing-key.ts';
import { SnapshotReader } from './snapshot-reader.ts';

/** `valid`: by a key that nobody has vouched for; `trusted`: by one of the trusted keys. */
export type SignatureWorth = 'unsigned' | 'broken' | 'valid' | 'trusted';

/** The signature of one snapshot. Ids are 64 hex digits. */
export interface JudgedSignature {
  readonly snapshot: string;
  readonly worth: SignatureWorth;
  /** 32 bytes; undefined where there is none, or none that is sound. */
  readonly publicKey: Uint8Array | undefined;
}

/** What to hold signatures against. */
export interface SignatureCheckOptions {
  readonly signal?: AbortSignal;
  /** Public keys, 32 bytes each: a snapshot that none of them has signed is a finding. */
  readonly trustedKeys?: readonly Uint8Array[];
}

/**
 * The signatures of all snapshots. Snapshots whose header cannot be read are passed over: that is for `checkArchive` to say.
 * @throws CancelledError; ConnectorError of the source
 */
export async function* judgeSignatures(
  archive: ArchiveReader,
  { signal, trustedKeys = [] }: SignatureCheckOptions,
): AsyncGenerator<JudgedSignature> {
  for (const id of archive.snapshotIds()) {
    throwIfCancelled(signal);
    const snapshot = await unlessDamaged(() => SnapshotReader.open(archive.parts.blobs, id));
    if (snapshot === undefined) continue;
    const signature = await unlessDamaged(() => snapshot.signature());
    if (signature === 'unsigned') {
      yield { snapshot: toHex(id), worth: 'unsigned', publicKey: undefined };
    } else if (signature?.valid !== true) {
      yield { snapshot: toHex(id), worth: 'broken', publicKey: undefined };
    } else {
      const { publicKey } = signature;
      const isTrusted = trustedKeys.some((key) => equalBytes(key, publicKey));
      yield { snapshot: toHex(id), worth: isTrusted ? 'trusted' : 'valid', publicKey };
    }
  }
}

/**
 * The findings about signatures: a broken one; where keys are trusted, also a missing one and a valid one by another key.
 * @throws CancelledError; ConnectorError of the source
 */
export async function* checkSignatures(
  archive: ArchiveReader,
  options: SignatureCheckOptions,
): AsyncGenerator<Finding> {
  for await (const judged of judgeSignatures(archive, options)) {
    const problem = problemOf(judged, options.trustedKeys !== undefined);
    if (problem === undefined) continue;
    const { snapshot } = judged;
    yield { code: 'INTEGRITY_SIGNATURE', message: `snapshot ${snapshot.slice(0, 8)} ${problem}`, snapshot };
  }
}

function problemOf({ worth, publicKey }: JudgedSignature, mustBeTrusted: boolean): string | undefined {
  if (worth === 'broken') return 'has a signature that does not verify: the archive was changed';
  if (!mustBeTrusted || worth === 'trusted') return undefined;
  if (worth === 'unsigned' || publicKey === undefined) return 'is not signed';
  return `has a valid signature by the key ${formatPublicKey(publicKey)}, which is none of those you trust`;
}

/** What `read` gives; undefined where that is damaged. Other errors are thrown on. */
async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    findingOf(error);
    return undefined;
  }
}
