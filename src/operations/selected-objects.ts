import { NotFoundError } from '../errors.ts';
import { toHex } from '../format/bytes.ts';
import type { SnapshotEntry, SnapshotReader } from '../format/index.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { ObjectCatalogue, type ObjectQuery } from './object-catalogue.ts';

/** An object of a snapshot that was asked for. */
export interface SelectedObject {
  readonly identity: ResourceIdentity;
  readonly entry: SnapshotEntry;
  /** Hex digits; equal exactly where the bytes are, within one archive. */
  readonly contentId: string | undefined;
}

/**
 * The objects of a snapshot that any of `queries` asks for, each once; all without a query. Reads the folders that may hold them and no
 * others. A kind that the snapshot does not know has no objects in it.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* selectedObjects(
  snapshot: SnapshotReader,
  queries: readonly ObjectQuery[],
  signal?: AbortSignal,
): AsyncGenerator<SelectedObject> {
  const catalogue = new ObjectCatalogue(snapshot);
  const seen = queries.length > 1 ? new Set<string>() : undefined;
  for (const query of queries.length === 0 ? [{}] : queries) {
    try {
      for await (const object of catalogue.objects({ ...query, ...(signal && { signal }) })) {
        const { entry, group, version, kind, namespace, name } = object;
        if (seen?.has(entry.path) === true) continue;
        seen?.add(entry.path);
        yield {
          identity: { group, version, kind, namespace, name },
          entry,
          contentId: entry.objectId && toHex(entry.objectId),
        };
      }
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.code !== 'NOT_FOUND_KIND') throw error;
    }
  }
}

/**
 * Holds kinds against what the snapshots know, so that a mistyped one is not taken for one without objects.
 * @throws NotFoundError NOT_FOUND_KIND where none of them has a kind that is asked for
 */
export async function checkKinds(
  snapshots: readonly SnapshotReader[],
  queries: readonly ObjectQuery[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { kind } of queries) {
    if (kind === undefined) continue;
    let missing: unknown;
    for (const snapshot of snapshots) {
      missing = undefined;
      try {
        await new ObjectCatalogue(snapshot).kindNamed(kind, signal);
        break;
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        missing = error;
      }
    }
    if (missing instanceof Error) throw missing;
  }
}
