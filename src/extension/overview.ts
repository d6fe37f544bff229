/** What a person who would rather look than read wants to see of an archive first. */
import { joinPath, msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import { judgeSignatures, type SignatureWorth } from '../format/check-signature.ts';
import { NO_NAMESPACE } from '../operations/object-catalogue.ts';
import { findCertificates, type Certificate } from './certificates.ts';
import type { OpenArchive } from './open-archive.ts';

/** Failures that are listed one by one. */
const FAILURES_MAX = 20;

/** One snapshot in figures. */
export interface SnapshotOverview {
  readonly id: string;
  readonly capturedMs: number;
  readonly name: string;
  readonly origin: string;
  readonly type: string;
  readonly files: number;
  readonly size: number;
  readonly failed: number;
  readonly signature: SignatureWorth | 'unknown';
}

/** Everything on the page; sizes in bytes. */
export interface Overview {
  readonly location: string;
  readonly size: number;
  readonly repositoryId: string;
  readonly encryption: string | undefined;
  readonly kdf: string | undefined;
  readonly compression: string;
  readonly hashing: string;
  readonly snapshots: readonly SnapshotOverview[];
  /** Bytes of all files of all snapshots, as if each were kept for itself. */
  readonly logicalSize: number;
  /** Objects of the newest snapshot by kind, the most frequent first. */
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  readonly namespaces: number;
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
  readonly certificates: readonly Certificate[];
}

/** Collects the page's facts. Reads listings, and the certificates of the newest snapshot. @throws IntegrityError; FormatError */
export async function overviewOf(archive: OpenArchive): Promise<Overview> {
  const { reader } = archive;
  const { configuration } = reader;
  const { encryption } = configuration;
  const snapshots = await archive.snapshots();
  const [newest] = snapshots;
  const worth = new Map<string, SignatureWorth>();
  for await (const { snapshot, worth: value } of judgeSignatures(reader, {})) worth.set(snapshot, value);
  const overviews = snapshots.map(({ reader: snapshot }) =>
    snapshotOverview(snapshot, worth.get(snapshot.id) ?? 'unknown'),
  );
  return {
    location: archive.location,
    size: reader.size,
    repositoryId: reader.repositoryId,
    encryption: encryption?.dataAlgorithm,
    kdf: encryption?.kdfParams.kdf,
    compression: configuration.compression?.algorithm ?? 'none',
    hashing: configuration.hashing.algorithm,
    snapshots: overviews,
    logicalSize: overviews.reduce((sum, { size }) => sum + size, 0),
    ...(newest === undefined
      ? { kinds: [], namespaces: 0 }
      : await objectCounts(newest.reader, newest.catalogue.root)),
    failures: newest === undefined ? [] : await failuresOf(newest.reader),
    certificates: newest === undefined ? [] : await findCertificates(newest),
  };
}

function snapshotOverview(
  reader: SnapshotReader,
  signature: SnapshotOverview['signature'],
): SnapshotOverview {
  const { header, source, id } = reader;
  const { directory, below } = source.summary;
  return {
    id,
    capturedMs: msFromTimestamp(header.timestamp),
    name: header.name,
    origin: source.importer.origin,
    type: source.importer.type,
    files: directory.files + below.files,
    size: directory.size + below.size,
    failed: directory.errors + below.errors,
    signature,
  };
}

async function objectCounts(
  reader: SnapshotReader,
  root: string,
): Promise<Pick<Overview, 'kinds' | 'namespaces'>> {
  const counts = new Map<string, number>();
  let namespaces = 0;
  if (reader.source.importer.type === 'fs') return { kinds: [], namespaces };
  for await (const namespace of reader.childNames(root)) {
    if (namespace !== NO_NAMESPACE) namespaces += 1;
    const namespacePath = joinPath(root, namespace);
    for await (const group of reader.childNames(namespacePath)) {
      const groupPath = joinPath(namespacePath, group);
      for await (const kind of reader.childNames(groupPath)) {
        for await (const version of reader.childNames(joinPath(groupPath, kind))) {
          for await (const name of reader.childNames(joinPath(joinPath(groupPath, kind), version))) {
            if (name.endsWith('.yaml')) counts.set(kind, (counts.get(kind) ?? 0) + 1);
          }
        }
      }
    }
  }
  const kinds = [...counts].map(([kind, count]) => ({ kind, count }));
  return { kinds: kinds.sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1)), namespaces };
}

async function failuresOf(reader: SnapshotReader): Promise<Overview['failures']> {
  const failures: { path: string; reason: string }[] = [];
  for await (const { path, error } of reader.errors()) {
    failures.push({ path, reason: error });
    if (failures.length === FAILURES_MAX) break;
  }
  return failures;
}
