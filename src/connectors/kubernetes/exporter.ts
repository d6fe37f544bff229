import { isPtarError, throwIfCancelled } from '../../errors.ts';
import { isDirectory } from '../../format/file-mode.ts';
import type { SnapshotEntry, SnapshotReader } from '../../format/snapshot-reader.ts';
import { compareForRestore, restoreRank } from '../../resources/restore-order.ts';
import { equalJson, stringAt, type JsonObject } from '../../resources/json-value.ts';
import { formatIdentity, identityFromPath, type ResourceIdentity } from '../../resources/object-path.ts';
import type { ClusterClient } from '../cluster-client/index.ts';
import type { Exporter, ExportOptions, ExportResult } from '../connector.ts';
import { mergeStreams } from './merged-streams.ts';
import { isWorthAnotherLook, ObjectWriter } from './object-writer.ts';
import { decideRestore } from './restore-decision.ts';
import { readObject } from './restore-entry.ts';
import { TargetKinds } from './target-kinds.ts';

const WRITES_WIDTH = 8;
const RESULTS_WAITING_MAX = 64;
const LOOKS_MAX = 3;

interface Candidate {
  readonly entry: SnapshotEntry;
  readonly object: ResourceIdentity;
}

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
    entries: AsyncIterable<SnapshotEntry>,
    options: ExportOptions,
  ): AsyncGenerator<ExportResult> {
    throwIfCancelled(options.signal);
    const abort = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
    const candidates: Candidate[] = [];
    for await (const entry of entries) {
      const object = identityFromPath(entry.path);
      if (isDirectory(entry.info.mode)) continue;
      if (!object) {
        yield { path: entry.path, name: entry.path, outcome: 'skipped', reason: 'not an API object' };
      } else if (!this.#reaches(object)) {
        yield {
          path: entry.path,
          name: formatIdentity(object),
          outcome: 'skipped',
          reason: `not in namespace ${this.#namespace ?? ''}`,
        };
      } else candidates.push({ entry, object });
    }
    const run = new RestoreRun(this.#client, snapshot, { dryRun: options.dryRun, signal });
    await run.begin();
    for (const rank of groupByRank(candidates)) {
      const tasks = rank.map((candidate) => () => run.restore(candidate));
      yield* mergeStreams(tasks, {
        width: WRITES_WIDTH,
        waitingMax: RESULTS_WAITING_MAX,
        stop: () => abort.abort(),
      });
      await run.settle();
      throwIfCancelled(options.signal);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #reaches(object: ResourceIdentity): boolean {
    if (this.#namespace === undefined || object.namespace === this.#namespace) return true;
    return object.kind === 'Namespace' && object.group === '' && object.name === this.#namespace;
  }
}

/** One restore: what it has made so far decides what can follow. */
class RestoreRun {
  readonly #snapshot: SnapshotReader;
  readonly #dryRun: boolean;
  readonly #writer: ObjectWriter;
  readonly #kinds: TargetKinds;
  /** Namespaces and kinds that would exist by now if this were not a dry run. */
  readonly #untried = { namespaces: new Set<string>(), definitions: new Set<string>() };
  #newDefinitions: string[] = [];

  constructor(
    client: ClusterClient,
    snapshot: SnapshotReader,
    options: { readonly dryRun: boolean; readonly signal: AbortSignal },
  ) {
    this.#snapshot = snapshot;
    this.#dryRun = options.dryRun;
    this.#writer = new ObjectWriter(client, options);
    this.#kinds = new TargetKinds(client, options.signal);
  }

  async begin(): Promise<void> {
    await this.#kinds.refresh();
  }

  /** Called between ranks: kinds that were made must be served before what follows. */
  async settle(): Promise<void> {
    if (this.#newDefinitions.length === 0) return;
    await this.#kinds.awaitEstablished(this.#newDefinitions.splice(0));
  }

  async *restore({ entry, object }: Candidate): AsyncGenerator<ExportResult> {
    const result = { path: entry.path, name: formatIdentity(object) };
    try {
      yield { ...result, ...(await this.#restoreObject(await readObject(this.#snapshot, entry), object)) };
    } catch (error) {
      if (!isPtarError(error) || error.code === 'CANCELLED') throw error;
      yield { ...result, outcome: 'failed', reason: error.message };
    }
  }

  async #restoreObject(
    captured: JsonObject,
    { namespace, group, version, kind, name }: ResourceIdentity,
  ): Promise<Pick<ExportResult, 'outcome' | 'reason'>> {
    for (let look = 1; ; look++) {
      const resource = this.#kinds.find(group, version, kind);
      const untried = this.#dryRun ? this.#untriedReason(group, kind, namespace) : undefined;
      if (untried !== undefined) return { outcome: 'created', reason: untried };
      const live = resource ? await this.#writer.get(resource, namespace, name) : undefined;
      const decision = decideRestore(captured, {
        resource,
        servedVersions: this.#kinds.servedVersions(group, kind),
        live,
      });
      if (decision.action === 'skip') return { outcome: 'skipped', reason: decision.reason };
      if (decision.action === 'refuse') return { outcome: 'failed', reason: decision.reason };
      try {
        const written = await this.#writer.write(decision);
        this.#remember(captured, decision.action);
        if (decision.action === 'create') return { outcome: 'created' };
        return { outcome: isUnchanged(decision.live, written) ? 'unchanged' : 'updated' };
      } catch (error) {
        if (look >= LOOKS_MAX || !isWorthAnotherLook(error)) throw error;
      }
    }
  }

  #remember(captured: JsonObject, action: 'create' | 'apply'): void {
    const kind = stringAt(captured, 'kind');
    const name = stringAt(captured, 'metadata', 'name') ?? '';
    if (kind === 'CustomResourceDefinition') {
      const group = stringAt(captured, 'spec', 'group') ?? '';
      if (!this.#dryRun) this.#newDefinitions.push(name);
      else if (action === 'create') {
        this.#untried.definitions.add(`${stringAt(captured, 'spec', 'names', 'kind') ?? ''}.${group}`);
      }
    } else if (kind === 'Namespace' && this.#dryRun && action === 'create') {
      this.#untried.namespaces.add(name);
    }
  }

  #untriedReason(group: string, kind: string, namespace: string | undefined): string | undefined {
    if (this.#untried.definitions.has(`${kind}.${group}`)) {
      return `not tried: its kind ${kind}.${group} does not exist yet`;
    }
    if (namespace !== undefined && this.#untried.namespaces.has(namespace)) {
      return `not tried: namespace ${namespace} does not exist yet`;
    }
    return undefined;
  }
}

/** The API server keeps the resourceVersion when a write changes nothing; a dry run never raises it. */
function isUnchanged(live: JsonObject, written: JsonObject): boolean {
  return equalJson(withoutBookkeeping(live), withoutBookkeeping(written));
}

function withoutBookkeeping(object: JsonObject): JsonObject {
  const metadata = object.get('metadata');
  if (!(metadata instanceof Map)) return object;
  const kept = new Map(metadata);
  for (const field of ['resourceVersion', 'managedFields', 'generation']) kept.delete(field);
  return new Map([...object, ['metadata', kept]]);
}

/** Candidates that may be written side by side, in the order in which the groups must be. */
function groupByRank(candidates: readonly Candidate[]): Candidate[][] {
  const ranks: Candidate[][] = [];
  let rankBefore: number | undefined;
  for (const candidate of candidates.toSorted((left, right) =>
    compareForRestore(left.object, right.object),
  )) {
    const rank = restoreRank(candidate.object);
    if (rank === rankBefore) ranks.at(-1)?.push(candidate);
    else ranks.push([candidate]);
    rankBefore = rank;
  }
  return ranks;
}
