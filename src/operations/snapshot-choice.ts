import { NotFoundError, UsageError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';

/** Digits up to this count are an index; more are the beginning of an id. */
const INDEX_DIGITS_MAX = 5;
/** Shortest beginning of an id, so that an index is never taken for one. */
const ID_PREFIX_MIN = 6;

/** Forms of {@link chooseSnapshot}, for messages and help. */
export const SNAPSHOT_CHOICES = 'latest, latest~1, an index from 1 (oldest), or an id of at least 6 digits';

/** What a person can write for a snapshot. */
export type SnapshotChoice =
  | { readonly by: 'age'; readonly back: number }
  | { readonly by: 'index'; readonly index: number }
  | { readonly by: 'id'; readonly prefix: string };

/**
 * Reads `latest`, `latest~N` (N before the latest), an index (1 is the oldest) or the beginning of an id.
 * @throws UsageError
 */
export function parseSnapshotChoice(text: string): SnapshotChoice {
  const age = /^latest(?:~(\d{1,5}))?$/.exec(text);
  if (age !== null) return { by: 'age', back: Number(age[1] ?? 0) };
  if (new RegExp(`^[1-9]\\d{0,${INDEX_DIGITS_MAX - 1}}$`).test(text)) {
    return { by: 'index', index: Number(text) };
  }
  if (new RegExp(`^[0-9a-f]{${ID_PREFIX_MIN},64}$`, 'i').test(text)) {
    return { by: 'id', prefix: text.toLowerCase() };
  }
  throw new UsageError(`"${text}" names no snapshot; use ${SNAPSHOT_CHOICES}`);
}

/**
 * The snapshot that `text` names; the latest without it.
 * @throws UsageError; NotFoundError NOT_FOUND_SNAPSHOT
 */
export async function chooseSnapshot(archive: ArchiveReader, text = 'latest'): Promise<SnapshotReader> {
  const choice = parseSnapshotChoice(text);
  if (choice.by === 'id') return archive.snapshot(choice.prefix);
  const snapshots = await archive.snapshots();
  const index = choice.by === 'age' ? snapshots.length - 1 - choice.back : choice.index - 1;
  const snapshot = snapshots[index];
  if (snapshot !== undefined) return snapshot;
  const count = snapshots.length === 1 ? 'one snapshot' : `${snapshots.length} snapshots`;
  throw new NotFoundError(
    'NOT_FOUND_SNAPSHOT',
    `no snapshot ${text} in ${archive.name}, which has ${count}; see ptar info`,
  );
}

/**
 * The snapshots of one archive from one to another, both included: of those between, the ones that were made of the same source.
 * @param all of the archive, in their order; the two ends may come in any
 */
export function snapshotsBetween(
  all: readonly SnapshotReader[],
  begin: SnapshotReader,
  end: SnapshotReader,
): readonly SnapshotReader[] {
  const indexes = [begin, end].map(({ id }) => all.findIndex((snapshot) => snapshot.id === id));
  const [from, to] = [Math.min(...indexes), Math.max(...indexes)];
  const { type, origin } = end.source.importer;
  return all.filter((snapshot, index) => {
    if (index === from || index === to) return true;
    const { importer } = snapshot.source;
    return index > from && index < to && importer.type === type && importer.origin === origin;
  });
}
