import { throwIfCancelled } from '../errors.ts';
import { msFromTimestamp, type SnapshotReader } from '../format/index.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import { captureCoverage, type CaptureCoverage } from './capture-coverage.ts';
import { sideObject, type SideObject, type SideProblem } from './diff-side.ts';
import type { ObjectQuery } from './object-catalogue.ts';
import { DEFINITION_KIND, ObjectComparison, objectKey, type ObjectChange } from './object-comparison.ts';
import { MANIFEST_SIZE_MAX } from './object-model.ts';
import { selectedObjects } from './selected-objects.ts';

/** A state of a cluster at one moment: a snapshot, or a revision of etcd. */
export interface ClusterState {
  /** For people: the archive. */
  readonly name: string;
  /** Which cluster it is of, where that is known; states of different ones have no history in common. */
  readonly cluster: string | undefined;
  /** Address of the cluster; tells which it is where nothing else does. Manifests from anywhere are taken for those of one. */
  readonly origin: string;
  /** 64 hex digits for a snapshot. */
  readonly snapshotId: string;
  /** When it was so; Unix milliseconds. */
  readonly capturedMs: number;
  /** The objects that any of `queries` asks for; all without one. They can be read at any time. */
  objects(queries: readonly ObjectQuery[], signal?: AbortSignal): AsyncGenerator<SideObject>;
  /** What it could hold. */
  coverage(): Promise<CaptureCoverage>;
}

/** A change of an object between two states. */
export interface HistoryEntry {
  /** When the capture began that shows it; Unix milliseconds. */
  readonly capturedMs: number;
  readonly snapshotId: string;
  /** {@link ClusterState.name} */
  readonly state: string;
  readonly change: ObjectChange;
  /** Field managers that made the change, as far as `managedFields` tell. */
  readonly managers: readonly string[];
}

/** From this state on nothing is known of an object, until there is another entry of it or it is as it was. */
export interface HistoryGap extends Pick<HistoryEntry, 'capturedMs' | 'snapshotId' | 'state'> {
  readonly identity: ResourceIdentity;
  readonly gap: string;
}

/** Options of {@link statesHistory}. */
export interface HistoryOptions {
  /** Only these objects. */
  readonly queries?: readonly ObjectQuery[];
  /** Only objects for which this holds, of those. */
  readonly isSelected?: (identity: ResourceIdentity) => boolean;
  readonly signal?: AbortSignal;
}

const DEFINITIONS: readonly ObjectQuery[] = [
  { namespace: '_', kind: 'customresourcedefinitions.apiextensions.k8s.io' },
];

/**
 * A snapshot as a state.
 * @param archive what ids of contents are compared within: the path of the archive
 */
export function snapshotState(snapshot: SnapshotReader, archive: string): ClusterState {
  return {
    name: archive,
    ...clusterOf(snapshot),
    snapshotId: snapshot.id,
    capturedMs: msFromTimestamp(snapshot.header.timestamp),
    coverage: () => captureCoverage(snapshot),
    async *objects(queries, signal) {
      for await (const { identity, entry, contentId } of selectedObjects(snapshot, queries, signal)) {
        yield sideObject(
          identity,
          () => snapshot.bytes(entry, MANIFEST_SIZE_MAX),
          contentId === undefined ? undefined : `${archive}\0${contentId}`,
        );
      }
    },
  };
}

function clusterOf({
  source: { importer, context },
}: SnapshotReader): Pick<ClusterState, 'cluster' | 'origin'> {
  if (importer.type !== 'k8s') return { cluster: undefined, origin: importer.type };
  const uid = (context ?? []).find(({ key }) => key === 'kubernetes.cluster-uid')?.value;
  return { cluster: uid, origin: importer.origin };
}

/**
 * What became of the objects for which `isSelected` holds, over snapshots of one archive: when each was there first, every change, when it
 * was gone.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* objectHistory(
  snapshots: readonly SnapshotReader[],
  isSelected: (identity: ResourceIdentity) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<HistoryEntry> {
  const states = snapshots.map((snapshot) => snapshotState(snapshot, ''));
  for await (const entry of statesHistory(states, { isSelected, ...(signal && { signal }) })) {
    if ('change' in entry) yield entry;
  }
}

/**
 * What became of objects over `states` in the order of their time, of each cluster by itself. Content that is known to be the same is not
 * read. Where a state could not have shown an object (its kind was not captured, could not be read or was forbidden), that is a gap, no
 * removal.
 * @throws IntegrityError; FormatError; CancelledError
 */
export async function* statesHistory(
  states: readonly ClusterState[],
  options: HistoryOptions = {},
): AsyncGenerator<HistoryEntry | HistoryGap | SideProblem> {
  const histories = new Map<string, History>();
  const clusterAt = clustersByOrigin(states);
  for (const state of states.toSorted((left, right) => left.capturedMs - right.capturedMs)) {
    throwIfCancelled(options.signal);
    const cluster = state.cluster ?? clusterAt.get(state.origin) ?? state.origin;
    const history = histories.get(cluster) ?? new History(options);
    histories.set(cluster, history);
    yield* history.advance(state);
  }
}

/** Who may see little of a cluster does not see its uid. Its address says which it is, where only one was ever seen there. */
function clustersByOrigin(states: readonly ClusterState[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const { cluster, origin } of states) {
    if (cluster === undefined) continue;
    if ((found.get(origin) ?? cluster) !== cluster) ambiguous.add(origin);
    found.set(origin, cluster);
  }
  for (const origin of ambiguous) found.delete(origin);
  return found;
}

interface KnownObject {
  readonly object: SideObject;
  readonly isInGap: boolean;
}

class History {
  readonly #options: HistoryOptions;
  readonly #comparison = new ObjectComparison();
  readonly #known = new Map<string, KnownObject>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  async *advance(state: ClusterState): AsyncGenerator<HistoryEntry | HistoryGap | SideProblem> {
    const { queries = [], isSelected, signal } = this.#options;
    const missing = new Set(this.#known.keys());
    let hasDefinitions = false;
    for await (const object of state.objects(queries, signal)) {
      throwIfCancelled(signal);
      const { identity, contentId } = object;
      if (isSelected?.(identity) === false) continue;
      const key = objectKey(identity);
      const before = this.#known.get(key)?.object;
      this.#known.set(key, { object, isInGap: false });
      missing.delete(key);
      if (before?.contentId !== undefined && before.contentId === contentId) continue;
      if (before !== undefined && !hasDefinitions && this.#comparison.isUnknown(identity)) {
        hasDefinitions = true;
        await this.#addDefinitions(state);
      }
      yield* this.#told(state, await this.#comparison.compare({ before, after: object }));
    }
    yield* this.#missing(state, missing);
  }

  async *#missing(
    state: ClusterState,
    keys: ReadonlySet<string>,
  ): AsyncGenerator<HistoryEntry | HistoryGap | SideProblem> {
    if (keys.size === 0) return;
    const coverage = await state.coverage();
    for (const key of keys) {
      const known = this.#known.get(key);
      if (known === undefined) continue;
      const { object, isInGap } = known;
      const gap = coverage.gapOf(object.identity);
      if (gap === undefined) {
        this.#known.delete(key);
        yield* this.#told(state, await this.#comparison.compare({ before: object, after: undefined }));
      } else if (!isInGap) {
        this.#known.set(key, { object, isInGap: true });
        yield { ...momentOf(state), identity: object.identity, gap };
      }
    }
  }

  *#told(
    state: ClusterState,
    result: ObjectChange | SideProblem | undefined,
  ): Generator<HistoryEntry | SideProblem> {
    if (result === undefined) return;
    if ('problem' in result) yield result;
    else {
      yield {
        ...momentOf(state),
        change: result,
        managers: [...new Set(result.writes.map(({ manager }) => manager))],
      };
    }
  }

  async #addDefinitions(state: ClusterState): Promise<void> {
    const definitions: SideObject[] = [];
    for await (const object of state.objects(DEFINITIONS, this.#options.signal)) {
      if (object.identity.kind === DEFINITION_KIND) definitions.push(object);
    }
    await this.#comparison.addDefinitions(definitions);
  }
}

function momentOf({
  capturedMs,
  snapshotId,
  name,
}: ClusterState): Pick<HistoryGap, 'capturedMs' | 'snapshotId' | 'state'> {
  return { capturedMs, snapshotId, state: name };
}
