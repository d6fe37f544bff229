import { throwIfCancelled } from '../../errors.ts';
import { isDirectory } from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { formatIdentity, identityFromPath, type ResourceIdentity } from '../../resources/object-path.ts';
import { compareForRestore, restoreRank } from '../../resources/restore-order.ts';
import type { ClusterClient } from '../cluster-client/index.ts';
import type { Exporter, ExportOptions, ExportResult } from '../connector.ts';
import { mergeStreams } from './merged-streams.ts';
import { RestoreRun, type RestoreCandidate } from './restore-run.ts';

const WRITES_WIDTH = 8;
const RESULTS_WAITING_MAX = 64;

/** Puts captured API objects back into a cluster. See `openKubernetesExporter`. */
export class KubernetesExporter implements Exporter {
  readonly target: string;
  readonly #client: ClusterClient;
  readonly #namespace: string | undefined;

  /** @param namespace only objects of this namespace are restored; all where undefined */
  constructor(client: ClusterClient, namespace: string | undefined) {
    this.#client = client;
    this.#namespace = namespace;
    this.target = `${client.server} (context ${client.contextName}${namespace === undefined ? '' : `, namespace ${namespace}`})`;
  }

  async *export(
    snapshot: SnapshotReader,
    entries: AsyncIterable<readonly SnapshotEntry[]>,
    options: ExportOptions,
  ): AsyncGenerator<readonly ExportResult[]> {
    throwIfCancelled(options.signal);
    const abort = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    const candidates: RestoreCandidate[] = [];
    for await (const batch of entries) {
      const skipped: ExportResult[] = [];
      for (const entry of batch) {
        if (isDirectory(entry.info.mode)) continue;
        const object = identityFromPath(entry.path);
        if (object && this.#reaches(object)) candidates.push({ entry, object });
        else skipped.push(this.#skipped(entry, object));
      }
      if (skipped.length > 0) yield skipped;
    }
    const run = new RestoreRun(this.#client, snapshot, { dryRun: options.dryRun, signal });
    await run.begin();
    for (const rank of groupByRank(candidates)) {
      const tasks = rank.map((candidate) => () => run.restore(candidate));
      const results = mergeStreams(tasks, {
        width: WRITES_WIDTH,
        waitingMax: RESULTS_WAITING_MAX,
        stop: () => abort.abort(),
      });
      for await (const result of results) yield [result];
      await run.settle();
      throwIfCancelled(options.signal);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #skipped({ path }: SnapshotEntry, object: ResourceIdentity | undefined): ExportResult {
    if (!object) return { path, name: path, outcome: 'skipped', reason: 'not an API object' };
    const reason = `not in namespace ${this.#namespace ?? ''}`;
    return { path, name: formatIdentity(object), outcome: 'skipped', reason };
  }

  #reaches(object: ResourceIdentity): boolean {
    if (this.#namespace === undefined || object.namespace === this.#namespace) return true;
    return object.kind === 'Namespace' && object.group === '' && object.name === this.#namespace;
  }
}

/** Candidates that may be written side by side, in the order in which the groups must be. */
function groupByRank(candidates: readonly RestoreCandidate[]): RestoreCandidate[][] {
  const ranks: RestoreCandidate[][] = [];
  let members: RestoreCandidate[] = [];
  let rankBefore: number | undefined;
  for (const candidate of candidates.toSorted((left, right) =>
    compareForRestore(left.object, right.object),
  )) {
    const rank = restoreRank(candidate.object);
    if (rank !== rankBefore) ranks.push((members = []));
    members.push(candidate);
    rankBefore = rank;
  }
  return ranks;
}
