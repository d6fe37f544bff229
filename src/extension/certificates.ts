/** Certificates in a snapshot, for who wants to know when they run out. Their public part only. */
import { isPtarError } from '../errors.ts';
import { joinPath, type SnapshotEntry, type SnapshotReader } from '../format/index.ts';
import { MANIFEST_SIZE_MAX, objectFromBytes } from '../operations/object-model.ts';
import { certificatesOf } from '../resources/certificates.ts';
import type { OpenSnapshot } from './open-archive.ts';

/** Most Secrets that are looked into. */
const SECRETS_MAX = 2000;
/** Longest Secret that is looked into (bytes). */
const SECRET_SIZE_MAX = 256 << 10;

/** A certificate and when it ends; Unix milliseconds. */
export interface Certificate {
  /** `namespace/name` of its Secret. */
  readonly where: string;
  readonly path: string;
  readonly subject: string;
  readonly expiresMs: number;
}

/** Certificates in the Secrets of a snapshot, those that end first in front. What is none is passed over. */
export async function findCertificates(snapshot: OpenSnapshot): Promise<readonly Certificate[]> {
  const { reader, catalogue } = snapshot;
  const found: Certificate[] = [];
  let count = 0;
  for await (const namespace of reader.childNames(catalogue.root)) {
    const folder = joinPath(joinPath(catalogue.root, namespace), '_/Secret/v1');
    for await (const entry of reader.children(folder)) {
      count += 1;
      if (count > SECRETS_MAX) return sorted(found);
      const object = catalogue.objectAt(entry.path);
      if (object === undefined || entry.info.size > SECRET_SIZE_MAX) continue;
      const certificate = await certificateIn(reader, entry);
      if (certificate === undefined) continue;
      const where = `${object.namespace ?? ''}/${object.name}`;
      found.push({ where, path: entry.path, ...certificate });
    }
  }
  return sorted(found);
}

/** The one in a Secret that ends first. */
async function certificateIn(
  reader: SnapshotReader,
  entry: SnapshotEntry,
): Promise<Pick<Certificate, 'subject' | 'expiresMs'> | undefined> {
  try {
    const object = objectFromBytes(await reader.bytes(entry, MANIFEST_SIZE_MAX));
    const found = certificatesOf(object).flatMap((one) => ('certificate' in one ? [one.certificate] : []));
    const [first] = found.sort((a, b) => a.notAfterMs - b.notAfterMs);
    return first && { subject: first.subject, expiresMs: first.notAfterMs };
  } catch (error) {
    // The overview is no place to complain about a manifest that cannot be read.
    if (isPtarError(error)) return undefined;
    throw error;
  }
}

function sorted(certificates: Certificate[]): readonly Certificate[] {
  return certificates.sort((a, b) => a.expiresMs - b.expiresMs);
}
